"""Help for slow statements: their plan, and the index that would make them quick.

From the plan the sequential scans are taken that keep few of many rows; the columns that their
filter compares become the index: equality first, then one range. Where the server has hypopg the
index is tried by the planner, and suggested only when it halves the cost; elsewhere it is a guess,
and is said to be one.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from fettle.errors import CannotLook
from fettle.model import things
from fettle.model.diagnosis import Outcome
from fettle.model.finding import Finding, Relation
from fettle.model.ports import Database
from fettle.unit import decode

CHECK = "slow_queries"
FIX = "create_suggested_index"

_MOST = 5
_BUDGET = timedelta(milliseconds=300)
_LARGE = 10_000  # rows; a smaller table is read in milliseconds
_SELECTIVE = 0.10  # of the rows; reading more by index gains little
_WORTH = 0.5  # of the cost, at the most, with the index
_MOST_COLUMNS = 3
_SQL = Path(__file__).with_name("advise.sql")

_IDENT = r'(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$]*)'
# a column compared as it is, or cast; one inside a function's parentheses is not
_COMPARED = re.compile(
    rf"(?<![\w\"])(?<![\w\"]\()(?<![\w\"]\(\()"
    rf"({_IDENT})\.({_IDENT})\)*(?:::[\w\" ]+(?:\[\])?\)*)?\s(=|<=|>=|<|>)\s"
)


@dataclass(frozen=True)
class Scan:
    """A sequential scan of a plan: the columns that its filter compares, unquoted.

    `rows` is the planner's estimate of what it keeps.
    """

    schema: str
    table: str
    equal: tuple[str, ...]
    ranged: tuple[str, ...]
    rows: float
    filter: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the index, in their order."""
        return (*self.equal, *self.ranged[:1])[:_MOST_COLUMNS]


@dataclass(frozen=True)
class Candidate:
    """A table and columns, as the catalogue has them, and whether an index begins so already."""

    table: Relation
    columns: tuple[str, ...]
    rows: int
    covered: bool


def scans(plan: Mapping[str, Any]) -> Iterator[Scan]:
    """Yield the sequential scans of a plan whose filter an index could serve."""
    if plan.get("Node Type") == "Seq Scan" and " OR " not in plan.get("Filter", " OR "):
        compared = [
            (_unquoted(column), operator)
            for alias, column, operator in _COMPARED.findall(plan["Filter"])
            if _unquoted(alias) == plan["Alias"]
        ]
        equal = tuple(dict.fromkeys(column for column, operator in compared if operator == "="))
        ranged = tuple(dict.fromkeys(column for column, _ in compared if column not in equal))
        if compared:
            yield Scan(
                plan["Schema"],
                plan["Relation Name"],
                equal,
                ranged,
                float(plan["Plan Rows"]),
                plan["Filter"],
            )
    for child in plan.get("Plans", ()):
        yield from scans(child)


def essence(plan: Mapping[str, Any]) -> str:
    """Return a plan's nodes on one line, the outermost first: what it does, and to what."""
    relation = f" on {plan['Relation Name']}" if "Relation Name" in plan else ""
    children = ", ".join(essence(child) for child in plan.get("Plans", ()))
    return f"{plan['Node Type']}{relation}" + (f" ({children})" if children else "")


async def advised(database: Database, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes with the worst slow statements' findings enriched by their plans.

    Nothing is executed but EXPLAIN; a statement that cannot be planned keeps its finding as it is.
    """
    deadline = time.monotonic() + _BUDGET.total_seconds()
    result = []
    for outcome in outcomes:
        if outcome.check == CHECK and not database.server.pooled:
            findings = list(outcome.findings)
            for place, finding in enumerate(findings[:_MOST]):
                if time.monotonic() < deadline:
                    findings[place] = await _advised(database, finding)
            result.append(replace(outcome, findings=tuple(findings)))
        else:
            result.append(outcome)
    return result


async def _advised(database: Database, finding: Finding) -> Finding:
    statement = str(finding.evidence[0].get("query", ""))
    try:
        (plan,) = await database.plans(statement)
        told = _with(finding, {"plan": essence(plan), "estimated_cost": plan["Total Cost"]})
        for scan in scans(plan):
            candidate = await _candidate(database, scan)
            if candidate is not None:
                return await _suggested(database, told, statement, scan, candidate)
    except CannotLook as error:
        return _with(finding, {"plan": f"could not be made: {error.reason}"})
    return told


async def _candidate(database: Database, scan: Scan) -> Candidate | None:
    asked = {"schema": scan.schema, "table": scan.table, "columns": list(scan.columns)}
    rows = decode(await database.read(_SQL.read_text(encoding="utf-8"), asked), Candidate)
    fitting = (row for row in rows if len(row.columns) == len(scan.columns) and not row.covered)
    return next((row for row in fitting if row.rows >= _LARGE), None)


async def _suggested(
    database: Database, told: Finding, statement: str, scan: Scan, found: Candidate
) -> Finding:
    columns = ", ".join(found.columns)
    index = f"CREATE INDEX ON {found.table} ({columns})"
    gain: float | None = None
    if "hypopg" in database.server.extensions:
        before, after = await database.plans(statement, [index])
        gain = 1 - after["Total Cost"] / before["Total Cost"]
        if gain < 1 - _WORTH:
            return told
    elif scan.rows > _SELECTIVE * found.rows:
        return told
    concurrently = index.replace("CREATE INDEX ", "CREATE INDEX CONCURRENTLY ", 1)
    grounds = (
        f"the planner expects it to cost {gain:.0%} less"
        if gain is not None
        else "a guess from the plan: hypopg, which would let the planner try it, is not there"
    )
    enriched = _with(
        told,
        {
            "suggested_index": concurrently,
            "estimated_gain_ratio": round(gain, 4) if gain is not None else None,
            "index_table": found.table,
            "index_columns": json.dumps(list(scan.columns), ensure_ascii=False),
        },
    )
    return replace(
        enriched,
        description=f"{told.description}; an index on {found.table} ({columns}) would help",
        recommendations=(*told.recommendations, f"{concurrently}; -- {grounds}"),
        fixes=(*told.fixes, FIX),
        blames=(*told.blames, things.missing_index(found.table, found.columns)),
    )


def _with(finding: Finding, told: Mapping[str, str | float | None]) -> Finding:
    first, *rest = finding.evidence
    return replace(finding, evidence=({**first, **told}, *rest))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
