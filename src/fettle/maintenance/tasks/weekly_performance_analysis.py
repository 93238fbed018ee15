"""What gets slower is seen before people feel it.

Why it matters:  Trouble that grows by a few percent a week is seen by nobody from one day to the
    next, and is an outage in the end.
Passed when:     The week's samples were compared with those before them, hour by hour with the same
    hours of the same weekdays, and the report is written.
Failed when:     Something got worse and is beyond a limit of high or above, or will be full within
    two weeks; it is named, with what may help. The report is written all the same.
Could not check when:  Something was not measured in the week, or for less than two weeks before it;
    what was measured is compared all the same.
Change it:       Another window or time: a [[task]] with the id weekly-performance-analysis and
    what is to be different. Not at all: enabled = false in it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from fettle.maintenance import measures, performance, performance_report
from fettle.maintenance.performance import Bottleneck, Compared, Judged
from fettle.model.ports_upkeep import History, Kept, LatestLook
from fettle.model.quantity import say_count
from fettle.model.report import Point
from fettle.model.run import Json
from fettle.model.task import Automation, Category, Frequency, Procedure, RunOwn, TaskStep
from fettle.model.window import Window
from fettle.model.work import Told, Work, failed, passed, unknown
from fettle.unit import task

GATHER = "Gather the week's figures"
COMPARE = "Compare them with the weeks before"
FIND = "Find the bottlenecks"
REPORT = "Write the performance report"
RECOMMEND = "Recommend what would make it faster"

TASK = task(
    __name__,
    name="Weekly performance analysis",
    description="Compare the week with those before it, find what gets slower",
    frequency=Frequency.WEEKLY,
    category=Category.PERFORMANCE,
    automation=Automation.PARTIAL,
    needs=("database", "service", "dependency", "host", "edge", "cdn", "prometheus"),
    window=Window(
        time(5), ZoneInfo("UTC"), timedelta(hours=2), timedelta(hours=1), weekdays=frozenset({6})
    ),
    procedure=Procedure(
        steps=(
            TaskStep(GATHER, RunOwn(), idempotent=True),
            TaskStep(COMPARE, RunOwn(), idempotent=True),
            TaskStep(FIND, RunOwn(), idempotent=True),
            TaskStep(REPORT, RunOwn(), idempotent=True),
            TaskStep(RECOMMEND, RunOwn(), idempotent=True),
        ),
        estimated_duration=timedelta(hours=1),
        continue_on_error=True,  # a report of trouble is the more wanted
    ),
)

# Of a target those are compared that people feel first; of a thousand it takes minutes.
_MOST_FIGURES = 16
_WEEK = timedelta(days=7)


@TASK.step(GATHER)
async def gather(work: Work) -> Told:
    """Count what was measured in the week, and name what was not."""
    history, until = work.tools.history, _until(work)
    names = await history.targets()
    if not names:
        return unknown(
            "nothing is watched, so there are no figures",
            "name a [[database]], a [[service]] or a [[host]] in fettle.toml",
        )
    figures, silent = 0, []
    for name in names:
        known = _measured(await history.figures(name), until)
        figures += len(known)
        if not known:
            silent.append(name)
            await work.say(f"{name}: nothing was measured in the week")
    detail: Json = {"targets": len(names), "figures": figures, "silent": silent}
    says = f"{say_count(figures, 'figure')} of {say_count(len(names) - len(silent), 'target')}"
    if silent:
        return unknown(
            f"{says}; nothing was measured of {_listed(silent)}",
            "see on the page of each why nobody looks at it, or take it out of fettle.toml",
            detail,
        )
    return passed(says, detail)


@TASK.step(COMPARE)
async def compare(work: Work) -> Told:
    """Compare each figure's week with the weeks before, and see where those go that fill up."""
    history, until = work.tools.history, _until(work)
    found, young = list[Judged](), list[str]()
    for name in await history.targets():
        judged = await _judged(history, name, until)
        found += judged
        if judged and not any(one.known for one in judged):
            young.append(name)
        await work.say(f"{name}: {say_count(sum(one.known for one in judged), 'figure')} compared")
    week = performance.compared(sum(one.known for one in found), young, found)
    says = performance_report.summary(week)
    if not week.figures or young:
        return unknown(
            f"{says}; too little is known of {_listed(young)}" if young else says,
            "a week and two before it have to be measured: it is compared by itself then",
            performance.written(week),
        )
    return passed(says, performance.written(week))


@TASK.step(FIND)
async def find(work: Work) -> Told:
    """Find what is beyond its limits now, and what of it got worse this week."""
    history, week = work.tools.history, _week(work)
    looks = await _looks(work)
    found = performance.bottlenecks(looks, week)
    detail: Json = [vars(one) for one in found]
    if wrong := list(performance.broken(found, week)):
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return failed(f"{wrong[0]}{more}", "see the report, and what it recommends", detail)
    seen = {one.target for one in looks}
    worse = sum(bool(one.worse) for one in found)
    says = (
        f"{performance.counted(found, 'bottleneck')}, {worse or 'none'} where something got worse"
    )
    if unseen := [name for name in await history.targets() if name not in seen]:
        says = f"{says}; nobody has looked at {_listed(unseen)} in the week"
        return unknown(says, "see on the page of each why", detail)
    gaps = [(one.target, check, gap) for one in looks for check, gap in one.unseen]
    if gaps:
        name, check, gap = gaps[0]
        more = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        says = f"{says}; could not look at all: {name}: {check}: {gap.reason}{more}"
        return unknown(says, gap.remedy, detail)
    return passed(says, detail)


@TASK.step(REPORT)
async def write(work: Work) -> Told:
    """Write the report of the week, with its charts, and with what would make it faster."""
    history, until, week = work.tools.history, _until(work), _week(work)
    gathered = cast("Mapping[str, Any] | None", work.earlier(GATHER)) or {}
    found = _found(work)
    told = performance_report.Told(
        until,
        gathered.get("targets", 0) - len(gathered.get("silent", ())),
        week,
        gathered.get("silent", ()),
        found,
        await _points(history, performance_report.drawn(week), until),
        performance_report.advice(week, found or (), await _looks(work)),
    )
    report = performance_report.report(told)
    return passed(report.summary, report=report)


@TASK.step(RECOMMEND)
async def recommend(work: Work) -> Told:
    """Say what would make it faster, by what the looks recommend and by what moved."""
    items = performance_report.advice(_week(work), _found(work) or (), await _looks(work))
    for item in items:
        await work.say(item)
    if not items:
        return passed("there is nothing to recommend", [])
    more = f", and {len(items) - 1} more" if len(items) > 1 else ""
    return passed(f"{items[0]}{more}", list(items))


def _until(work: Work) -> datetime:
    """Return the end of the week: the same for each step, and for one that is done again."""
    return work.began.replace(minute=0, second=0, microsecond=0)


def _week(work: Work) -> Compared:
    """Return what the comparison came to; of one that was skipped nothing."""
    kept = cast("Mapping[str, Any] | None", work.earlier(COMPARE))
    return performance.read(kept) if kept else Compared(0, (), (), (), ())


def _found(work: Work) -> Sequence[Bottleneck] | None:
    """Return the bottlenecks that were found; None where nobody looked for them."""
    kept = cast("Sequence[Mapping[str, Any]] | None", work.earlier(FIND))
    return None if kept is None else performance.read_bottlenecks(kept)


def _measured(figures: Sequence[Kept], until: datetime) -> Sequence[Kept]:
    return [one for one in figures if one.latest_at >= until - _WEEK]


async def _judged(history: History, name: str, until: datetime) -> list[Judged]:
    figures = sorted(_measured(await history.figures(name), until), key=measures.rank)
    chosen = {one.id: one for one in figures[:_MOST_FIGURES]}
    points = await _points(history, list(chosen), until)
    judged = await asyncio.to_thread(_judge, list(chosen.values()), points, until)
    if not any(one.moved for one in judged):
        return judged
    deploys = await history.deploys(name, until - _WEEK - timedelta(days=1), until)
    return [performance.beside(one, deploys) for one in judged]


def _judge(
    figures: Sequence[Kept], points: Mapping[int, Sequence[Point]], until: datetime
) -> list[Judged]:
    """Judge the figures of a target, which takes some hundredths of a second."""
    end = until.timestamp()
    return [performance.judge(one, points.get(one.id, ()), end) for one in figures]


async def _points(
    history: History, figures: Sequence[int], until: datetime
) -> Mapping[int, Sequence[Point]]:
    return await history.hours(figures, performance.since(until), until) if figures else {}


async def _looks(work: Work) -> Sequence[LatestLook]:
    """Return the latest looks of the week, of each target."""
    history, since = work.tools.history, _until(work) - _WEEK
    found = [await history.latest(name, since) for name in await history.targets()]
    return [one for one in found if one is not None]


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
