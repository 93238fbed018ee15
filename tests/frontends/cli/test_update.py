"""`fettle update` as its users call it: what it does, its exit codes and its documents."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import schemas
from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import Called, fettle
from tests.made_packages import served
from tests.targets.rehearsing.shop import git
from tests.targets.rehearsing.test_applying import Live, live_of

Call = Callable[..., Called]

SETTINGS = """
[[project]]
name = "shop"
path = "{folder}"
[project.rehearsal]
test = [{test}]
"""
APPLY = """
[project.apply]
how = "{how}"
check = [".venv/bin/python", "-c", "import alpha; assert alpha.WORKS"]
[updates]
age = "0s"
"""
NEVER = """windows = ["never"]
[[window]]
name = "never"
start = "03:00"
duration = "1h"
day_of_month = 29
months = [2]
"""
TEST = '"python", "-c", "import alpha; assert alpha.WORKS"'
ALPHA = "shop/uv.lock#alpha==1.1.0"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with served() as registry:
        registry.add_wheel("alpha", "3.0.0", {"alpha.py": "WORKS = False\n"})
        registry.add_wheel("alpha", "2.0.0", {"alpha.py": "WORKS = True\n"}, ["gamma"])
        registry.add_wheel("gamma", "1.0.0", {"gamma.py": ""})
        yield live_of(tmp_path, registry)


@pytest.fixture
def call(live: Live, tmp_path: Path, store_environ: dict[str, str]) -> Call:
    environ = {**live.environ, **store_environ, "FETTLE_DATA": str(live.data)}

    def called(
        *arguments: str, how: str = "in-place", test: str = TEST, apply: str = APPLY
    ) -> Called:
        text = (SETTINGS + apply).format(folder=live.folder, how=how, test=test)
        (tmp_path / "fettle.toml").write_text(text)
        return fettle("update", *arguments, cwd=tmp_path, environ=environ)

    return called


def document(called: Called) -> dict[str, Any]:
    return dict(schemas.validate(json.loads(called.out)))


def test_what_passed_is_applied_shown_and_taken_back(live: Live, call: Call) -> None:
    before = live.state
    reference = f"{live.folder}/uv.lock#alpha==1.1.0"

    early = call("apply", ALPHA, "--format=json")
    rehearsed = call("rehearse", reference, "--format=json")
    between = live.state
    applied = call("apply", ALPHA, "--format=json")
    version = live.version()
    history = call("history", "--format=json")
    run = document(applied)["runs"][0]
    undone = call("undo", str(run["number"]), "--format=json")
    twice = call("undo", run["run"])

    assert early.code == 1
    assert "nothing that passed a rehearsal" in early.err
    assert (rehearsed.code, document(rehearsed)["passed"]) == (0, 1), rehearsed.err
    assert document(rehearsed)["rehearsals"][0]["isolation"] == "bubblewrap"
    assert between == before, "who only tries changes nothing"
    assert (applied.code, run["status"], run["verified"]) == (0, "done", True), applied.err
    assert version == "1.1.0"
    assert document(history)["runs"][0]["run"] == run["run"]
    assert (undone.code, document(undone)["successful"]) == (0, 1), undone.err
    assert live.state[0] == before[0], "to the byte what it was"
    assert live.version() == "1.0.0"
    assert twice.code == 1
    assert "is undone" in twice.err


def test_what_comes_along_must_have_been_out_for_long_or_somebody_says_why(
    live: Live, call: Call
) -> None:
    """Nobody named it, and its registry does not tell when it came out."""
    reference = "shop/uv.lock#alpha==2.0.0"
    seven_days = APPLY.replace("0s", "7d")
    rehearsed = call("rehearse", reference, apply=seven_days)
    before = live.state
    refused = call("apply", reference, apply=seven_days)
    hurry = ("--now", "we have read it")
    hurried = call("apply", reference, *hurry, "--format=json", apply=seven_days)

    assert rehearsed.code == 0
    assert "it cannot be applied yet" in rehearsed.err
    assert refused.code == 1
    assert "gamma 1.0.0: when it came out is not told, and it must be 7 d old" in refused.err
    assert (hurried.code, live.version()) == (0, "2.0.0"), hurried.err
    assert live.state != before


def test_what_is_in_use_is_changed_in_a_window_alone(live: Live, call: Call) -> None:
    """A branch changes nothing in use, and may be made at any time."""
    assert call("rehearse", ALPHA).code == 0
    before = live.state
    refused = call("apply", ALPHA, apply=f"{APPLY}{NEVER}")
    branch = call("apply", ALPHA, how="commit", apply=f"{APPLY}{NEVER}")

    assert (refused.code, branch.code) == (1, 0), branch.err
    assert "alpha: it is taken only in never, which is not open now" in refused.err
    assert live.state == before


def test_how_it_went_here_counts_the_next_time(live: Live, call: Call) -> None:
    """A check reads what rehearsals came to, where a store is at work."""
    assert call("rehearse", ALPHA).code == 0
    told = json.loads(call("check", "--only=dependencies", "--format=json").out)
    grounds = [one["grounds"] for one in told["updates"] if one["package"] == "alpha"]
    assert grounds
    assert all("1 of 1 rehearsal of it here passed" in one for one in grounds)


def test_what_a_check_names_can_be_rehearsed_and_applied(live: Live, call: Call) -> None:
    """By the id alone, though nobody has kept what the check said."""
    checked = document(call("check", "--only=dependencies", "--format=json"))
    ids = {one["version"]: one["id"] for one in checked["updates"] if one["package"] == "alpha"}
    rehearsed = call("rehearse", ids["1.1.0"], "--format=json")
    applied = call("apply", ids["1.1.0"], "--format=json")

    assert (rehearsed.code, document(rehearsed)["passed"]) == (0, 1), rehearsed.err
    assert (applied.code, live.version()) == (0, "1.1.0"), applied.err


def test_a_tree_that_moved_or_is_dirty_is_refused(live: Live, call: Call) -> None:
    assert call("rehearse", ALPHA).code == 0
    lock = (live.folder / "uv.lock").read_text()
    (live.folder / "uv.lock").write_text(lock + "# mine\n")
    dirty = call("apply", ALPHA)
    (live.folder / "uv.lock").write_text(lock)
    git(live.folder, "commit", "--quiet", "--allow-empty", "--message=Go on")
    moved = call("apply", ALPHA)

    assert (dirty.code, moved.code) == (1, 1)
    assert "not committed: uv.lock" in dirty.err
    assert "has moved since" in moved.err
    assert live.version() == "1.0.0"


def test_what_fails_is_told_and_cannot_be_applied(live: Live, call: Call) -> None:
    failed = call("rehearse", "shop/uv.lock#alpha==3.0.0")
    applied = call("apply", "shop/uv.lock#alpha==3.0.0")

    assert failed.code == 2
    assert "tests fail: " in failed.out
    assert applied.code == 1
    assert git(live.folder, "for-each-ref", "refs/fettle") == ""


def test_tests_that_fail_anyway_judge_nothing(call: Call) -> None:
    called = call("rehearse", ALPHA, test='"python", "-c", "raise SystemExit(1)"')

    assert called.code == 3
    assert "fail on what is there already" in called.out


def test_without_a_rehearsal_it_is_kept_why(live: Live, call: Call) -> None:
    empty = call("apply", ALPHA, "--without-rehearsal", " ")
    done = call("apply", ALPHA, "--without-rehearsal", "it is exploited", "--format=json")
    broken = call("apply", "shop/uv.lock#alpha==3.0.0", "--without-rehearsal=now", "--format=json")

    assert empty.code == 64
    assert done.code == 0, done.err
    assert document(done)["runs"][0]["without_rehearsal"] == "it is exploited"
    assert broken.code == 2
    assert document(broken)["runs"][0]["status"] == "returned"
    assert live.version() == "1.1.0", "the check took the broken one back"


def test_as_a_commit_it_is_a_branch_and_can_be_let_go_of(live: Live, call: Call) -> None:
    before = live.state
    call("rehearse", ALPHA)
    applied = call("apply", ALPHA, "--format=json", how="commit")
    run = document(applied)["runs"][0]
    named = git(live.folder, "rev-parse", run["branch"])
    undone = call("undo", str(run["number"]), how="commit")

    assert (applied.code, run["verified"]) == (0, True), applied.err
    assert run["branch"].startswith("fettle/update-")
    assert named == run["commit"]
    assert undone.code == 0, undone.err
    assert git(live.folder, "branch", "--list", "fettle/*") == ""
    assert live.state == before


def test_a_person_is_called_once_where_it_cannot_be_brought_back(
    live: Live, call: Call, store_database: FreshDatabase
) -> None:
    spoilt = (
        '[project.apply]\ncheck = ["sh", "-c", "rm -rf .venv.fettle-*; false"]\nhow = "{how}"\n'
    )
    called = call("apply", ALPHA, "--without-rehearsal=now", "--format=json", apply=spoilt)
    again = call("history", "--format=json")
    with psycopg.connect(store_database.url) as connection:
        signals = connection.execute("SELECT body FROM fettle.delivery").fetchall()

    assert called.code == 2
    assert document(called)["runs"][0]["status"] == "stranded"
    assert document(again)["runs"][0]["status"] == "stranded"
    assert "once that is mended by hand: rm -r " in again.err
    assert len(signals) == 1
    assert b"could not be brought back" in signals[0][0]
    assert live.version() == "1.1.0"
    assert git(live.folder, "log", "-1", "--format=%s") == "Raise alpha to 1.1.0"


def test_what_is_worse_later_is_taken_back_and_held(live: Live, call: Call, tmp_path: Path) -> None:
    before = live.state
    check = f'["sh", "-c", "test ! -e {tmp_path}/down || {{{{ echo it is down; exit 1; }}}}"]'
    watched = (
        f'[project.apply]\nhow = "{{how}}"\ncheck = {check}\n'
        f'reload = ["rm", "-f", "{tmp_path}/down"]\nwatch_for = "1h"\nwatch_every = "1ms"\n'
        '[updates]\nage = "0s"\n'
    )
    applied = call("apply", ALPHA, "--without-rehearsal=now", "--format=json", apply=watched)
    well = call("watch", "--once", "--format=json", apply=watched)
    (tmp_path / "down").touch()
    once = call("watch", "--once", apply=watched)
    version = live.version()
    worse = call("watch", "--format=json", apply=watched)
    again = call("apply", ALPHA, "--without-rehearsal=now", apply=watched)
    history = call("history", "--format=json")
    told = call("history")
    planned = document(call("plan", "--only=dependencies", "--format=json", apply=watched))
    number = document(history)["quarantined"][0]["number"]
    empty = call("release", str(number), "--reason", " ")
    released = call("release", str(number), "--reason=it has its index now", "--format=json")
    free = call("apply", ALPHA, "--without-rehearsal=now", apply=watched)

    assert document(applied)["runs"][0]["watch"]["status"] == "watching", applied.err
    assert (well.code, document(well)["watches"][0]["looks"]) == (0, 1), well.err
    assert (once.code, version) == (2, "1.1.0"), "one bad look is no regression"
    assert worse.code == 2, worse.err
    (watch,) = document(worse)["watches"]
    assert watch["status"] == "worse"
    assert watch["says"] == (
        "the check failed: it is down; it was taken back, and it is well without it"
    )
    assert live.state[0] != before[0], "it was let go of, and applied again"
    assert again.code == 1
    assert "it is quarantined since" in again.err
    assert f"fettle update release {number}" in again.err
    assert "alpha 1.1.0 is held" in told.out
    reasons = [why for one in planned["held"] for why in one["held"] if one["version"] == "1.1.0"]
    assert any("it is quarantined since" in why for why in reasons), json.dumps(planned)
    assert empty.code == 64
    assert document(released)["released"][0]["released_because"] == "it has its index now"
    assert free.code == 0, free.err


@pytest.mark.parametrize(
    ("id_", "code", "why"),
    [
        ("nothing-known", 64, "there is no update"),
        ("poetry.lock#a==1", 64, "is no lock of a project"),
        ("shop/poetry.lock#a==1", 2, "poetry is not on this machine"),
        ("shop/uv.lock#alpha==9.9", 2, "uv cannot lock it"),
    ],
)
def test_what_cannot_be_raised_is_told(call: Call, id_: str, code: int, why: str) -> None:
    called = call("rehearse", id_)

    assert called.code == code, called.err
    assert why in called.out + called.err
