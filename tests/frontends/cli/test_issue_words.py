"""`fettle issue words`: what a language model makes of the evidence, for who sits at a terminal."""

import json
from pathlib import Path

from tests import schemas
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up
from tests.triage.speaking import Speaking, speaking

SETTINGS = """
[[service]]
name = "shop"

[ai]
model = "anthropic:claude-test"
url = "{url}"
"""
ODDITY = 'File "/srv/cart.py", line 42, in total\nOddity: it is odd'


def test_words_are_waited_for_and_said_to_be_a_models(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    said = {
        "sentences": [
            "Shop 1.4.2 went live before it began.",
            "Kafka is slow.",
            "Look at /srv/cart.py, line 42.",
        ]
    }
    with speaking(Speaking(said)) as spoken:
        (tmp_path / "fettle.toml").write_text(SETTINGS.format(url=spoken.url))
        with up(tmp_path, store_environ):

            def call(*arguments: str) -> tuple[int, str, str]:
                called = fettle(*arguments, cwd=tmp_path, environ=store_environ)
                return called.code, called.out, called.err

            assert call("report", "The shop is slow", "--service", "shop")[0] == 0
            refused = call("issue", "words", "1", "--wait")
            call("deploy", "mark", "--service", "shop", "--version", "1.4.2")
            assert call("report", "The shop is down", "--service", "shop")[0] == 0
            told = call("issue", "words", "2", "--wait")
            document = call("issue", "words", "2", "--about", "causes", "--wait", "--format=json")
            call("report", ODDITY)
            suggested = call("issue", "words", "3", "--wait")
            resolved = call("error", "resolve", "--issue", "3")
            spoken.answer = {"sentences": ["Kafka is slow."]}
            in_vain = call("issue", "words", "3", "--wait")

    assert refused[0] != 0
    assert "there is no evidence yet" in refused[2]
    assert told[0] == 0
    assert told[1] == (
        "Shop 1.4.2 went live before it began.\n"
        "(a language model's words, from the evidence alone; nobody has checked them)\n"
    )
    (one,) = schemas.validate(json.loads(document[1]))["items"]
    assert (one["about"], one["dropped"], one["asking"]) == ("causes", 2, False)
    assert suggested[1].startswith("Look at /srv/cart.py, line 42.\n(a language model's words")
    assert (
        "  what a language model suggests to look at next; no match, and done by nobody\n"
        "    Look at /srv/cart.py, line 42.\n"
    ) in resolved[1]
    assert in_vain[0] == 2
    assert in_vain[1].startswith("nothing is shown of the language model's words: all it said")
