"""Reviews and action items by the command line, over the store."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.frontends.cli.calling import Called, fettle
from tests.schemas import validate

SETTINGS = """
[[team]]
name = "web"
member = [{ name = "ada" }]

[[service]]
name = "shop"
tier = "critical"
team = "web"
"""


Call = Callable[..., Called]


@pytest.fixture
def call(store_environ: dict[str, str], tmp_path: Path) -> Call:
    """Give what calls `fettle` over a store with an issue that was resolved."""
    (tmp_path / "fettle.toml").write_text(SETTINGS)

    def called(*arguments: str, given: str | None = None) -> Called:
        return fettle(*arguments, cwd=tmp_path, environ=store_environ, typed=given)

    called("report", "The shop is down", "--service=shop")
    called("issue", "resolve", "1", "--evidence=orders come in")
    return called


def test_a_review_is_shown_written_submitted_signed_and_closes_its_issue(
    call: Call, tmp_path: Path
) -> None:
    shown = call("issue", "review", "1", "--show")
    assert shown.out.startswith("# #1 The shop is down\n")
    text = shown.out.replace("## Contributing causes\n", "## Contributing causes\n\nA full disk.\n")
    (tmp_path / "review.md").write_text(text)
    kept = call("issue", "review", "1", "--edit=review.md", "--submit")
    assert kept.out.startswith("review of #1 is in-review · version 1 · by cli:")
    late = call("issue", "review", "1", "--edit=-", "--version=1", given="## Summary\nShort.")
    assert late.out.startswith("review of #1 is in-review · version 2")
    assert "A full disk." in call("issue", "review", "1", "--show", "--version=1").out
    assert "signed by cli:" in call("issue", "review", "1", "--approve", "--text=so it was").out

    assert call("issue", "close", "1").code == 0
    told = call("issue", "show", "1").out
    assert "Over because: somebody's word: orders come in" in told
    assert "Review: closed · by cli:" in told
    again = call("issue", "review", "1", "--reopen=more")
    assert (again.code, "closed with its issue" in again.err) == (1, True)


def test_action_items_are_promised_listed_and_done(call: Call) -> None:
    promised = call("action", "add", "Alert on full disks", "--issue=1", "--owner=ada")
    assert promised.out == "action item 1 is open · #1 · ada · Alert on full disks\n"
    call("action", "add", "Buy a bigger disk", "--issue=1", "--due=2020-01-31")
    listed = call("action", "list", "--format=json")
    assert [one["id"] for one in validate(json.loads(listed.out))["items"]] == [2, 1]
    overdue = call("action", "list", "--overdue").out
    assert "Buy a bigger disk" in overdue
    assert "Alert on full disks" not in overdue
    assert call("action", "done", "1").out.startswith("action item 1 is done")
    assert call("action", "drop", "2", "--reason=the host is gone").code == 0
    assert call("action", "list").err == "There are none.\n"
    assert call("action", "reopen", "2").out.startswith("action item 2 is open")


@pytest.mark.parametrize(
    "arguments",
    [
        ("issue", "review", "1", "--show", "--reopen=x"),
        ("issue", "review", "1", "--edit=missing.md"),
        ("action", "add", "x", "--issue=1", "--due=soon"),
        ("action", "drop", "1"),
    ],
)
def test_what_cannot_be_understood_is_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert fettle(*arguments, cwd=tmp_path).code == 64
