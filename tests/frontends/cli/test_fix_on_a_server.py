"""`fettle fix --server`: the same as at home, done by the server's workers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import schemas
from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import Called, fettle
from tests.frontends.cli.test_fix import TWINS, indexes
from tests.frontends.cli.test_up import up

SETTINGS = """
[check]
every = "0s"

[[database]]
name = "main-db"
url = "${SHOP}"
fix_url = "${SHOP}"
"""

Call = Callable[..., Called]


@pytest.fixture
def call(
    pg18_database: FreshDatabase, store_environ: dict[str, str], tmp_path: Path
) -> Iterator[Call]:
    """Give what calls `fettle fix` for a server, from a folder without settings."""
    pg18_database.run(*TWINS)
    (tmp_path / "fettle.toml").write_text(SETTINGS)
    environ = {**store_environ, "SHOP": pg18_database.url}
    made = fettle(
        *("token", "create", "--name=ada", "--role=responder"), cwd=tmp_path, environ=environ
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with up(tmp_path, environ) as (_, url):
        yield lambda *arguments: fettle(
            *("fix", *arguments, "--server", url),
            cwd=elsewhere,
            environ={"FETTLE_TOKEN": made.out.strip()},
        )


def test_a_cure_is_planned_applied_and_taken_back(
    call: Call, pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    planned = call("plan", "main-db", "drop-duplicate-index", "--format=json")
    plan = schemas.validate(json.loads(planned.out))
    told = call("plan", "main-db", "drop-duplicate-index")
    applied = call("apply", plan["plan"][:20])
    between = indexes(pg18_database)
    again = call("apply", plan["plan"])
    listed = call("list", "--format=json")
    (run,) = schemas.validate(json.loads(listed.out))["runs"]
    undone = call("undo", run["run"], "--format=json")
    twice = call("undo", run["run"])

    assert (planned.code, plan["statements"]) == (0, ["DROP INDEX CONCURRENTLY public.t_b"])
    assert "    DROP INDEX CONCURRENTLY public.t_b;\n" in told.out
    assert f"  apply: fettle fix apply {plan['plan'][:19]}\n" in told.out
    assert applied.code == 0, applied.err
    assert applied.out.startswith("done and verified: drop_duplicate_index on public.t_b\n  run ")
    assert "runs: DROP INDEX CONCURRENTLY public.t_b" in applied.err
    assert between == ["t_a"]
    assert (again.code, "applied already" in again.err) == (1, True)
    assert (undone.code, schemas.validate(json.loads(undone.out))["status"]) == (0, "undone")
    assert indexes(pg18_database) == ["t_a", "t_b"]
    assert (twice.code, "nothing to take back" in twice.err) == (1, True)


def test_the_plans_for_a_trouble_are_applied_from_their_file(call: Call, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    planned = call("plan", "main_db", "drop_duplicate_index", "--format=json")
    plan = json.loads(planned.out)
    gone = {**plan, "plan": "sha256:" + "0" * 64}
    plans = {"schema": "fettle.plans/1", "issue": "twins", "plans": [plan, gone]}
    (elsewhere / "plans.json").write_text(json.dumps(plans))
    (elsewhere / "edited.json").write_text(json.dumps({**plan, "statements": ["DROP TABLE t"]}))

    both = call("apply", "plans.json", "--format=json")
    edited = call("apply", "edited.json")

    document = schemas.validate(json.loads(both.out))
    assert [fix["status"] for fix in document["fixes"]] == ["done", "refused"]
    assert (document["issue"], document["successful"]) == ("twins", 1)
    assert (edited.code, "applied already" in edited.err) == (1, True)  # only its id is taken


def test_what_is_for_this_machine_is_refused(call: Call) -> None:
    for arguments in (
        ("plan", "main-db", "vacuum_table", "--limit=table_bloat.medium=0"),
        ("apply", "sha256:000000", "--target=postgresql://127.0.0.1/x"),
        ("undo", "00000000", "--target=postgresql://127.0.0.1/x"),
        ("plan", "postgresql://127.0.0.1/x", "vacuum_table"),
        ("plan", "main-db", "no_such_fix"),
        ("apply", "sha256:000000"),
        ("apply", "../../etc/passwd"),
    ):
        called = call(*arguments)
        assert called.code == 64, (arguments, called.err)
        assert called.out == ""


def test_nothing_found_is_said_as_at_home(call: Call) -> None:
    called = call("plan", "main-db", "vacuum-table")

    assert (called.code, called.out) == (1, "Nothing was found that this would cure.\n")


def test_what_cannot_be_taken_back_waits_for_an_admin(
    call: Call, tmp_path: Path, store_environ: dict[str, str], pg18_database: FreshDatabase
) -> None:
    plan = json.loads(call("plan", "main-db", "drop_duplicate_index", "--format=json").out)
    declined = call("decline", plan["plan"], "--reason=it is for the yearly report")
    not_theirs = call("approve", plan["plan"])
    refused = call("apply", plan["plan"])
    environ = {**store_environ, "SHOP": pg18_database.url}
    here = fettle(*("fix", "apply", plan["plan"]), cwd=tmp_path, environ=environ)

    assert declined.out.startswith("declined: drop_duplicate_index on public.t_b, sha256:")
    assert (not_theirs.code, "needs an admin" in not_theirs.err) == (1, True)
    assert (refused.code, "yearly report" in refused.err) == (1, True)
    assert here.code == 0, here.err  # who is at the machine decides for themselves
