"""Ids that wrap around: what is common to transaction ids and multixact ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.quantity import Bytes, Ratio
from fettle.model.severity import Severity, graded

# Both kinds are 32 bits wide and compared modulo 2^31; the server stops 3 million before.
_ROOM = 2**31 - 3_000_000


@dataclass(frozen=True)
class Aged:
    """A table of this database, or another database, by the age of its oldest id."""

    subject: str
    is_table: bool
    age: int
    size: Bytes


@dataclass(frozen=True)
class Limits:
    """At 500 M autovacuum has failed to freeze in time; at 1 B half of the way is gone."""

    high: int = 500_000_000
    critical: int = 1_000_000_000


def judged(rows: Sequence[Aged], limits: Limits, kind: str) -> Iterator[Verdict]:
    """Grade each by the age of its oldest id, which is of a `kind`."""
    for row in rows:
        severity = graded(row.age, high=limits.high, critical=limits.critical)
        if severity is not None:
            yield _finding(row, severity, kind)


def _finding(row: Aged, severity: Severity, kind: str) -> Finding:
    used = Ratio(row.age / _ROOM)
    name = row.subject.removeprefix("database ")
    cure = (
        f"VACUUM (FREEZE) {row.subject};" if row.is_table else f"vacuumdb --freeze --dbname={name}"
    )
    return Finding(
        row.subject,
        severity,
        f"its oldest {kind} is {row.age:,} ids old, {used} of the way to where writes stop",
        metrics={"age_count": row.age, "used_ratio": round(used, 4)},
        evidence=({"subject": row.subject, "age": row.age, "size": str(row.size)},),
        recommendations=(cure,),
        fixes=("vacuum_table",) if row.is_table else (),
        about=(things.table(row.subject),) if row.is_table else (),
        suspects=(
            things.VACUUM_HORIZON,
            things.autovacuum_of(row.subject),
            things.autovacuum_of("autovacuum"),
        ),
        saturation=True,
    )
