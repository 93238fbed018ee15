"""A setting is unsafe.

Why it matters:  With fsync or full_page_writes off, a crash of the machine can leave a database
    that cannot be repaired; without a timeout one forgotten session stops all the others.
Verify:          Run unsafe_settings.sql; it is the query this check runs.
Cure:            Put it back: ALTER SYSTEM SET, then reload; on a managed server, in its settings.
Ignore when:     The data can be thrown away (a test, a bulk load that can be repeated).
Cannot see:      Disks and file systems that lie about what they have written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Finding, Verdict
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

_UNSAFE = {
    ("fsync", "off"): (Severity.CRITICAL, "a crash of the machine can destroy the database"),
    ("full_page_writes", "off"): (
        Severity.CRITICAL,
        "a crash of the machine can leave half-written pages",
    ),
    ("zero_damaged_pages", "on"): (Severity.CRITICAL, "damaged pages are emptied in silence"),
    ("ignore_checksum_failure", "on"): (
        Severity.HIGH,
        "damaged pages are read as if they were good",
    ),
    ("ignore_system_indexes", "on"): (
        Severity.HIGH,
        "every look-up in the catalogue reads it whole",
    ),
    ("track_counts", "off"): (Severity.HIGH, "autovacuum does not run, and nothing is counted"),
    ("idle_in_transaction_session_timeout", "0"): (
        Severity.INFO,
        "a session that was left in a transaction holds its locks for ever",
    ),
}


@dataclass(frozen=True)
class Row:
    """A setting: as this session has it, or as it is set for some role or database.

    `place` is what it is set for, as ALTER names it, or None; `provider` runs the server.
    """

    name: str
    value: str
    source: str
    database: str
    place: str | None = None
    provider: str | None = None


@check(reads="unsafe_settings.sql", limits=NoLimits, cluster=True)
def judge(rows: Sequence[Row], _limits: NoLimits) -> Iterator[Verdict]:
    """Report each setting whose value is known to be unsafe."""
    for row in rows:
        if (row.name, row.value) not in _UNSAFE:
            continue
        severity, effect = _UNSAFE[row.name, row.value]
        of = f" for {row.place}" if row.place is not None else ""
        yield Finding(
            f"{row.name}{of}",
            severity,
            f"{row.name} is {row.value}{of}: {effect}",
            evidence=({"name": row.name, "value": row.value, "source": row.source},),
            recommendations=tuple(_cures(row, severity)),
        )


def _cures(row: Row, severity: Severity) -> Iterator[str]:
    good = "off" if row.value == "on" else "on"
    if row.place is not None:
        yield f"ALTER {row.place} RESET {row.name};"
    elif severity is Severity.INFO:
        yield f"ALTER DATABASE {row.database} SET {row.name} = '5min';"
    elif row.source == "command line":
        yield f"Start the server without the option that sets {row.name} = {row.value}"
    elif row.provider is not None:
        yield f"In the provider's settings of the server: {row.name} = {good}"
    else:
        yield f"ALTER SYSTEM SET {row.name} = {good};"
        yield "SELECT pg_reload_conf();"
