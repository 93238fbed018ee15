"""Issues by the command line: over the store, and over a server; the same either way."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.amazon import amazon
from tests.frontends.cli.calling import Called, fettle
from tests.frontends.cli.test_up import up
from tests.receiving import receiving
from tests.schemas import validate

SETTINGS = """
[[receiver]]
name = "chat"
url = "json://127.0.0.1:1"

[[team]]
name = "web"
receivers = ["chat"]
member = [{ name = "ada" }]
rotation = { members = ["ada"], since = 2025-12-29 }

[[service]]
name = "shop"
tier = "critical"
team = "web"
"""

Call = Callable[..., Called]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fettle.toml").write_text(SETTINGS)
    return tmp_path


@pytest.fixture(params=["store", "server"])
def call(
    request: pytest.FixtureRequest, store_environ: dict[str, str], folder: Path
) -> Iterator[Call]:
    """Give what calls `fettle` over the store, and what calls it over a server."""
    if request.param == "store":
        yield lambda *arguments: fettle(*arguments, cwd=folder, environ=store_environ)
        return
    token = _token(store_environ, folder)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    with up(folder, store_environ) as (_, url):
        yield lambda *arguments: fettle(
            *arguments, "--server", url, cwd=elsewhere, environ={"FETTLE_TOKEN": token}
        )


def _token(environ: dict[str, str], folder: Path, role: str = "responder") -> str:
    made = fettle(*("token", "create", "--name", role, "--role", role), cwd=folder, environ=environ)
    return made.out.strip()


def document(called: Called) -> dict[str, Any]:
    assert called.code == 0, called.err
    return validate(json.loads(called.out))


def test_an_issue_is_worked_on_from_its_report_to_its_end(call: Call) -> None:
    reported = call("report", "The shop is down", "--service=shop", "--symptom=HTTP 503")
    assert (reported.code, reported.out) == (
        0,
        "#1 is triaged · critical · p1 · web · The shop is down\n",
    )
    held = call("issue", "hold", "1", "--reason=waits for the host", "--until=2h")
    assert held.out.startswith("#1 is triaged, on hold")
    assert call("issue", "resume", "1").code == 0
    assert call("issue", "acknowledge", "1").out.startswith("#1 is acknowledged")
    given = document(call("issue", "assign", "1", "web", "--to", "ada", "--format=json"))
    assert (given["team"], given["assignee"]) == ("web", "ada")
    assert call("issue", "stage", "1", "fixing").code == 0
    assert call("issue", "note", "1", "the host answers again").code == 0
    assert call("issue", "resolve", "1", "--evidence=orders come in").code == 0
    refused = call("issue", "close", "1")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "fettle: a p1 is closed with its review\n  → fettle issue review 1 --show\n"
    )
    assert call("issue", "close", "1", "--review=see the minutes").code == 0

    shown = call("issue", "show", "1")
    assert shown.code == 0
    assert "The shop is down" in shown.out
    assert "waits for the host" in shown.out
    assert call("issue", "list").err == "There are none.\n"
    (item,) = document(call("issue", "list", "--all", "--format=json"))["items"]
    assert (item["number"], item["status"]) == (1, "closed")


def test_issues_are_merged_linked_declined_and_decided_otherwise(call: Call) -> None:
    for text in ("Login broken", "Cart empty", "Odd noise"):
        call("report", text)

    assert call("issue", "link", "1", "2", "--kind=caused-by").code == 0
    assert call("issue", "merge", "2", "1", "--text=the same").out.startswith("#2 is merged")
    circle = call("issue", "merge", "1", "2")
    assert (circle.code, "merge into 1" in circle.err) == (1, True)
    declined = call("issue", "decline", "3", "--why=false-positive", "--reason=it was the fan")
    assert declined.code == 0
    reopened = call("issue", "reopen", "3", "--reason=it was not")
    assert reopened.out.startswith("#3 is investigating")
    decided = document(
        call(
            *("issue", "classify", "1", "--class=system-outage", "--service=shop"),
            *("--reason=nobody can log in", "--format=json"),
        )
    )
    assert (decided["class"], decided["priority"]) == ("system-outage", "p1")
    table = call("issue", "list", "--severity=critical", "--severity=high").out
    assert "Login broken" in table
    assert "Cart empty" not in table


def test_silences_and_turns(call: Call) -> None:
    made = document(
        call(
            *("silence", "create", "service=shop", "title=~Disk.*", "--comment=a new disk"),
            *("--until=2h", "--format=json"),
        )
    )
    assert made["matchers"][1] == {"name": "title", "op": "=~", "value": "Disk.*"}
    listed = call("silence", "list")
    assert listed.out.splitlines()[0] == f"{made['id']}  active"
    assert "service=shop, title=~Disk.*" in listed.out
    assert call("silence", "end", made["id"]).code == 0
    assert call("silence", "end", made["id"]).code == 1
    assert call("silence", "list").out == ""
    bad = call("silence", "create", "title=~(", "--comment=x", "--until=2h")
    assert (bad.code, "is no expression" in bad.err) == (64, True)
    assert call("silence", "create", "shop", "--comment=x", "--until=2h").code == 64

    turns = call("oncall")
    assert (turns.code, "ada" in turns.out) == (0, True)


def test_what_cannot_be_asked_for_is_said(call: Call) -> None:
    assert call("issue", "show", "7").code == 64
    assert "there is no issue 7" in call("issue", "note", "7", "hello").err
    assert call("issue", "show", "seven").code == 64
    assert call("report", " ").code == 64
    assert call("issue", "hold", "7", "--reason=x", "--until=soon").code == 64


def test_hostile_texts_are_made_visible(store_environ: dict[str, str], folder: Path) -> None:
    text = "\x1b]0;owned\x07 <b>[red]x[/red]</b> \u202eevil"
    fettle("report", text, cwd=folder, environ=store_environ)

    for command in (("issue", "list"), ("issue", "show", "1"), ("issue", "acknowledge", "1")):
        told = fettle(*command, cwd=folder, environ={**store_environ, "COLUMNS": "200"}).out
        assert r"\x1b]0;owned\x07" in told
        assert "[red]x[/red]" in told
        assert not set("\x1b\x07\u202e") & set(told)
    as_json = fettle("issue", "show", "1", "--format=json", cwd=folder, environ=store_environ)
    assert json.loads(as_json.out)["title"] == text
    assert "\x1b" not in as_json.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--server=ops.example"], "is no address"),
        (["--server=http://ada:secret@ops.example"], "is no address"),
        (["--server=http://127.0.0.1:99999"], "is no address"),
        (["--server=http://127.0.0.1:1", "--data=here"], "either --server"),
        (["--server=http://127.0.0.1:1", "--token= "], "wants a token"),
        (["--server=http://127.0.0.1:1", "--token=\u2603"], "holds what no token does"),
    ],
)
def test_a_server_needs_an_address_and_a_token(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    called = fettle("issue", "list", "--token=t", *arguments, cwd=tmp_path)

    assert called.code == 64
    assert said in called.err
    assert "secret" not in called.err


def test_a_server_that_does_not_answer_is_not_reached(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        server = f"--server=http://127.0.0.1:{taken.getsockname()[1]}"

        called = fettle("issue", "list", server, "--token=t", cwd=tmp_path)

    assert called.code == 3
    assert "does not answer" in called.err


def test_what_is_no_fettle_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    with receiving() as other:
        server = (f"--server={other.url}", "--token-file=token")
        page = fettle("issue", "list", *server, cwd=tmp_path)
        other.status, other.headers = 307, {"Location": "https://elsewhere.example/"}
        moved = fettle("issue", "list", *server, cwd=tmp_path)
        other.status, other.headers = 502, {}
        behind = fettle("issue", "acknowledge", "1", *server, cwd=tmp_path)

    assert (page.code, moved.code, behind.code) == (3, 3, 3)
    assert "is no Fettle" in page.err
    assert "https://elsewhere.example/" in moved.err
    assert "cannot reach Fettle" in behind.err
    assert other.requests[0].headers["Authorization"] == "Bearer from-a-file"


def test_a_token_of_too_small_a_role_is_refused(
    store_environ: dict[str, str], folder: Path
) -> None:
    viewer = _token(store_environ, folder, "viewer")
    with up(folder, store_environ) as (_, url):
        server = ("--server", url, "--token")
        listed = fettle("issue", "list", *server, viewer, cwd=folder)
        refused = fettle("report", "x", *server, viewer, cwd=folder)
        unknown = fettle("issue", "list", *server, "guessed", cwd=folder)

    assert (listed.code, refused.code, unknown.code) == (0, 1, 1)
    assert "needs a responder" in refused.err
    assert "unknown, or was revoked" in unknown.err


def test_a_server_that_nobody_vouches_for_is_not_sent_the_token(folder: Path) -> None:
    with amazon(folder) as site:
        asked = ("issue", "list", "--server", site.server.url, "--token", "t")
        strange = fettle(*asked, cwd=folder)
        before = len(site.server.requests)
        chain = str(folder / "tls.pem")
        vouched_for = fettle(*asked, cwd=folder, environ={"SSL_CERT_FILE": chain})

    assert (strange.code, before) == (3, 0)
    assert "certificate verify failed" in strange.err
    assert "is no Fettle that knows this" in vouched_for.err
    assert site.server.requests[0].headers["Authorization"] == "Bearer t"


def test_what_happened_before_is_shown_when_it_is_asked_for(
    store_environ: dict[str, str], folder: Path
) -> None:
    def call(*arguments: str) -> Called:
        return fettle(*arguments, cwd=folder, environ=store_environ)

    call("report", "The shop is down", "--service=shop")
    with psycopg.connect(store_environ["FETTLE_STORE__URL"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO fettle.timeline (issue, at, actor, event, text)"
            " SELECT 1, now(), 'ada', 'note', 'note ' || n FROM generate_series(1, 50) AS n"
        )
    shown = call("issue", "show", "1").out
    told = call("issue", "timeline", "1").out
    few = call("issue", "timeline", "1", "--limit=2")
    said = document(call("issue", "timeline", "1", "--format=json"))

    assert "… what was before: fettle issue timeline 1" in shown
    assert "note 11\n" in shown
    assert "note 10\n" not in shown
    assert told.index("opened, ") < told.index("note 1\n") < told.index("note 50\n")
    assert ("note 48\n" in few.out, "note 49\n" in few.out) == (False, True)
    assert "a higher --limit" in few.err
    assert len(said["items"]) == 53
