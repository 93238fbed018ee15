"""Sessions as findings speak of them: by their lasting name, their statements without values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from fettle.model import things

# 'text' with '' inside, E'text' with \' inside, and $tag$text$tag$
_LITERALS = re.compile(r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|(\$[A-Za-z_]*\$).*?\1", re.DOTALL)
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


def shown(statement: str | None) -> str:
    """Return a statement on one line, without the values it holds, cut to what a report shows.

    What users typed stands in the literals of a statement that runs: it is none of a report's.
    """
    line = " ".join(_LITERALS.sub("'…'", statement or "").split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def others(sessions: Sequence[Session]) -> str:
    """Return how many more there are than the first, as the end of a sentence."""
    more = len(sessions) - 1
    return f"; {more} more of that name" if more else ""
