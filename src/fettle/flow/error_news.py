"""What of applications' errors is news, as signals: new bugs, those that come back, their ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.flow.tend import Desk
from fettle.intake import own
from fettle.intake.errors.states import News
from fettle.model.error_event import ErrorEvent, ErrorLevel
from fettle.model.error_group import ErrorGroup
from fettle.model.known_error import ErrorFacts
from fettle.model.quantity import say_count
from fettle.model.severity import Severity
from fettle.model.signal import Facts, Signal, SignalKind
from fettle.store import deliveries, errors_shown
from fettle.store.deliveries import Arrived
from fettle.store.statements import Connection

SOURCE = "errors"
_DEEPEST = 10  # frames of a stack that are told
_SEVERITY = {
    ErrorLevel.FATAL: Severity.HIGH,
    ErrorLevel.ERROR: Severity.MEDIUM,
    ErrorLevel.WARNING: Severity.LOW,
    ErrorLevel.INFO: Severity.INFO,
    ErrorLevel.DEBUG: Severity.INFO,
}
_SAID = {
    News.NEW: "is new",
    News.REGRESSED: "has come back",
    News.ESCALATING: "comes far more often",
    News.ASKED: "is to be resolved",
    News.TOOK_IN: "has taken in another one",
    News.RESOLVED: "is resolved",
}


@dataclass(frozen=True)
class Told:
    """What is news of a group, why, and the event that made it so."""

    group: ErrorGroup
    project: str
    news: News
    why: str
    event: ErrorEvent | None = None


async def tell(connection: Connection, desk: Desk, told: Sequence[Told]) -> None:
    """File signals of what is news, in the caller's transaction."""
    if not told:
        return
    persons = await errors_shown.persons_of(connection, [one.group.id for one in told])
    signals = [signal_of(desk, one, persons.get(one.group.id, 0)) for one in told]
    arrived = Arrived(desk.clock.now(), SOURCE, own.VENDOR, {}, own.written(signals))
    await deliveries.keep(connection, [arrived])


def as_told(event: ErrorEvent) -> tuple[str, ErrorFacts]:
    """Return an error as it is recognised: its text, and the facts beside it."""
    lines = [event.message] if event.message else []
    lines += [": ".join(filter(None, (one.type, one.value))) for one in reversed(event.raised)]
    for raised in event.raised[-1:]:
        lines += [
            f"  at {frame.module or frame.file or '?'} in {frame.function or '?'}"
            for frame in raised.frames[-_DEEPEST:]
        ]
    top = event.raised[-1].type if event.raised else None
    return "\n".join(lines), ErrorFacts(exception=top)


def service_of(desk: Desk, project: str) -> str | None:
    """Return the service that an application is, by its name."""
    for service in desk.policy.catalogue.services:
        if project in (service.name, *service.also):
            return service.name
    return None


def signal_of(desk: Desk, told: Told, persons: int) -> Signal:
    """Return what is filed of a group."""
    group = told.group
    firing = told.news is not News.RESOLVED
    severity = _SEVERITY[group.level]
    if told.news is News.ESCALATING:
        severity = max(severity, Severity.HIGH)
    return Signal(
        SOURCE,
        SignalKind.ERROR,
        str(group.id),
        firing=firing,
        title=f"{told.project}: {group.title}",
        text=_text(told, persons),
        severity=severity if firing else None,
        service=service_of(desk, told.project),
        group=f"error {group.id}",
        labels=_labels(told),
        facts=Facts(users_affected=persons or None),
        url=desk.links.error(group.id),
    )


def _labels(told: Told) -> dict[str, str]:
    event = told.event
    labels = {
        "project": told.project,
        "error": str(told.group.id),
        "state": str(told.group.state),
        "level": str(told.group.level),
        "release": told.group.last_release,
        "environment": event and event.environment,
        "exception": event.raised[-1].type if event and event.raised else None,
    }
    return {name: value for name, value in labels.items() if value}


def _text(told: Told, persons: int) -> str:
    group, event = told.group, told.event
    lines = [
        f"An error of {told.project} {_SAID[told.news]}: {told.why}.",
        group.title,
        f"in {group.culprit}" if group.culprit else "",
        f"release {group.last_release}" if group.last_release else "",
        f"environment {event.environment}" if event and event.environment else "",
        f"{say_count(group.events, 'event')} since {group.first_seen:%Y-%m-%d %H:%M} UTC",
        f"{say_count(persons, 'user')} affected" if persons else "",
    ]
    if event is not None:
        lines += ["", as_told(event)[0]]
    return "\n".join(line for line in lines if line or event)
