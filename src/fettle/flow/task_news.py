"""What people are told of maintenance: that a run waits for them, and how one ended.

1. Who is to approve a step, or to do one, is told at once, with a link by which they can. When a
   run has written a report, its team is told what that says, and where it is.
2. A time that came and began no run, and that no later one does for, is a signal. Those that
   nothing took, as nobody was there, are one issue for all tasks: of each day on which it is found.
3. A run that did not pass is a signal, and so an issue, with what its steps said; so is a step that
   was cut off, and a cancelled run that left one, or what it could not take back. The next run of
   the task that passes ends it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.flow.tend import Desk
from fettle.intake import own
from fettle.model import report_kept
from fettle.model.notification import Event, Message
from fettle.model.report import in_words
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.model.task import MISSED, Task
from fettle.model.task_run import (
    Part,
    StepRun,
    StepStand,
    TaskRun,
    TaskRunState,
    TaskRunSteps,
    WaitsFor,
)
from fettle.store import deliveries, occurrences, outbox, task_runs
from fettle.store.deliveries import Arrived
from fettle.store.occurrences import Settled
from fettle.store.outbox import Addressed
from fettle.store.statements import Connection

HOOK = "tasks"
_LONGEST = timedelta(days=400)  # between two times of a task, and a little more
_MOST_TEXT = 3000  # of a report in a message, which is cut where services want no more
_BAD = {
    TaskRunState.FAILED: (Severity.HIGH, "failed"),
    TaskRunState.REFUSED: (Severity.MEDIUM, "did not begin"),
    TaskRunState.UNKNOWN: (Severity.MEDIUM, "could not check everything"),
    TaskRunState.LAPSED: (Severity.LOW, "waited for somebody in vain"),
}
_TOLD = {
    StepStand.FAILED: "failed",
    StepStand.UNKNOWN: "could not check",
    StepStand.UNSURE: "was cut off",
}


async def waits(connection: Connection, desk: Desk, found: TaskRunSteps, now: datetime) -> None:
    """Tell who is to say something that a run waits for it."""
    run, step = found.run, found.next
    if run.waits_for is WaitsFor.UNSURE:
        says = f"{run.name}: a step was cut off"
        await _file(connection, _signal(run, says, Severity.HIGH, run.says or ""), now)
    if run.waits_for not in {WaitsFor.APPROVAL, WaitsFor.PERSON, WaitsFor.UNSURE}:
        return
    until = "" if run.opened is None else f"\nIts window closes at {run.opened.end:%H:%M} UTC."
    addressed = [
        Addressed(
            receiver,
            Message(
                Event.WAITS,
                f"Maintenance waits for you: {run.name}",
                f"{run.says}.{until}",
                url=desk.links.task_run(run.number),
                acknowledge_url=(
                    desk.links.approve(run.number, step.number, receiver, now)
                    if run.waits_for is not WaitsFor.UNSURE and step is not None
                    else None
                ),
            ),
            now,
        )
        for receiver in desk.people.reached(_team(desk, run), ("on-call",), now)
    ]
    await outbox.put(connection, addressed, now)


async def missed(
    connection: Connection, task: Task, times: Sequence[Settled], now: datetime
) -> None:
    """Let it be known that times of a task came, and nothing did."""
    last = times[-1]
    many = "" if len(times) == 1 else f"{len(times)} times; the last: "
    text = (
        f"{many}{last.local:%Y-%m-%d %H:%M} ({task.window.zone.key}), {last.reason}.\n\n"
        f"An admin has it done all the same: fettle task run {task.id} --now REASON"
    )
    if last.reason != MISSED:
        signal = _signal(task, f"{task.name} was missed", Severity.LOW, text)
    else:
        title = f"Maintenance was missed: {task.name}"
        signal = _signal(task, title, Severity.MEDIUM, text)
        signal = replace(signal, source=HOOK, group=f"missed, as seen on {now:%Y-%m-%d}")
    await _file(connection, signal, now)


async def ended(connection: Connection, desk: Desk, found: TaskRunSteps, now: datetime) -> None:
    """Let it be known how a run ended, and send the report that it has written."""
    run = found.run
    await _send(connection, desk, found, now)
    if (bad := _bad(found)) is not None:
        severity, how = bad
        text = "\n".join([run.says or "", "", *_said(found)])
        await _file(connection, _signal(run, f"{run.name} {how}", severity, text), now)
    elif run.state is TaskRunState.PASSED:
        before = await task_runs.newest(connection, task=run.task, before=run.number, limit=1)
        cut_off = any(step.by is not None for step in found.steps)
        failed = bool(before) and before[0].state is not TaskRunState.PASSED
        since = before[0].created_at if before else now - _LONGEST
        if missed := await occurrences.missed(connection, since, [run.task]):
            await _file(connection, replace(_over(run), source=HOOK), now)
        if cut_off or failed or missed:
            await _file(connection, _over(run), now)


async def _send(connection: Connection, desk: Desk, found: TaskRunSteps, now: datetime) -> None:
    """Tell a run's team of its report: what it comes to, and where it is."""
    run = found.run
    reports = [step.report for step in found.steps if step.report is not None]
    if not reports:
        return
    report = report_kept.read(reports[-1])
    url = desk.links.task_run(run.number)
    message = Message(Event.REPORT, report.title, in_words(report, _MOST_TEXT), url=url, quiet=True)
    receivers = desk.people.reached(_team(desk, run), ("team",), now)
    await outbox.put(connection, [Addressed(one, message, now) for one in receivers], now)


def _bad(found: TaskRunSteps) -> tuple[Severity, str] | None:
    """Return how bad it is how a run ended, in words, too; None where nobody has to look."""
    is_cancelled = found.run.state is TaskRunState.CANCELLED
    if is_cancelled and any(_is_left(step) for step in found.steps):
        return Severity.HIGH, "was cancelled, and left something that somebody has to look at"
    return _BAD.get(found.run.state)


def _is_left(step: StepRun) -> bool:
    """Whether a step may have acted, or what a fix did was not taken back."""
    not_taken_back = step.part is Part.UNDO and step.state is not StepStand.PASSED
    return step.state is StepStand.UNSURE or not_taken_back


def _said(found: TaskRunSteps) -> Iterator[str]:
    """Yield what the steps said that did not pass, and what would help."""
    for step in found.steps:
        if (how := _TOLD.get(step.state)) is not None:
            yield f"- “{step.name}” {how}: {step.says or 'it did not say why'}"
            if step.remedy:
                yield f"  What to do: {step.remedy}"


def _signal(of: TaskRun | Task, title: str, severity: Severity, text: str) -> Signal:
    task = of.task if isinstance(of, TaskRun) else of.id
    labels = {"task": task, "category": str(of.category)}
    if len(of.targets) == 1:
        labels["target"] = of.targets[0]
    return Signal(
        f"{HOOK}/{task}",
        SignalKind.CHECK,
        task,
        firing=True,
        title=title,
        text=text.strip(),
        severity=severity,
        group=task,
        labels=labels,
    )


def _over(run: TaskRun) -> Signal:
    return Signal(
        f"{HOOK}/{run.task}",
        SignalKind.CHECK,
        run.task,
        firing=False,
        title=f"{run.name} passed",
        text=run.says or "",
    )


async def _file(connection: Connection, signal: Signal, now: datetime) -> None:
    arrived = Arrived(now, HOOK, own.VENDOR, {}, own.written([signal]))
    await deliveries.keep(connection, [arrived])


def _team(desk: Desk, run: TaskRun) -> str | None:
    """Return the team whose services a run works on; the usual one where these have none."""
    services = desk.people.services
    teams = [services[name].team for name in run.targets if name in services]
    return next((team for team in teams if team), desk.people.default)
