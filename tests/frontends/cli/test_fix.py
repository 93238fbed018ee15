"""`fettle fix` as its users call it: plan, apply, undo; exit codes and documents."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import schemas
from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import Called, fettle
from tests.servers import PASSWORD, USER

TWINS = ("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")


@pytest.fixture
def planned(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> dict[str, Any]:
    """Plan to drop the second of two indexes; the plan is in plan.json and in the store."""
    pg18_database.run(*TWINS)
    called = fettle(
        "fix", "plan", pg18_database.url, "drop-duplicate-index", "--format=json",
        cwd=tmp_path, environ=store_environ,
    )  # fmt: skip
    assert called.code == 0, called.err
    (tmp_path / "plan.json").write_text(called.out)
    document: dict[str, Any] = json.loads(called.out)
    return document


def indexes(database: FreshDatabase) -> list[str]:
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        return [name for (name,) in rows.fetchall()]


def test_a_plan_says_everything_and_changes_nothing(
    planned: dict[str, Any], pg18_database: FreshDatabase
) -> None:
    assert schemas.validate(planned)["schema"] == "fettle.plan/1"
    assert planned["plan"].startswith("sha256:")
    assert planned["statements"] == ["DROP INDEX CONCURRENTLY public.t_b"]
    assert "CREATE INDEX CONCURRENTLY t_b ON public.t USING btree (a)" in planned["undo"]
    assert planned["risk"] == "reversible"
    assert planned["refused"] is None
    assert indexes(pg18_database) == ["t_a", "t_b"]


def test_it_is_applied_by_its_id_and_taken_back(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
    store_environ: dict[str, str],
) -> None:
    def call(*arguments: str) -> Called:
        return fettle("fix", *arguments, "--format=json", cwd=tmp_path, environ=store_environ)

    applied = call("apply", planned["plan"][:20])
    between = indexes(pg18_database)
    again = call("apply", planned["plan"])
    run = schemas.validate(json.loads(applied.out))
    undone = call("undo", run["run"])
    twice = call("undo", run["run"])

    assert (applied.code, run["status"], run["verified"]) == (0, "done", True)
    assert between == ["t_a"]
    assert (again.code, schemas.validate(json.loads(again.out))["status"]) == (1, "refused")
    assert (undone.code, json.loads(undone.out)["status"]) == (0, "undone")
    assert indexes(pg18_database) == ["t_a", "t_b"]
    assert (twice.code, json.loads(twice.out)["status"]) == (1, "refused")


def test_it_is_applied_from_a_file_by_somebody_else(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    theirs = {"FETTLE_DATA": str(tmp_path / "none"), "FETTLE_STORE__URL": pg18_database.url}

    applied = fettle("fix", "apply", "plan.json", cwd=tmp_path, environ=theirs)

    assert applied.code == 0, applied.err
    assert "done and verified" in applied.out
    assert "to take it back: fettle fix undo " in applied.out
    assert indexes(pg18_database) == ["t_a"]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("DROP INDEX CONCURRENTLY public.t_b", "DROP TABLE public.t"),
        ('"same_as": "public.t_a"', '"same_as": "public.nothing"'),
        ('"subject": "public.t_b"', '"subject": "public.t_a"'),
        ("sha256:", "sha256:0"),
    ],
)
def test_a_plan_that_was_edited_is_refused(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
    store_environ: dict[str, str],
    was: str,
    becomes: str,
) -> None:
    path = tmp_path / "plan.json"
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, becomes))

    applied = fettle("fix", "apply", "plan.json", cwd=tmp_path, environ=store_environ)

    assert applied.code == 1, applied.out
    assert indexes(pg18_database) == ["t_a", "t_b"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", 5),
        ("severity", "grave"),
        ("metrics", None),
        ("evidence", [5]),
        ("evidence", {"index": "public.t_b"}),
        ("pids", ["4242"]),
    ],
)
def test_a_plan_whose_finding_was_spoiled_is_wrong_usage(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
    store_environ: dict[str, str],
    field: str,
    value: object,
) -> None:
    planned["finding"][field] = value
    (tmp_path / "plan.json").write_text(json.dumps(planned))

    applied = fettle("fix", "apply", "plan.json", cwd=tmp_path, environ=store_environ)

    assert applied.code == 64
    assert "the plan's finding is not whole" in applied.err
    assert indexes(pg18_database) == ["t_a", "t_b"]


def test_of_a_file_in_which_one_is_no_plan_none_is_applied(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
    store_environ: dict[str, str],
) -> None:
    plans = {"schema": "fettle.plans/1", "issue": "mine", "plans": [planned, {}]}
    (tmp_path / "plans.json").write_text(json.dumps(plans))

    applied = fettle("fix", "apply", "plans.json", cwd=tmp_path, environ=store_environ)

    assert applied.code == 64
    assert indexes(pg18_database) == ["t_a", "t_b"]


def test_two_sessions_of_one_role_are_one_plan_for_the_role(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    role = f"{pg18_database.name}_app"
    pg18_database.run(f"CREATE ROLE {role} LOGIN PASSWORD 'x'", "CREATE TABLE t (a int)")
    url = pg18_database.server.url(pg18_database.name, role, "x")
    try:
        with (
            psycopg.connect(url, application_name="one") as one,
            psycopg.connect(url, application_name="two") as two,
        ):
            one.execute("SELECT 1")
            two.execute("SELECT 1")
            called = fettle(
                "fix", "plan", pg18_database.url, "set_role_timeout", "--format=json",
                "--limit=idle_in_transaction.medium=1us", cwd=tmp_path, environ=store_environ,
            )  # fmt: skip
    finally:
        pg18_database.run(f"DROP ROLE {role}")

    plan = schemas.validate(json.loads(called.out))
    assert plan["schema"] == "fettle.plan/1"
    assert f"ALTER ROLE {role} IN DATABASE" in plan["statements"][0]


def test_what_nothing_was_found_of_is_named(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
    store_environ: dict[str, str],
) -> None:
    called = fettle(
        "fix", "plan", pg18_database.url, "drop_duplicate_index", "--subject=public.t_c",
        cwd=tmp_path, environ=store_environ,
    )  # fmt: skip

    assert called.code == 1
    assert "public.t_c" in called.err


def test_the_store_can_be_named_on_the_command_line(
    planned: dict[str, Any], store_environ: dict[str, str], tmp_path: Path
) -> None:
    store = f"--database-url={store_environ['FETTLE_STORE__URL']}"

    called = fettle("fix", "list", store, "--format=json", cwd=tmp_path)

    assert [plan["plan"] for plan in json.loads(called.out)["plans"]] == [planned["plan"]]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "fettle.plan/1"}', "DROP TABLE t"])
def test_a_file_that_is_no_plan_is_wrong_usage(
    tmp_path: Path, store_environ: dict[str, str], text: str
) -> None:
    (tmp_path / "plan.json").write_text(text)

    applied = fettle("fix", "apply", "plan.json", cwd=tmp_path, environ=store_environ)

    assert applied.code == 64
    assert "plan" in applied.err


def test_without_an_acting_role_a_configured_database_is_planned_not_applied(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(*TWINS)
    (tmp_path / "fettle.toml").write_text('[[database]]\nname = "main-db"\nurl = "${SHOP}"\n')
    environ = {**store_environ, "SHOP": pg18_database.url}
    plan = fettle(
        "fix", "plan", "main_db", "drop_duplicate_index", "--format=json",
        cwd=tmp_path, environ=environ,
    )  # fmt: skip
    id_ = json.loads(plan.out)["plan"]

    refused = fettle("fix", "apply", id_, cwd=tmp_path, environ=environ)
    through = fettle(
        "fix", "apply", id_, "--target", pg18_database.url, cwd=tmp_path, environ=environ
    )

    assert (refused.code, through.code) == (1, 0), through.err
    assert "fix_url" in refused.err


def test_it_is_planned_as_the_role_that_acts(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(*TWINS, f"GRANT pg_monitor TO {USER}")
    (tmp_path / "fettle.toml").write_text(
        '[[database]]\nname = "main-db"\nurl = "${LOOK}"\nfix_url = "${ACT}"\n'
    )
    look = pg18_database.server.url(pg18_database.name, user=USER)
    environ = {**store_environ, "LOOK": look, "ACT": pg18_database.url, "PGPASSWORD": PASSWORD}
    plan = fettle(
        "fix", "plan", "main-db", "drop_duplicate_index", "--format=json",
        cwd=tmp_path, environ=environ,
    )  # fmt: skip

    document = json.loads(plan.out)
    assert document["refused"] is None
    assert fettle("fix", "apply", document["plan"], cwd=tmp_path, environ=environ).code == 0
    assert indexes(pg18_database) == ["t_a"]


def test_names_neither_act_on_a_terminal_nor_break_one_without_their_letters(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(
        "CREATE TABLE t (a int)",
        "CREATE INDEX t_1 ON t (a)",
        'CREATE INDEX "t_ü\x1b[2J\u202e" ON t (a)',
    )
    poor = {**store_environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    def call(*arguments: str) -> Called:
        return fettle("fix", *arguments, cwd=tmp_path, environ=poor, fresh=True)

    told = call("plan", pg18_database.url, "drop_duplicate_index")
    read = call("plan", pg18_database.url, "drop_duplicate_index", "--format=json")
    listed = call("list")

    assert (told.code, read.code, listed.code) == (0, 0, 0), told.err + read.err + listed.err
    assert json.loads(read.out)["subject"] == 'public."t_ü\x1b[2J\u202e"'
    for said in (told.out, listed.out):
        assert "\x1b" not in said
        assert r"t_\xfc\x1b[2J\u202e" in said


def test_what_cannot_be_taken_back_is_not_said_to_be(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(
        "CREATE TABLE t (a int)",
        "INSERT INTO t SELECT generate_series(1, 20000)",
    )
    planned = fettle(
        "fix", "plan", pg18_database.url, "analyze_table", "--format=json",
        cwd=tmp_path, environ=store_environ,
    )  # fmt: skip
    (tmp_path / "plan.json").write_text(planned.out)

    applied = fettle("fix", "apply", "plan.json", cwd=tmp_path, environ=store_environ)

    assert applied.code == 0, applied.err
    assert "done and verified" in applied.out
    assert "take it back" not in applied.out


def test_where_it_cannot_be_looked_nothing_is_done_which_is_a_refusal(
    planned: dict[str, Any],
    pg18_database: FreshDatabase,
    tmp_path: Path,
    store_environ: dict[str, str],
) -> None:
    """3 would mean that something was done, and not seen to have worked."""

    def call(*arguments: str) -> Called:
        return fettle("fix", *arguments, "--format=json", cwd=tmp_path, environ=store_environ)

    away = "--target=postgresql://postgres@127.0.0.1:1/x"
    refused = call("apply", planned["plan"], away)
    run = json.loads(call("apply", planned["plan"]).out)["run"]
    not_undone = call("undo", run, away)

    for called in (refused, not_undone):
        document = schemas.validate(json.loads(called.out))
        assert (called.code, document["status"], document["run"]) == (1, "refused", None)
        assert "nobody listens there" in document["reason"]
    assert indexes(pg18_database) == ["t_a"]


def test_a_trouble_plans_all_that_belongs_to_it(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    called = fettle(
        "fix", "plan", pg18_database.url, "high-connection-usage", "--format=json",
        "--limit=connections_saturated.high=0", cwd=tmp_path, environ=store_environ,
    )  # fmt: skip

    document = schemas.validate(json.loads(called.out))
    assert (document["schema"], document["issue"]) == ("fettle.plans/1", "high-connection-usage")
    assert [plan["fix"] for plan in document["plans"]] == ["terminate_idle_sessions"]
    assert document["plans"][0]["refused"]


def test_the_plans_for_a_trouble_are_applied_one_by_one(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(
        "CREATE TABLE t (a int, b int)",
        "INSERT INTO t SELECT g, g FROM generate_series(1, 20000) AS g",
        "CREATE INDEX t_a ON t (a)",
        "CREATE INDEX t_b ON t (b)",
        "ANALYZE t",
    )
    planned = fettle(
        "fix", "plan", pg18_database.url, "unused-indexes", "--format=json",
        "--limit=index_unused.min_size=1 KiB", "--limit=index_unused.min_window=0 s",
        cwd=tmp_path, environ=store_environ,
    )  # fmt: skip
    (tmp_path / "plans.json").write_text(planned.out)
    pg18_database.run("ALTER TABLE t ADD CONSTRAINT now_unique UNIQUE (a)", "DROP INDEX t_a")

    applied = fettle(
        "fix", "apply", "plans.json", "--format=json", cwd=tmp_path, environ=store_environ
    )
    again = fettle("fix", "apply", "plans.json", cwd=tmp_path, environ=store_environ)

    document = schemas.validate(json.loads(applied.out))
    assert document["schema"] == "fettle.database_fix/1"
    assert document["issue"] == "unused-indexes"
    assert {fix["subject"]: fix["status"] for fix in document["fixes"]} == {
        "public.t_a": "refused",
        "public.t_b": "done",
    }
    assert (applied.code, document["successful"], document["failed"]) == (1, 1, 1)
    assert indexes(pg18_database) == ["now_unique"]
    assert (again.code, again.out.splitlines()[-1]) == (
        1,
        "unused-indexes: 0 done and verified, 2 not",
    )


def test_what_there_is_can_be_listed(tmp_path: Path, store_environ: dict[str, str]) -> None:
    called = fettle("fix", "list", "--format=json", cwd=tmp_path, environ=store_environ)

    document = schemas.validate(json.loads(called.out))
    assert {"drop_unused_index", "terminate_session"} <= {fix["fix"] for fix in document["fixes"]}
    assert set(document["troubles"]) >= {"unused_indexes", "slow_queries"}
    assert document["runs"] == []
