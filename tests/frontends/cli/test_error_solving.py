"""`fettle error resolve` and its neighbours, over the store and over a server."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.frontends.cli.solving import code_of, id_of
from tests import schemas
from tests.frontends.api.sending_errors import event
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up
from tests.receiving import receiving
from tests.sentry_server import TOKEN, a_sentry

LOST = "server closed the connection unexpectedly"
SETTINGS = """
[outgoing]
allow = ["127.0.0.1"]

[[service]]
name = "shop"

[[remedy]]
name = "restart-shop"
for = ["conn_lost"]
kind = "restart"
target = "shop"
url = "${HOOK}/deploy"
cooldown = "0s"
settles = "0s"
stays_away = "200ms"

[[sentry]]
name = "own"
url = "${SENTRY}"
token = "${SENTRY_TOKEN}"
organization = "acme"
projects = ["shop"]
"""


@pytest.mark.parametrize(
    ("text", "meant"), [("12", 12), (" 7 ", 7), ("HTTP 500", None), ("", None)]
)
def test_an_error_is_named_by_its_id_or_told_by_its_text(text: str, meant: int | None) -> None:
    assert id_of(text) == meant


@pytest.mark.parametrize(
    ("state", "outcome", "resolved", "code"),
    [
        ("ended", "resolved", True, 0),
        ("ended", "refused", False, 1),
        ("ended", "failed", False, 2),
        ("ended", "came-back", False, 2),
        ("ended", "unsure", False, 2),
        ("ended", "unknown", False, 3),
        ("watching", None, False, 3),
        ("waiting", None, False, 1),
        ("waiting", None, True, 0),
    ],
)
def test_the_exit_code_says_what_came_of_it(
    state: str, outcome: str | None, resolved: bool, code: int
) -> None:
    attempt = {"attempt": "a", "state": state, "outcome": outcome}

    assert code_of({"fix_results": [attempt], "begun": ["a"], "resolved": resolved}) == code


def test_an_issue_is_solved_by_a_servers_worker(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    with receiving() as hook, a_sentry() as sentry:
        (tmp_path / "fettle.toml").write_text(SETTINGS.replace("${SENTRY}", sentry.url))
        environ = {**store_environ, "HOOK": hook.url, "SENTRY_TOKEN": TOKEN}
        long_ago = datetime.now(UTC) - timedelta(days=20)
        held = sentry.hold(long_ago, event("ConnectionError", f"{LOST} of the bank"))
        token = fettle(
            *("token", "create", "--name=ada", "--role=admin"), cwd=tmp_path, environ=environ
        ).out.strip()
        with up(tmp_path, environ) as (_, url):
            elsewhere = tmp_path / "elsewhere"
            elsewhere.mkdir()

            def call(*arguments: str) -> tuple[int, str]:
                called = fettle(
                    *(*arguments, "--server", url), cwd=elsewhere, environ={"FETTLE_TOKEN": token}
                )
                assert "Traceback" not in called.err
                return called.code, called.out

            call("report", f"The shop: {LOST}", "--service=shop")
            shown = call("error", "resolve", "--issue=1")
            waiting = call("error", "attempts", "--state=waiting")
            stopped = call("error", "stop", "--reason=the sale")
            refused = call("error", "resolve", "--issue=1", "--apply", "--format=json")
            started = call("error", "start")
            done = call("error", "resolve", "--issue=1", "--apply", "--wait", "--format=json")
            known = call("error", "known", "conn_lost")
            explained = call("explain", "conn-lost", "--record")
            home = fettle("error", "known", "conn-lost", cwd=tmp_path, environ=environ)
            address = f"{sentry.url}/organizations/acme/issues/{held.id}/"
            there = call("error", "resolve", address, "--apply", "--wait", "--format=json")
            nowhere = call("error", "resolve", "SHOP-9")
            another = call("error", "resolve", "1", "--sentry=other")
            call("issue", "resolve", "1", "--evidence=old connections are gone")
            before = call("error", "solve", f"the wiki: {LOST}")
            at_home = fettle("error", "solve", f"the wiki: {LOST}", cwd=tmp_path, environ=environ)

    assert shown[0] == 1  # nothing has acted
    assert "restart-shop on shop: POST http://127.0.0.1" in shown[1]
    assert "restart-shop on shop for conn_lost: waiting" in waiting[1]
    assert "Nothing acts: token:ada stopped it" in stopped[1]
    assert refused[0] == 1
    result = schemas.validate(json.loads(refused[1]))["fix_results"][0]
    assert result["reason"] == "token:ada has stopped all acting: the sale"
    assert "Remedies may act." in started[1]
    whole = schemas.validate(json.loads(done[1]))
    assert (done[0], whole["resolved"]) == (0, True)
    assert [one.path for one in hook.requests] == ["/deploy"] * 2  # for what is below, too
    assert "helped 1 of 1 times (21 % to 100 %)" in known[1]
    assert known[1] in explained[1]
    assert home.out == known[1]
    # what is in Sentry goes the same way: it was acted on, and Sentry was asked before that helped
    solved = schemas.validate(json.loads(there[1]))
    assert solved["error"]["title"] == f"shop: ConnectionError: {LOST} of the bank"
    assert solved["known_solutions"][0]["class"] == "conn_lost"
    assert (there[0], solved["fix_results"][0]["outcome"]) == (0, "resolved")
    assert len([one for one in sentry.asked if one.endswith(f"/issues/{held.id}/")]) == 2
    assert (nowhere[0], another[0]) == (64, 64)
    # the text of an error is answered with what helped this team then
    assert ("Solved before:\n  #1 The shop:" in before[1], at_home.out) == (True, before[1])


def test_what_is_to_be_resolved_is_named_once(tmp_path: Path) -> None:
    nothing = fettle("error", "resolve", "--apply", cwd=tmp_path)
    both = fettle("error", "resolve", "12", "--issue=1", cwd=tmp_path)

    assert (nothing.code, "either the ID" in nothing.err) == (64, True)
    assert (both.code, "either the ID" in both.err) == (64, True)
