"""What people are told of updates: signals, and so issues, where somebody is needed."""

from datetime import datetime

from fettle.intake import own
from fettle.model.rehearsal import Came, RunState, UpdateRun
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind
from fettle.store import deliveries
from fettle.store.deliveries import Arrived
from fettle.store.statements import Connection

HOOK = "updates"
_MORE = "What it did: fettle update history"


async def tell(connection: Connection, signal: Signal, now: datetime) -> None:
    """Let a signal arrive, in the caller's transaction."""
    await deliveries.keep(connection, [Arrived(now, HOOK, own.VENDOR, {}, own.written([signal]))])


def ended(run: str, came: Came) -> Signal:
    """Return what calls a person, or says that nobody is needed any more."""
    if came.state is RunState.STRANDED:
        title = "An update went wrong, and could not be brought back"
        return _signal(run, title, came.says, Severity.CRITICAL)
    return _signal(run, "What an update left is as it was", came.says, None)


def worse(run: UpdateRun, says: str, *, taken_back: bool) -> Signal:
    """Return that what is in use was worse with an update, and whether that is over."""
    if taken_back:
        title = f"An update of {run.project} was taken back: it was worse with it"
        return _signal(run.id, title, says, Severity.MEDIUM)
    title = f"{run.project} is worse with an update, which could not be taken back"
    return _signal(run.id, title, says, Severity.CRITICAL)


def released(run: str, says: str) -> Signal:
    """Return that a person has looked at what a run did."""
    return _signal(run, "An update's versions are held no longer", says, None)


def _signal(run: str, title: str, says: str, severity: Severity | None) -> Signal:
    return Signal(
        f"{HOOK}/{run}",
        SignalKind.CHECK,
        run,
        firing=severity is not None,
        title=title,
        text=f"{says}\n\n{_MORE}",
        severity=severity,
        group=HOOK,
    )
