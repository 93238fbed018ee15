"""Let autovacuum come to a table again.

What it does:  ALTER TABLE … RESET (autovacuum_enabled), which blocks neither reads nor writes.
Refused when:  It is on by now, the table is gone, or is somebody else's.
Undo:          The switches that were off are set off again.
Risk:          reversible.
Verified by:   The switch is gone from the table's options.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Relation
from fettle.model.fix import Question, Refusal, Risk, Steps
from fettle.model.sql import literal
from fettle.unit import fix


@dataclass(frozen=True)
class Premise:
    """The table, and which of its two switches are off."""

    table: Relation
    off: bool
    toast_off: bool
    owned: bool
    owner: str


@fix(reads="enable_autovacuum.sql", cures=("autovacuum_disabled",))
def plan(finding: Finding, premise: Sequence[Premise]) -> Steps | Refusal:
    """Reset the switches that are off."""
    if not premise or not (premise[0].off or premise[0].toast_off):
        return Refusal(f"{finding.subject} is gone, or its autovacuum is on by now")
    found = premise[0]
    if not found.owned:
        return Refusal(f"{found.table} belongs to {found.owner}, and only its owner can do it")
    switches = [
        *(["autovacuum_enabled"] if found.off else []),
        *(["toast.autovacuum_enabled"] if found.toast_off else []),
    ]
    off = ", ".join(f"{switch} = false" for switch in switches)
    return Steps(
        statements=(f"ALTER TABLE {found.table} RESET ({', '.join(switches)})",),
        worked=_switched(found.table, off=False),
        undo=Steps(
            statements=(f"ALTER TABLE {found.table} SET ({off})",),
            worked=_switched(found.table, off=True),
            risk=Risk.REVERSIBLE,
        ),
        risk=Risk.REVERSIBLE,
    )


def _switched(table: Relation, *, off: bool) -> Question:
    switch = (
        "EXISTS (SELECT FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid"
        " CROSS JOIN unnest(c.reloptions || coalesce(t.reloptions, '{}')) AS o"
        f" WHERE c.oid = to_regclass({literal(table)}) AND o ~ '^autovacuum_enabled=')"
    )
    state = "off" if off else "on"
    return Question(
        f"autovacuum is {state} for the table",
        f"SELECT {switch}" if off else f"SELECT NOT {switch}",
        f"autovacuum is not {state} for {table}",
    )
