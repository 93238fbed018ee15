"""Sessions as findings speak of them: by their lasting name, their statements without values."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from fettle.model import things
from fettle.model.severity import Severity, graded

# E'text' with \' inside, 'text' with '' inside, and $tag$text$tag$; the server cuts long statements
# (track_activity_query_size), so that the last one may have no end. An apostrophe in a name or in a
# comment begins none.
_LITERALS = re.compile(
    r"""(?P<kept>"(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/)
    | [eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)
    | '(?:[^']|'')*(?:'|\Z)
    | (?<![\w$])(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?:(?P=tag)|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_SHOWN = 500


@dataclass(frozen=True)
class Session:
    """A session, as pg_stat_activity names it."""

    pid: int
    user: str | None
    database: str | None
    application: str | None

    @property
    def name(self) -> str:
        """What stays the same of it when it reconnects."""
        return things.session_name(self.user, self.database, self.application)


SessionT = TypeVar("SessionT", bound=Session)


def by_name(sessions: Sequence[SessionT]) -> dict[str, list[SessionT]]:
    """Return sessions by their lasting name, in the order they come."""
    named: dict[str, list[SessionT]] = {}
    for session in sessions:
        named.setdefault(session.name, []).append(session)
    return named


def names(sessions: Sequence[Session]) -> dict[str, str]:
    """Return whose sessions these processes are."""
    return {things.session(session.pid): session.name for session in sessions}


def too_long(
    sessions: Sequence[SessionT],
    lasts: Callable[[SessionT], timedelta],
    *,
    medium: timedelta,
    high: timedelta,
) -> Iterator[tuple[str, list[SessionT], Severity]]:
    """Yield the sessions that have been at something for too long, by name, the longest first.

    They come in that order.
    """
    for name, group in by_name(sessions).items():
        severity = graded(lasts(group[0]), medium=medium, high=high)
        if severity is not None:
            yield name, [one for one in group if lasts(one) >= medium], severity


def without_values(statement: str) -> str:
    """Return a statement without the texts it holds.

    What users typed stands in the literals of a statement that runs: it is none of a report's.
    """
    return _LITERALS.sub(lambda found: found["kept"] or "'…'", statement)


def shown(statement: str | None) -> str:
    """Return a statement on one line, without the texts it holds, cut to what a report shows."""
    line = " ".join(without_values(statement or "").split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def others(sessions: Sequence[Session]) -> str:
    """Return how many more there are than the first, as the end of a sentence."""
    more = len(sessions) - 1
    return f"; {more} more of that name" if more else ""
