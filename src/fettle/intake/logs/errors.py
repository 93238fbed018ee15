"""Traces in logs as errors of an application: what each comes to as an event."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from fettle.intake.errors._clock import Clock
from fettle.intake.errors._fields import LONG, NAME, cut
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.moments import moment
from fettle.intake.quota import Quota
from fettle.model.error_event import ErrorEvent, ErrorLevel
from fettle.model.log import Digest, Level, Trace

_LEVELS: Mapping[Level, ErrorLevel] = {
    Level.UNKNOWN: ErrorLevel.ERROR,
    Level.INFO: ErrorLevel.INFO,
    Level.WARNING: ErrorLevel.WARNING,
    Level.ERROR: ErrorLevel.ERROR,
    Level.FATAL: ErrorLevel.FATAL,
}
_TRACE = re.compile(r"[0-9a-fA-F]{32}")
# A moment that says where it is one: with a zone, or as seconds since 1970.
_CERTAIN = re.compile(r"[\d.]+|.*(?:Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True)
class Happened:
    """The errors that traces came to, scrubbed; how many more there were than are taken."""

    events: tuple[ErrorEvent, ...] = ()
    dropped: int = 0

    def __add__(self, other: "Happened") -> "Happened":
        """Return both."""
        return Happened((*self.events, *other.events), self.dropped + other.dropped)


@dataclass
class Raising:
    """Makes errors of the traces that one sends, as many as are taken of one."""

    scrubbing: Scrubbing = field(default_factory=Scrubbing)
    quota: Quota = field(default_factory=lambda: Quota(1000, 2000))
    new_id: Callable[[], UUID] = uuid4

    def errors(
        self, digests: Iterable[Digest], now: datetime, written_by: datetime | None = None
    ) -> Happened:
        """Return the errors of what lines came to, which were written by that moment at the latest.

        They are written now where nobody says otherwise.
        """
        at = now if written_by is None else min(written_by, now)
        traces = [trace for digest in digests for trace in digest.traces]
        taken = [trace for trace in traces if self.quota.take(now) is None]
        events = (event_of(trace, self.new_id(), at) for trace in taken)
        return Happened(
            tuple(self.scrubbing.event(event) for event in events), len(traces) - len(taken)
        )


def event_of(trace: Trace, id_: UUID, written_at: datetime) -> ErrorEvent:
    """Return the event that a trace is, written at that moment; secrets are still in it."""
    about = trace.about
    at = about.get("at", "")
    said = moment(at) if _CERTAIN.fullmatch(at) else None

    def named(name: str) -> str | None:
        return cut(about[name], NAME) if name in about else None

    return ErrorEvent(
        id=id_,
        at=written_at if said is None else Clock(written_at).right(said),
        platform=trace.platform,
        level=_LEVELS[trace.level],
        message=cut(trace.says, LONG),
        raised=trace.raised,
        logger=named("logger"),
        release=named("release"),
        environment=named("environment"),
        server=named("server"),
        trace=about["trace"].lower() if _TRACE.fullmatch(about.get("trace", "")) else None,
    )
