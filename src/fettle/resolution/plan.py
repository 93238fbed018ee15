"""Plan: what a fix would do about a finding, from the premise as it is now."""

from collections.abc import Mapping, Sequence
from typing import Any

from fettle.model.finding import Finding
from fettle.model.fix import Plan, Refusal
from fettle.model.ports import Database
from fettle.model.target import Target
from fettle.unit import AnyFix
from fettle.unit.rows import decode

_MOST_REASONS = 5  # that are told of one planning


def matching(fixes: Mapping[str, AnyFix], name: str) -> list[AnyFix]:
    """Return the fix of that id, or every fix for the trouble of that name; `-` and `_` are equal.

    An empty list means that nothing is called so.
    """
    id_ = name.replace("-", "_")
    if id_ in fixes:
        return [fixes[id_]]
    return [fix for fix in fixes.values() if id_ in fix.troubles]


def troubles(fixes: Mapping[str, AnyFix]) -> dict[str, list[str]]:
    """Return the names of wider troubles, each with the fixes that are planned for it."""
    named: dict[str, list[str]] = {}
    for fix in fixes.values():
        for trouble in fix.troubles:
            named.setdefault(trouble, []).append(fix.id)
    return named


def refusals(plans: Sequence[Plan]) -> list[str]:
    """Return why plans are refused: each reason once, with what it is about, and not too many."""
    about: dict[str, list[str]] = {}
    for one in plans:
        if one.refused is not None:
            why = one.refused.removeprefix(f"{one.subject} ")
            about.setdefault(why, []).append(one.subject)
    told = list(about.items())[:_MOST_REASONS]
    said = [f"{_first_of(subjects)}: {why}" for why, subjects in told]
    more = sum(map(len, about.values())) - sum(len(subjects) for _, subjects in told)
    return [*said, f"{more:,} more refused"] if more else said


def _first_of(subjects: Sequence[str]) -> str:
    more = len(subjects) - 1
    return f"{subjects[0]} and {more:,} more" if more else subjects[0]


async def plan(
    fix: AnyFix,
    finding: Finding,
    target: Target,
    database: Database,
    standbys: Sequence[Database] = (),
) -> Plan:
    """Return the plan; reads the premise of the database and of its standbys, changes nothing.

    Raises CannotLook when the premise cannot be read.
    """
    premise = []
    for node in (database, *standbys):
        premise += await _premise(fix, finding, target, node)
    steps = fix(finding, premise)
    name = database.server.database
    if isinstance(steps, Refusal):
        return Plan(fix.id, target.name, name, finding, refused=steps.why)
    return Plan(fix.id, target.name, name, finding, steps)


async def _premise(fix: AnyFix, finding: Finding, target: Target, database: Database) -> list[Any]:
    asked = {
        "subject": finding.subject,
        "pids": list(finding.pids),
        "protected": list(target.protected),
        **_facts(finding),
    }
    return decode(await database.read(fix.statement(), asked), fix.premise)


def _facts(finding: Finding) -> dict[str, object]:
    """Return the first row of evidence, by name, for premises that need more than the subject."""
    first = finding.evidence[0] if finding.evidence else {}
    return {f"evidence_{name}": value for name, value in first.items()}
