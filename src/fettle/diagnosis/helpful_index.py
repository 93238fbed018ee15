"""The indexes that a plan asks for, and what each would save.

A plan asks for one where it reads many rows to keep few: what a filter compares with equality comes
first in the index, then the order that a LIMIT wants or one range. And where it reads a whole table
to join few rows to it: by the columns of the join. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.diagnosis.plan import Comparison, Node, column_of, comparisons
from fettle.model.finding import Relation

_LARGE = 10_000  # rows; a smaller table is read in milliseconds
_MOST_COLUMNS = 3  # more are seldom narrower, and make each write dearer
_DESCENT = 2.0  # pages of an index that are not in the cache, from its root to a leaf
_RANGE = 1 / 3  # what the planner takes for a range whose end it does not know
_OWN = ("pg_catalog", "information_schema", "pg_toast")
# How a table may be joined so that an index on its column can drive it: any way but as the side
# all of whose rows are kept. By the place of the table's side among the join's children.
_DRIVEN = {"Inner": (0, 1), "Left": (1,), "Right": (0,), "Semi": (1,), "Anti": (1,)}


@dataclass(frozen=True)
class Table:
    """A table that a plan reads whole; the tuples have an entry for each of its columns.

    `distinct` is how many values a column has, `strings` whether it is stored as text is, `fitting`
    whether an index takes it. `indexed` are the columns' numbers that usable indexes have, as
    `1,2`. `page_cost` is what the server takes for reading a page by an index.
    """

    schema: str
    name: str
    table: Relation
    rows: float
    partition: bool
    names: tuple[str, ...]
    quoted: tuple[str, ...]
    numbers: tuple[int, ...]
    distinct: tuple[float | None, ...]
    strings: tuple[bool, ...]
    fitting: tuple[bool, ...]
    indexed: tuple[str, ...]
    taken: tuple[str, ...]
    page_cost: float


@dataclass(frozen=True)
class Candidate:
    """An index that may help, and what share of the plan's cost it would save by our reckoning."""

    table: Table
    columns: tuple[str, ...]
    gain: float

    @property
    def quoted(self) -> tuple[str, ...]:
        """The columns as a statement writes them."""
        return tuple(self.table.quoted[self.table.names.index(name)] for name in self.columns)


def tables(plan: Node) -> list[tuple[str, str]]:
    """Return the schema and the name of every table that the plan reads whole."""
    return list(
        dict.fromkeys(
            (node.schema, node.relation)
            for node, _ in plan.walk()
            if node.kind == "Seq Scan" and node.schema not in (None, *_OWN)
            if node.schema is not None and node.relation is not None
        )
    )


def candidates(plan: Node, found: Sequence[Table]) -> list[Candidate]:
    """Return the indexes that may help, those that save the most first."""
    known = {(table.schema, table.name): table for table in found}
    best: dict[tuple[str, tuple[str, ...]], Candidate] = {}
    for node, above in plan.walk():
        table = known.get((node.schema or "", node.relation or ""))
        if node.kind == "Seq Scan" and table is not None and table.rows >= _LARGE:
            for candidate in _of_scan(plan, node, above, table):
                key = (candidate.table.table, candidate.columns)
                if key not in best or best[key].gain < candidate.gain:
                    best[key] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.gain)


def _of_scan(plan: Node, scan: Node, above: Sequence[Node], table: Table) -> Iterator[Candidate]:
    compared = [
        one for one in comparisons(scan.filter) if one.alias == scan.alias and not one.others
    ]
    equal = _equal(compared, table)
    ranged = [one.column for one in compared if one.operator != "=" and _serves(one, table)]
    ranged = [name for name in dict.fromkeys(ranged) if name not in equal]
    matching = _matching(table, equal)
    ways = [
        (_ordered(scan, above, equal, ranged, table), *_limited(above, scan, matching)),
        ((*equal, *ranged[:1]), scan.cost, 1.0, max(scan.rows, matching * _share(ranged))),
        *_joined(scan, above, table),
    ]
    for columns, cost, lookups, rows in ways:
        names = columns[:_MOST_COLUMNS]
        if names and not _covered(table, names, len(equal)):
            price = lookups * (_DESCENT + rows) * table.page_cost
            yield Candidate(table, names, (cost - price) / max(plan.cost, cost, 0.01))


def _share(ranged: Sequence[str]) -> float:
    return _RANGE if ranged else 1.0


def _equal(compared: Sequence[Comparison], table: Table) -> tuple[str, ...]:
    """Return the columns that one value is asked of, those with the most values first."""
    names = dict.fromkeys(
        one.column for one in compared if one.operator == "=" and _serves(one, table)
    )
    return tuple(sorted(names, key=lambda name: -_distinct(table, name)))[:_MOST_COLUMNS]


def _ordered(
    scan: Node,
    above: Sequence[Node],
    equal: tuple[str, ...],
    ranged: Sequence[str],
    table: Table,
) -> tuple[str, ...]:
    """Return the columns that give a LIMIT its first rows without sorting, or none."""
    if [node.kind for node in above[:2]] != ["Sort", "Limit"]:
        return ()
    keys = above[0].sorted_by
    turned = [key.removesuffix(" DESC") for key in keys]
    columns = [column_of(key) for key in turned]
    same_way = len({key.endswith(" DESC") for key in keys}) == 1
    names = [column[1] for column in columns if column is not None and column[0] == scan.alias]
    whole = len(names) == len(keys) and len({*equal, *names}) <= _MOST_COLUMNS
    if not same_way or not whole or not all(_fits(table, name) for name in names):
        return ()
    if ranged and ranged[0] != names[0]:
        return ()
    return (*equal, *(name for name in names if name not in equal))


def _limited(above: Sequence[Node], scan: Node, matching: float) -> tuple[float, float, float]:
    """Return the cost of sorting, one look-up, and how many rows it reads until it has enough."""
    if len(above) < 2:
        return scan.cost, 1.0, matching
    kept = max(scan.rows, 1.0) / max(matching, scan.rows, 1.0)
    return above[1].cost, 1.0, min(matching, above[1].rows / kept)


def _joined(
    scan: Node, above: Sequence[Node], table: Table
) -> Iterator[tuple[tuple[str, ...], float, float, float]]:
    """Yield the columns of the nearest join, what reading costs now, and the look-ups instead."""
    below = scan
    for join in above:
        compared = [one for one in comparisons(join.join) if one.alias == scan.alias]
        names = tuple(
            dict.fromkeys(
                one.column
                for one in compared
                if one.operator == "=" and one.others and _serves(one, table)
            )
        )
        place = join.children.index(below)
        if names and place in _DRIVEN.get(join.join_type or "", ()):
            others = [child for number, child in enumerate(join.children) if number != place]
            lookups = max((other.rows for other in others), default=table.rows)
            yield names, scan.cost, max(lookups, 1.0), _matching(table, names)
        if compared:
            return
        below = join


def _matching(table: Table, names: Sequence[str]) -> float:
    rows = table.rows
    for name in names:
        rows /= _distinct(table, name)
    return max(rows, 1.0)


def _distinct(table: Table, name: str) -> float:
    return max(table.distinct[table.names.index(name)] or 1.0, 1.0)


def _serves(comparison: Comparison, table: Table) -> bool:
    if comparison.column not in table.names:
        return False
    place = table.names.index(comparison.column)
    return table.fitting[place] and (table.strings[place] or not comparison.as_text)


def _fits(table: Table, name: str) -> bool:
    return name in table.names and table.fitting[table.names.index(name)]


def _covered(table: Table, names: Sequence[str], equal: int) -> bool:
    """Whether an index begins with these columns; those compared by equality in any order."""
    wanted = [table.numbers[table.names.index(name)] for name in names]
    for keys in table.indexed:
        begins = [int(key) for key in keys.split(",")][: len(wanted)]
        if sorted(begins[:equal]) == sorted(wanted[:equal]) and begins[equal:] == wanted[equal:]:
            return True
    return False
