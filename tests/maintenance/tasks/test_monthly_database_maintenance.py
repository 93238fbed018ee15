"""The monthly maintenance of databases: what is due is wished, what slows them is reported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fettle.maintenance import care
from fettle.maintenance.tasks import monthly_database_maintenance as monthly
from fettle.model.diagnosis import Diagnosis
from fettle.model.diagnosis import Outcome as Answer
from fettle.model.finding import Finding, Unknown
from fettle.model.ports_upkeep import Upkept
from fettle.model.quantity import Ratio
from fettle.model.report import Report, Section
from fettle.model.report_kept import kept
from fettle.model.run import Json
from fettle.model.severity import Severity
from fettle.model.work import Outcome, Told, Wish
from tests.maintenance.tasks.remembering import SUNDAY, Remembered, steady
from tests.maintenance.working import Steps, tools

PASSED, UNKNOWN = Outcome.PASSED, Outcome.UNKNOWN
STALE = Finding(
    "public.orders",
    Severity.MEDIUM,
    "30,000 rows changed since it was analysed",
    fixes=("analyze_table",),
    check="statistics_stale",
)
DEAD = Finding(
    "public.orders",
    Severity.MEDIUM,
    "15,000 of its rows are dead",
    fixes=("vacuum_table",),
    check="table_bloat",
)
BLOATED = Finding(
    "public.events",
    Severity.MEDIUM,
    "about 2.0 GiB of its 3.0 GiB hold nothing",
    metrics={"free_bytes": 2 * 1024**3, "size_bytes": 3 * 1024**3},
    recommendations=("Give the room back online: pg_repack",),
    check="table_bloat",
)
UNUSED = Finding("public.orders_note", Severity.LOW, "never read", check="index_unused")
SLOW = Finding("1234", Severity.MEDIUM, "2 s each time", check="slow_queries")
NO_STATEMENTS = Unknown("pg_stat_statements is not there", "CREATE EXTENSION pg_stat_statements")


@dataclass
class Answering:
    """Implements model.ports_upkeep.CheckRunner: what databases are said to have."""

    databases: Sequence[Upkept]
    found: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    gaps: Mapping[str, Mapping[str, Unknown]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    async def ask(self, database: str, checks: Sequence[str]) -> Diagnosis:
        if database in self.gone:
            gone = Unknown("it does not answer", "start it")
            return Diagnosis(database, SUNDAY, timedelta(0), (), gone)
        gaps = self.gaps.get(database, {})
        answers = tuple(
            Answer(
                check,
                tuple(one for one in self.found.get(database, ()) if one.check == check),
                (gaps[check],) if check in gaps else (),
            )
            for check in checks
        )
        return Diagnosis(database, SUNDAY, timedelta(0), answers)

    def limits(self, database: str, check: str) -> Mapping[str, object]:  # noqa: ARG002
        return {"high": Ratio(0.8), "ratio": Ratio(0.9)}


def measured(*names: str) -> Remembered:
    history = Remembered()
    for name in names:
        history.measured(name, "connections_used_ratio", steady(0.15))
        history.measured(name, "tables_bytes", steady(1e9))
    return history


async def done(checks: Answering, history: Remembered | None = None) -> dict[str, Told]:
    """Do all steps; what a step leaves goes through the store, with what came of its fixes."""
    given = tools(
        history=history or measured(*(one.name for one in checks.databases)), checks=checks
    )
    steps = Steps(monthly.TASK, given, moment=SUNDAY)
    for name in (one.name for one in monthly.TASK.task.procedure.steps):
        told = await steps.do(name)
        detail: Any = json.loads(json.dumps(told.detail, allow_nan=False))
        if told.fixes:
            detail["fixes"] = [
                {"subject": "public.orders", "status": "done", "verified": True, "reason": None}
                for _ in told.fixes
            ]
        steps.told[name] = Told(
            told.outcome, told.says, told.remedy, detail, told.report, told.fixes
        )
    return steps.told


def report(told: Mapping[str, Told]) -> Report:
    made = told[monthly.FIT].report
    assert made
    json.dumps(kept(made), allow_nan=False)
    return made


def section(told: Mapping[str, Told], title: str) -> Section:
    return next(one for one in report(told).sections if one.title.startswith(title))


def rows(told: Mapping[str, Told], title: str) -> list[tuple[str, ...]]:
    table = section(told, title).table
    return [] if table is None else list(table.rows)


async def test_what_is_due_is_wished_and_what_came_of_it_is_reported() -> None:
    found = {"main-db": [STALE, DEAD, BLOATED, UNUSED, SLOW]}
    told = await done(Answering([Upkept("main-db", True), Upkept("idle", True)], found))

    assert [one.outcome for one in told.values()] == [PASSED] * 6
    assert told[monthly.REFRESH].fixes == (Wish("main-db", "analyze_table"),)
    assert told[monthly.VACUUM].fixes == (Wish("main-db", "vacuum_table"),)
    assert rows(told, "Statistics") == [
        ("main-db", "public.orders", STALE.description, "done and verified")
    ]
    assert rows(told, "Dead rows")[0][3] == "done and verified"
    assert rows(told, "Bloat") == [
        (
            *("main-db", "public.events", "2.0 GiB", "3.0 GiB"),
            "Give the room back online: pg_repack",
        )
    ]
    assert rows(told, "Indexes")[0][1] == "public.orders_note"
    assert rows(told, "Statements")[0][1] == "1234"
    assert report(told).summary.startswith("2 databases: 2 tables tended, 1 index to be looked at")
    assert section(told, "What could not").sentences == ("Everything that was asked could be.",)


async def test_where_nothing_is_due_nothing_is_done() -> None:
    told = await done(Answering([Upkept("main-db", False)]))

    assert [one.outcome for one in told.values()] == [PASSED] * 6
    assert not any(one.fixes for one in told.values())


async def test_what_is_due_where_fettle_may_not_act_is_not_passed() -> None:
    found = {"main-db": [STALE], "other": [STALE]}
    told = await done(Answering([Upkept("main-db", False), Upkept("other", True)], found))

    assert told[monthly.REFRESH].outcome is UNKNOWN
    assert "main-db" in told[monthly.REFRESH].says
    assert "fix_url" in (told[monthly.REFRESH].remedy or "")
    assert told[monthly.REFRESH].fixes == (Wish("other", "analyze_table"),)


async def test_a_database_that_does_not_answer_hides_nothing_of_the_others() -> None:
    databases = [Upkept("gone", True), Upkept("main-db", True)]
    told = await done(Answering(databases, {"main-db": [STALE]}, gone=frozenset({"gone"})))

    assert told[monthly.LOOK].outcome is UNKNOWN
    assert "it does not answer" in told[monthly.LOOK].says
    assert told[monthly.REFRESH].outcome is UNKNOWN
    assert told[monthly.REFRESH].fixes == (Wish("main-db", "analyze_table"),)
    assert ("gone", "connection", "it does not answer", "start it") in rows(told, "What could not")


async def test_without_statistics_of_statements_slow_ones_could_not_be_looked_for() -> None:
    gaps = {"main-db": {"slow_queries": NO_STATEMENTS}}
    told = await done(Answering([Upkept("main-db", True)], gaps=gaps))

    assert told[monthly.STATEMENTS].outcome is UNKNOWN
    assert told[monthly.STATEMENTS].remedy == NO_STATEMENTS.remedy


async def test_without_a_database_nothing_was_looked_at() -> None:
    told = await done(Answering([]))

    assert {one.outcome for one in told.values()} == {UNKNOWN}


async def test_thresholds_are_suggested_by_a_month_of_samples() -> None:
    told = await done(Answering([Upkept("main-db", True)]))

    (row,) = rows(told, "Thresholds")
    assert row[:3] == ("main-db", "limits.connections_saturated.high", "80 %")
    assert row[4] == 'limits.connections_saturated.high = "40 %"'
    assert told[monthly.FIT].says == "1 threshold would fit better; the report is written"
    (chart,) = section(told, "How they grew").charts
    assert chart.curves[0].points


async def test_of_too_few_samples_no_threshold_is_fitted() -> None:
    told = await done(Answering([Upkept("main-db", True)]), Remembered())

    assert told[monthly.FIT].outcome is UNKNOWN
    assert "main-db" in told[monthly.FIT].says
    assert report(told).sections


async def test_a_step_that_was_skipped_is_said_not_to_be_done() -> None:
    given = tools(history=measured("main-db"), checks=Answering([Upkept("main-db", True)]))
    steps = Steps(monthly.TASK, given, moment=SUNDAY)

    told = {monthly.FIT: await steps.do(monthly.FIT)}

    assert section(told, "Statistics").sentences == ("The step was not done.",)


async def test_what_changes_a_database_waits_for_a_person_and_for_the_downtime() -> None:
    for step in monthly.TASK.task.procedure.steps:
        acts = step.name in {monthly.REFRESH, monthly.VACUUM}
        assert step.acts == acts
        assert step.needs_downtime == acts


def test_what_was_left_at_several_places_is_reported_as_one() -> None:
    here = care.written([care.Seen("main-db", (), ())])
    there: Json = {"seen": [{"database": "other"}], "fixes": [{"status": "done"}]}
    assert care.joined([None, None]) is None
    told = care.joined([here, None, there])
    assert isinstance(told, dict)
    assert [one["database"] for one in told["seen"]] == ["main-db", "other"]
    assert told["fixes"] == [{"status": "done"}]
