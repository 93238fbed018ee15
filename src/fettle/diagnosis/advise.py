"""Help for slow statements: their plan, and the index that would make them quick.

The plan is asked for, never the statement executed. Where the server has hypopg the planner tries
each index that may help, and the best is suggested; elsewhere what it saves is reckoned from the
plan's own figures, and said to be. A statement that is not understood is left alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from fettle.diagnosis import helpful_index
from fettle.diagnosis.checks.database.slow_queries import TEXT_LENGTH, Limits
from fettle.diagnosis.helpful_index import Candidate, Table
from fettle.diagnosis.plan import Node, essence
from fettle.diagnosis.statement import Unplanned, as_select
from fettle.errors import CannotLook
from fettle.model import things
from fettle.model.diagnosis import Outcome
from fettle.model.finding import Finding, Note, Scalar, Unknown
from fettle.model.ports import Clock, Database
from fettle.model.quantity import Ratio, say_duration
from fettle.model.sql import identifier, index_name
from fettle.unit.rows import decode

FIX = "create_suggested_index"

_TRIED = 3
_TABLES = Path(__file__).with_name("advise.sql")
_PATHS = Path(__file__).with_name("search_paths.sql")


@dataclass(frozen=True)
class _Path:
    user: str
    path: str


@dataclass(frozen=True)
class Advice:
    """What is known of a slow statement: its plan, and the index that would help, if any.

    `gain` is the share of the planner's cost that it saves; `tried` says that the planner itself
    has said so.
    """

    plan: Node
    index: Candidate | None = None
    gain: Ratio = Ratio(0)
    tried: bool = False


async def advised(database: Database, outcome: Outcome, limits: object, clock: Clock) -> Outcome:
    """Return the outcome of slow_queries with advice on its worst findings; any other as it is.

    A plan that could not be had is unknown; one that was not asked for, a note.
    """
    if not isinstance(limits, Limits) or not outcome.findings:
        return outcome
    if database.server.pooled:
        note = Note("through a pooler no plan is asked for: it needs a session of its own")
        return replace(outcome, notes=(*outcome.notes, note))
    worst = sorted(outcome.findings, key=lambda finding: -finding.metrics["total_s"])
    advising = _Advising(database, limits, clock)
    told = await advising.all(worst[: limits.plans])
    return replace(
        outcome,
        findings=tuple(told.get(finding.key, finding) for finding in outcome.findings),
        unknown=(*outcome.unknown, *advising.unknown),
        notes=(*outcome.notes, *advising.notes()),
    )


class _Advising:
    def __init__(self, database: Database, limits: Limits, clock: Clock) -> None:
        self.unknown: list[Unknown] = []
        self._unplanned: dict[str, list[str]] = {}
        self._database = database
        self._limits = limits
        self._clock = clock
        self._deadline = clock.now() + limits.plan_time

    async def all(self, findings: Sequence[Finding]) -> dict[str, Finding]:
        """Return the findings there is advice on, by key."""
        told = {}
        paths = await self._paths(findings) if findings else {}
        for finding in findings:
            if self._left() <= timedelta():
                spent = say_duration(self._limits.plan_time)
                self._skip(finding, f"the {spent} that plans may take were used up")
                continue
            try:
                advice = await self._advice(finding, paths.get(finding.evidence[0].get("user")))
            except CannotLook as error:
                reason = f"the plan of {finding.subject}: {error.reason}"
                self.unknown.append(Unknown(reason, error.remedy))
                continue
            if advice is not None:
                told[finding.key] = enriched(finding, advice)
        return told

    def notes(self) -> Iterator[Note]:
        """Yield why plans were not asked for."""
        for why, subjects in self._unplanned.items():
            yield Note(f"no plan was asked for of {', '.join(subjects)}: {why}")

    def _skip(self, finding: Finding, why: str) -> None:
        self._unplanned.setdefault(why, []).append(finding.subject)

    def _left(self) -> timedelta:
        return self._deadline - self._clock.now()

    async def _paths(self, findings: Sequence[Finding]) -> Mapping[Scalar, str]:
        users = [str(finding.evidence[0].get("user")) for finding in findings]
        try:
            rows = await self._database.read(_sql(_PATHS), {"users": users})
        except CannotLook:
            return {}
        return {row.user: row.path for row in decode(rows, _Path)}

    async def _advice(self, finding: Finding, path: str | None) -> Advice | None:
        query = str(finding.evidence[0]["query"])
        rows = finding.metrics["rows_count"] / max(finding.metrics["calls_count"], 1)
        if len(query) >= TEXT_LENGTH:
            self._skip(finding, "its text is too long to be known whole")
            return None
        statement = as_select(query, rows)
        if isinstance(statement, Unplanned):
            self._skip(finding, statement.why)
            return None
        within = self._left()
        (raw,) = await self._database.plans(statement, search_path=path, within=within)
        plan = Node.read(raw)
        found = helpful_index.candidates(plan, await self._tables(plan))[:_TRIED]
        if not found:
            return Advice(plan)
        if "hypopg" in self._database.server.extensions and self._left() > timedelta():
            return await self._tried(statement, path, found)
        best = found[0]
        if best.gain < self._limits.min_gain:
            return Advice(plan)
        return Advice(plan, best, Ratio(min(best.gain, 0.999)))

    async def _tried(self, statement: str, path: str | None, found: Sequence[Candidate]) -> Advice:
        indexes = [f"CREATE INDEX ON {one.table.table} ({', '.join(one.quoted)})" for one in found]
        first, *others = await self._database.plans(
            statement, indexes, search_path=path, within=self._left()
        )
        plan = Node.read(first)
        costs = [Node.read(other).cost for other in others]
        least = min(costs)
        gain = Ratio(1 - least / max(plan.cost, 0.01))
        if gain < self._limits.min_gain:
            return Advice(plan)
        return Advice(plan, found[costs.index(least)], gain, tried=True)

    async def _tables(self, plan: Node) -> list[Table]:
        names = helpful_index.tables(plan)
        if not names:
            return []
        asked = {
            "schemas": [schema for schema, _ in names],
            "tables": [table for _, table in names],
        }
        return decode(await self._database.read(_sql(_TABLES), asked), Table)


def enriched(finding: Finding, advice: Advice) -> Finding:
    """Return a slow statement's finding with its plan, and with the index that would help."""
    told: dict[str, Scalar] = {"plan": essence(advice.plan), "estimated_cost": advice.plan.cost}
    if advice.index is None:
        return _with(finding, told)
    table, columns = advice.index.table, advice.index.quoted
    name = identifier(index_name(table.name, advice.index.columns, table.taken))
    create = f"CREATE INDEX CONCURRENTLY {name} ON {table.table} ({', '.join(columns)})"
    told |= {
        "suggested_index": create,
        "estimated_gain_ratio": round(advice.gain, 4),
        "index_table": table.table,
        "index_columns": json.dumps(list(advice.index.columns), ensure_ascii=False),
    }
    expected = (
        "the planner, asked with hypopg, expects it to cost"
        if advice.tried
        else "by its plan's figures it would cost"
    )
    shorter = (columns[:length] for length in range(1, len(columns)))
    wanted = f"an index on {table.table} ({', '.join(columns)}) would help"
    return replace(
        _with(finding, told),
        description=f"{finding.description}; {wanted}",
        recommendations=(*finding.recommendations, f"{create}; -- {expected} {advice.gain} less"),
        fixes=(*finding.fixes, FIX),
        blames=(*finding.blames, things.missing_index(table.table, columns)),
        suspects=tuple(things.missing_index(table.table, names) for names in shorter),
    )


def _with(finding: Finding, told: Mapping[str, Scalar]) -> Finding:
    first, *rest = finding.evidence
    return replace(finding, evidence=({**first, **told}, *rest))


def _sql(path: Path) -> str:
    return path.read_text(encoding="utf-8")
