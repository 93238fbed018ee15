"""Ids that wrap around: what is common to transaction ids and multixact ids."""

from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes, Ratio
from fettle.model.severity import Severity

# Both kinds are 32 bits wide and compared modulo 2^31; the server stops 3 million before.
_ROOM = 2**31 - 3_000_000


@dataclass(frozen=True)
class Aged:
    """A table of this database, or another database, by the age of its oldest id."""

    subject: str
    is_table: bool
    age: int
    size: Bytes


def finding(row: Aged, severity: Severity, kind: str) -> Finding:
    """Return what is said of something whose oldest id is too old."""
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
