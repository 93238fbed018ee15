"""Two reports of the same kind, side by side: what is new, what is gone, what is another; pure.

Sections are the same by their titles, rows of a table by their first cell (by as many cells as tell
them apart), items by their words. What charts show is told by their tables, and is compared there;
sentences say in other words what tables and items hold, and are not compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fettle.model.report import Report, Section, Table


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was: where it stands, what it is, what it was and is now.

    Of a row, `was` and `now` are the cells that changed, by their columns.
    """

    kind: Literal["new", "gone", "changed"]
    section: str
    what: str
    was: Mapping[str, str]
    now: Mapping[str, str]


def compared(earlier: Report, later: Report) -> Sequence[Difference]:
    """Return what differs: section by section of the later report, then those that are gone."""
    before = {one.title: one for one in earlier.sections}
    after = {one.title: one for one in later.sections}
    titles = [*after, *(title for title in before if title not in after)]
    nothing = Section("")
    return [
        found
        for title in titles
        for found in _section(title, before.get(title, nothing), after.get(title, nothing))
    ]


def _section(title: str, was: Section, now: Section) -> Iterator[Difference]:
    for item in now.items:
        if item not in was.items:
            yield Difference("new", title, item, {}, {})
    for item in was.items:
        if item not in now.items:
            yield Difference("gone", title, item, {}, {})
    yield from _table(title, was.table, now.table)


def _table(title: str, was: Table | None, now: Table | None) -> Iterator[Difference]:
    deep = max(_telling(one) for one in (was, now))
    before, after = _rows(was, deep), _rows(now, deep)
    for key, row in after.items():
        old = before.get(key)
        if old is None:
            yield Difference("new", title, _named(key), {}, row)
        elif changed := [name for name in row if row[name] != old.get(name)]:
            shared = {name: old[name] for name in changed if name in old}
            yield Difference(
                "changed", title, _named(key), shared, {name: row[name] for name in changed}
            )
    for key, row in before.items():
        if key not in after:
            yield Difference("gone", title, _named(key), row, {})


def _telling(table: Table | None) -> int:
    """Return how many of the first cells tell rows apart; all of them where none do."""
    if table is None:
        return 1
    for deep in range(1, len(table.columns)):
        if len({row[:deep] for row in table.rows}) == len(table.rows):
            return deep
    return max(len(table.columns), 1)


def _rows(table: Table | None, deep: int) -> Mapping[tuple[str, ...], Mapping[str, str]]:
    """Return rows by what tells them apart, each without that; of two alike the last one."""
    if table is None:
        return {}
    return {
        row[:deep]: dict(zip(table.columns[deep:], row[deep:], strict=True)) for row in table.rows
    }


def _named(key: Sequence[str]) -> str:
    return " ".join(part for part in key if part)
