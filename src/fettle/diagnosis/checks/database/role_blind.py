"""The role cannot see everything.

Why it matters:  What is hidden looks healthy. Each check says what it could not see; this one says
    what to grant, once.
Verify:          Run role_blind.sql; it is the query this check runs.
Cure:            Grant what is named; each of these roles only reads.
Ignore when:     The role is meant to see only its own.
Cannot see:      What the server hides from every role.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Unknown, Verdict
from fettle.unit import NoLimits, check


@dataclass(frozen=True)
class Row:
    """Something that is hidden from the role, and the grant that shows it."""

    what: str
    remedy: str


@check(reads="role_blind.sql", limits=NoLimits)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Answer what is unknown for want of a grant; never a finding."""
    for row in rows:
        yield Unknown(f"the role cannot see {row.what}", row.remedy)
