"""The database stays as fast and as small as it was.

Why it matters:  Statistics that are old make plans that are slow; dead rows and indexes that nobody
    uses cost each write and each backup.
Passed when:     Statistics are fresh, what was due is vacuumed, and unused indexes, slow statements
    and bloat are reported with thresholds that fit what was seen.
Failed when:     A statement failed, or a check found more afterwards than before.
Could not check when:  A database does not answer, the role lacks a grant, pg_stat_statements is not
    there; something is due and the [[database]] has no fix_url; too little was measured.
Change it:       Another window or time: a [[task]] with the id monthly-database-maintenance and
    what is to be different. Not at all: enabled = false in it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from fettle.maintenance import care, care_report, measures, thresholds
from fettle.maintenance.care import Seen
from fettle.maintenance.care_report import Care
from fettle.maintenance.thresholds import FITTED, Suggestion
from fettle.model.ports_upkeep import History, Kept
from fettle.model.quantity import say_count
from fettle.model.report import Chart, Curve
from fettle.model.task import (
    Automation,
    Category,
    Downtime,
    Frequency,
    Procedure,
    RunOwn,
    TaskStep,
    There,
)
from fettle.model.window import Window
from fettle.model.work import Outcome, Told, Work, passed
from fettle.unit import task

LOOK = "Look at the tables' statistics"
REFRESH = "Refresh the statistics"
INDEXES = "Find indexes that nobody uses"
STATEMENTS = "Find statements that are slow"
VACUUM = "Vacuum and analyse where it is due"
FIT = "Fit the thresholds to what was seen"

_IDS = ("transaction_id_wraparound", "multixact_wraparound")
_OF_TABLES = ("statistics_stale", "table_bloat", "autovacuum_disabled", *_IDS)
_OF_INDEXES = ("index_unused", "index_duplicate", "index_redundant", "index_invalid")
_OF_STATEMENTS = (
    "slow_queries",
    "statement_statistics_missing",
    "statement_statistics_evicted",
)
_DRAWN = ("tables_bytes", "indexes_bytes")

TASK = task(
    __name__,
    name="Monthly database maintenance",
    description="Refresh statistics, vacuum where it is due, find what slows it down",
    frequency=Frequency.MONTHLY,
    category=Category.PERFORMANCE,
    automation=Automation.PARTIAL,
    on_databases=True,
    needs=("database",),
    window=Window(
        time(2), ZoneInfo("UTC"), timedelta(hours=4), timedelta(hours=3), day_of_month=15
    ),
    procedure=Procedure(
        steps=(
            TaskStep(LOOK, RunOwn(), idempotent=True, there=There.DATABASES),
            TaskStep(
                REFRESH,
                RunOwn(acts=True),
                timeout=timedelta(hours=1),
                idempotent=True,
                needs_downtime=True,
                there=There.DATABASES,
            ),
            TaskStep(INDEXES, RunOwn(), idempotent=True, there=There.DATABASES),
            TaskStep(STATEMENTS, RunOwn(), idempotent=True, there=There.DATABASES),
            TaskStep(
                VACUUM,
                RunOwn(acts=True),
                timeout=timedelta(hours=3),
                idempotent=True,
                needs_downtime=True,
                there=There.DATABASES,
            ),
            TaskStep(FIT, RunOwn(), idempotent=True),
        ),
        estimated_duration=timedelta(hours=3),
        requires_downtime=True,
        downtime=Downtime(time(2), time(5)),
        continue_on_error=True,  # no step needs another, and a report of trouble is the more wanted
    ),
)


@TASK.step(LOOK)
async def look(work: Work) -> Told:
    """Look at what the tables' statistics say is due."""
    return care.told(await _asked(work, _OF_TABLES), "table to be tended", "tables to be tended")


@TASK.step(REFRESH)
async def refresh(work: Work) -> Told:
    """Have the planner's statistics made anew where they are old."""
    each = await _asked(work, ("statistics_stale",))
    return care.due(each, "analyze_table", _mendable(work))


@TASK.step(INDEXES)
async def find_indexes(work: Work) -> Told:
    """Find indexes that cost each write, and serve nobody."""
    each = await _asked(work, _OF_INDEXES)
    return care.told(each, "index to be looked at", "indexes to be looked at")


@TASK.step(STATEMENTS)
async def find_statements(work: Work) -> Told:
    """Find what people wait for."""
    return care.told(await _asked(work, _OF_STATEMENTS), "slow statement", "slow statements")


@TASK.step(VACUUM)
async def vacuum(work: Work) -> Told:
    """Have vacuumed what has many dead rows, or old transaction ids; bloat is only told."""
    each = await _asked(work, ("table_bloat", *_IDS))
    return care.due(each, "vacuum_table", _mendable(work))


@TASK.step(FIT)
async def fit(work: Work) -> Told:
    """Suggest thresholds by a month of samples, and write the report of all."""
    names = [one.name for one in work.tools.checks.databases]
    suggestions, young, charts = list[Suggestion](), list[str](), list[Chart]()
    for name in names:
        figures = {
            one.metric: one for one in await work.tools.history.figures(name) if not one.subject
        }
        fitted, unknown_yet = await _fitted(work, name, figures)
        suggestions += fitted
        young += unknown_yet
        charts += await _charts(work.tools.history, name, figures, work.began)
    told = care_report.report(
        Care(
            f"{work.began.day} {work.began:%b %Y}",
            names,
            care.joined(work.everywhere(REFRESH)),
            care.joined(work.everywhere(INDEXES)),
            care.joined(work.everywhere(STATEMENTS)),
            care.joined(work.everywhere(VACUUM)),
            suggestions,
            young,
            charts,
        )
    )
    number = sum(one.line is not None for one in suggestions)
    says = f"{say_count(number, 'threshold')} would fit better; the report is written"
    if young or not names:
        says = f"{says}; too little was measured of {', '.join(young[:5])}" if young else says
        remedy = "two weeks of looks at it are needed: the threshold is fitted by itself then"
        return Told(Outcome.UNKNOWN, says, remedy, report=told)
    return passed(says, report=told)


async def _asked(work: Work, checks: Sequence[str]) -> Sequence[Seen]:
    """Ask checks of each database reached here, one by one: they may stand on one machine."""
    each = []
    for database in (one for one in work.tools.checks.databases if work.reaches(one.on)):
        seen = care.seen(await work.tools.checks.ask(database.name, checks))
        gaps = f", {len(seen.gaps)} could not look" if seen.gaps else ""
        await work.say(f"{database.name}: {say_count(seen.number, 'finding')}{gaps}")
        each.append(seen)
    return each


def _mendable(work: Work) -> Mapping[str, bool]:
    return {one.name: one.mendable for one in work.tools.checks.databases}


async def _fitted(
    work: Work, database: str, figures: Mapping[str, Kept]
) -> tuple[Sequence[Suggestion], Sequence[str]]:
    """Return what is suggested for a database, and what too little was measured of for that."""
    since = work.began - timedelta(days=thresholds.DAYS)
    known = [one for one in FITTED if one.metric in figures]
    ids = [figures[one.metric].id for one in known]
    hours = await work.tools.history.extremes(ids, since, work.began) if ids else {}
    suggestions, young = list[Suggestion](), list[str]()
    for one in known:
        limits = work.tools.checks.limits(database, one.check)
        seen = hours.get(figures[one.metric].id, ())
        suggestion = thresholds.suggested(database, one, limits, seen)
        if suggestion is None:
            young.append(f"{database} ({measures.named(one.metric)})")
        else:
            suggestions.append(suggestion)
    return suggestions, young if known else [database]


async def _charts(
    history: History, database: str, figures: Mapping[str, Kept], until: datetime
) -> Sequence[Chart]:
    drawn = {metric: figures[metric].id for metric in _DRAWN if metric in figures}
    if not drawn:
        return ()
    since = until - timedelta(days=thresholds.DAYS)
    hours = await history.hours(list(drawn.values()), since, until)
    curves = tuple(
        Curve(measures.named(metric), tuple(hours.get(id_, ()))[::6])
        for metric, id_ in drawn.items()
    )
    return (Chart(f"{database}: how large it is", "bytes", curves),)
