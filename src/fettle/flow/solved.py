"""What a team solved before that is like an error, and what happened to it; it changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.intake.errors import masks
from fettle.intake.errors.stack_text import read_stack
from fettle.model.issue import Entry
from fettle.model.known_error import Recognised
from fettle.store import issues, remedies
from fettle.store import similar as past
from fettle.store.statements import Connection
from fettle.triage import similar
from fettle.triage.similar import Similar

_MOST_SAME = 5
_MOST_ALIKE = 5
_CANDIDATES = 100
_LONGEST = 1_000


@dataclass(frozen=True)
class Solved:
    """Past issues that are like an error, the likest first, and what happened to each of them."""

    alike: Sequence[Similar]
    timelines: Mapping[int, Sequence[Entry]]


async def of_known(connection: Connection, known: str | None, issue: int) -> Solved:
    """Return past issues that were the same known error as one, the latest first."""
    return await _with_timelines(connection, await _same(connection, known, issue))


async def of_text(connection: Connection, text: str, found: Recognised) -> Solved:
    """Return past issues of the known error that a text is; then those that speak as it does."""
    same = await _same(connection, found.matches[0].known.id if found.answered else None)
    words = similar.words_of(masks.masked(headline(text)))
    numbers = {one.issue.number for one in same}
    spoken = await past.speaking_of(connection, list(words), _CANDIDATES) if words else []
    other = [one for one in spoken if one.number not in numbers]
    alike = similar.speaking_alike(words, other, _MOST_ALIKE)
    return await _with_timelines(connection, [*same, *alike])


def headline(text: str) -> str:
    """Return the line that tells an error: what its stack came to, else the first."""
    top = next((one for one in reversed(read_stack(text)) if one.value), None)
    said = text if top is None else f"{top.type or ''} {top.value}"
    lines = (line.strip() for line in said.splitlines())
    return next((line for line in lines if line), "")[:_LONGEST]


async def _same(connection: Connection, known: str | None, issue: int = 0) -> list[Similar]:
    if known is None:
        return []
    numbers = await remedies.past(connection, known, issue, _MOST_SAME)
    return [
        Similar(await issues.find(connection, number), 1.0, (f"both are {known}",))
        for number in numbers
    ]


async def _with_timelines(connection: Connection, alike: Sequence[Similar]) -> Solved:
    numbers = [one.issue.number for one in alike]
    return Solved(alike, await issues.timelines(connection, numbers, similar.HELPED))
