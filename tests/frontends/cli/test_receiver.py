"""Whether receivers can be reached is tried by the command line, and told."""

import json
from pathlib import Path

from tests.frontends.cli.calling import Called, fettle
from tests.frontends.cli.test_up import up
from tests.receiving import receiving
from tests.schemas import validate


def test_who_can_be_reached_is_told_and_who_cannot_is_said_with_why(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    def call(*arguments: str) -> Called:
        return fettle("receiver", *arguments, cwd=tmp_path, environ=store_environ)

    with receiving() as server:
        (tmp_path / "fettle.toml").write_text(
            f'[outgoing]\nallow = ["127.0.0.1"]\n'
            f'[[receiver]]\nname = "the chat"\nurl = "{server.url}"\n'
            f'[[receiver]]\nname = "pager"\nurl = "json://10.0.0.1"\n'
        )
        with up(tmp_path, store_environ):
            told = call("test", "the chat")
            not_told = call("test", "pager")
            unknown = call("test", "fax")
        chat, pager = validate(json.loads(call("list", "--format=json").out))["items"]

    assert (told.code, told.out) == (0, "the chat was told.\n")
    assert "A test: Fettle can reach you" in server.requests[0].body.decode()
    assert not_told.code == 2
    assert not_told.out.startswith("pager was not told: pager: 10.0.0.1 is an address of a private")
    assert '[outgoing] allow = ["10.0.0.1"]' in not_told.out
    assert (unknown.code, "one of the chat, pager" in unknown.err) == (64, True)
    assert (chat["kind"], chat["waiting"], chat["told_at"] is None) == ("http", 0, False)
    assert (pager["kind"], pager["waiting"], pager["told_at"]) == ("json", 1, None)
    assert call("list").out.splitlines()[1].startswith("the chat")
