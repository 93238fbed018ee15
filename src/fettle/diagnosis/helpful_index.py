"""The indexes that a plan asks for, and what each would save.

A plan asks for one where it reads many rows to keep few: what a filter compares with equality comes
first in the index, then the order that a LIMIT wants, or one range. And where it reads a whole
table to join few rows to it: by the columns of the join. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.diagnosis.plan import Comparison, Node, column_of, comparisons
from fettle.model.finding import Relation

_LARGE = 10_000  # rows; a smaller table is read in milliseconds
_MOST_COLUMNS = 3  # more are seldom narrower, and make each write dearer
_DESCENT = 2.0  # pages of an index that are not in the cache, from its root to a leaf
# What the planner takes for a range whose ends it does not know (selfuncs.h: DEFAULT_INEQ_SEL,
# DEFAULT_RANGE_INEQ_SEL): with one end, with two.
_RANGES = {0: 1.0, 1: 1 / 3, 2: 0.005}
_SYSTEM = ("pg_catalog", "information_schema", "pg_toast")
# The side of a join that an index on its column can drive: not the one whose rows are all kept.
_DRIVEN = {
    "Inner": ("Outer", "Inner"),
    "Left": ("Inner",),
    "Right": ("Outer",),
    "Semi": ("Inner",),
    "Anti": ("Inner",),
}


@dataclass(frozen=True)
class Table:
    """A table that a plan reads whole; the tuples have an entry for each of its columns.

    `distinct` is how many values a column has, `strings` whether it is stored as text is, `fitting`
    whether an index takes it. `indexed` are the columns' numbers of each usable index, as `1,2`;
    `taken` the names in its schema that begin as its own; `page_cost` what the server takes for
    reading a page by an index.
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

    def fits(self, name: str) -> bool:
        """Whether an index takes this column."""
        return name in self.names and self.fitting[self.names.index(name)]

    def serves(self, comparison: Comparison) -> bool:
        """Whether an index on the column serves the comparison."""
        name = comparison.column
        stored = not comparison.as_text or self.strings[self.names.index(name)]
        return self.fits(name) and stored

    def values(self, name: str) -> float:
        """Return how many values a column has; 1 where nobody knows."""
        return max(self.distinct[self.names.index(name)] or 1.0, 1.0)

    def matching(self, names: Sequence[str]) -> float:
        """Return how many rows have one value in each of these columns."""
        rows = self.rows
        for name in names:
            rows /= self.values(name)
        return max(rows, 1.0)

    def covered(self, names: Sequence[str], equal: int) -> bool:
        """Whether an index begins with these columns, the first `equal` of them in any order."""
        wanted = [self.numbers[self.names.index(name)] for name in names]
        for index in self.indexed:
            keys = [int(key) for key in index.split(",")][: len(wanted)]
            if sorted(keys[:equal]) == sorted(wanted[:equal]) and keys[equal:] == wanted[equal:]:
                return True
        return False


@dataclass(frozen=True)
class Candidate:
    """An index that may help, and the share of the plan's cost that it would save by reckoning."""

    table: Table
    columns: tuple[str, ...]
    gain: float

    @property
    def quoted(self) -> tuple[str, ...]:
        """The columns, as a statement writes them."""
        return tuple(self.table.quoted[self.table.names.index(name)] for name in self.columns)


@dataclass(frozen=True)
class _Way:
    """A way to read by an index: the columns, the cost it replaces, how often, how many rows."""

    columns: tuple[str, ...]
    equal: int
    cost: float
    rows: float
    lookups: float = 1.0


def tables(plan: Node) -> list[tuple[str, str]]:
    """Return the schema and the name of every table that the plan reads whole."""
    scans = (node for node, _ in plan.walk() if node.kind == "Seq Scan")
    named = ((scan.schema, scan.relation) for scan in scans)
    return list(
        dict.fromkeys(
            (schema, relation)
            for schema, relation in named
            if schema is not None and relation is not None and schema not in _SYSTEM
        )
    )


def candidates(plan: Node, found: Sequence[Table]) -> list[Candidate]:
    """Return the indexes that may help, those that save the most first."""
    known = {(table.schema, table.name): table for table in found if not table.partition}
    best: dict[tuple[str, tuple[str, ...]], Candidate] = {}
    for scan, above in plan.walk():
        table = known.get((scan.schema or "", scan.relation or ""))
        if scan.kind != "Seq Scan" or table is None or table.rows < _LARGE:
            continue
        for way in _ways(scan, above, table):
            key = (table.table, way.columns)
            gain = _gain(plan, scan, above, way, table)
            if key not in best or best[key].gain < gain:
                best[key] = Candidate(table, way.columns, gain)
    return sorted(best.values(), key=lambda candidate: -candidate.gain)


def _gain(plan: Node, scan: Node, above: Sequence[Node], way: _Way, table: Table) -> float:
    price = way.lookups * (_DESCENT + way.rows) * table.page_cost
    saved = (way.cost - price) * _times(scan, above)
    return saved / max(plan.cost, way.cost, 0.01)


def _times(scan: Node, above: Sequence[Node]) -> float:
    """Return how often the scan runs: once for each row that a loop or a query around it has."""
    below = scan
    for node in above:
        if node.kind == "Nested Loop" and below.role == "Inner" and below.kind != "Materialize":
            return max(1.0, *(child.rows for child in node.children if child.role == "Outer"))
        if below.role == "SubPlan":
            return max(1.0, node.rows)
        below = node
    return 1.0


def _ways(scan: Node, above: Sequence[Node], table: Table) -> Iterator[_Way]:
    """Yield the ways to read by an index that is not there."""
    compared = [
        one
        for one in comparisons(scan.filter)
        if one.alias == scan.alias and table.fits(one.column)
    ]
    compared = [one for one in compared if table.serves(one)]
    equal = [one for one in compared if one.operator == "="]
    names = sorted({one.column for one in equal}, key=lambda name: (-table.values(name), name))
    names = names[:_MOST_COLUMNS]
    ranged = [one.column for one in compared if one.operator != "=" and one.column not in names]
    share = _RANGES[min(2, ranged.count(ranged[0]))] if ranged else 1.0
    rows = max(scan.rows, table.matching(names) * share)
    found = [
        *_ordered(scan, above, names, ranged, table, many=any(one.many for one in equal)),
        _Way((*names, *ranged[:1]), len(names), scan.cost, rows),
        *_joined(scan, above, table),
    ]
    for way in found:
        if 0 < len(way.columns) <= _MOST_COLUMNS and not table.covered(way.columns, way.equal):
            yield way


def _ordered(
    scan: Node,
    above: Sequence[Node],
    equal: Sequence[str],
    ranged: Sequence[str],
    table: Table,
    *,
    many: bool,
) -> Iterator[_Way]:
    """Yield the index that gives a LIMIT its first rows in order, where all runs one way."""
    if [node.kind for node in above[:2]] != ["Sort", "Limit"] or many:
        return
    keys, limit = above[0].sorted_by, above[1]
    columns = [column_of(key.removesuffix(" DESC")) for key in keys]
    names = [column[1] for column in columns if column is not None and column[0] == scan.alias]
    one_way = len({key.endswith(" DESC") for key in keys}) == 1
    if not one_way or len(names) < len(keys) or not all(map(table.fits, names)):
        return
    if ranged and ranged[0] != names[0]:
        return
    matching = table.matching(equal)
    kept = max(scan.rows, 1.0) / max(matching, scan.rows, 1.0)
    order = [name for name in names if name not in equal]
    yield _Way((*equal, *order), len(equal), limit.cost, min(matching, limit.rows / kept))


def _joined(scan: Node, above: Sequence[Node], table: Table) -> Iterator[_Way]:
    """Yield the index by which the nearest join would look up rows, one for each of the others."""
    below = scan
    for join in above:
        compared = [
            one
            for one in comparisons(join.join)
            if one.alias == scan.alias and one.others and table.fits(one.column)
        ]
        if compared:
            equal = [one.column for one in compared if one.operator == "=" and table.serves(one)]
            names = tuple(dict.fromkeys(equal))
            other = next((child for child in join.children if child.role != below.role), None)
            if names and other and below.role in _DRIVEN.get(join.join_type or "", ()):
                matching = table.matching(names)
                yield _Way(names, len(names), scan.cost, matching, max(other.rows, 1.0))
            return
        below = join
