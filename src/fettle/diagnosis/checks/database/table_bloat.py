"""A table is bloated.

Why it matters:  Dead rows and empty room are read, cached and backed up like the living.
Verify:          Run table_bloat.sql; it is the query this check runs.
Cure:            fettle fix plan TARGET vacuum_table, which clears dead rows away; it gives no room
    back to the disk. Room is given back by pg_repack, or by VACUUM FULL in a window.
Ignore when:     A nightly job rewrites the table, and the next one fills the room again.
Cannot see:      The true size of free room: it is estimated from the planner's statistics.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model import things
from fettle.model.finding import Finding, Relation, Unknown, Verdict
from fettle.model.quantity import Bytes, Ratio, say_count
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Autovacuum comes at 20 % of dead rows; more than that, it did not, or could not.

    Below 10,000 dead rows nobody notices. Free room is an estimate that errs by a few tens of per
    cent, so half of the file and 100 MiB are wanted before it is said.
    """

    dead: Ratio = Ratio(0.20)
    min_dead: int = 10_000
    free: Ratio = Ratio(0.50)
    min_free: Bytes = Bytes.parse("100 MiB")


@dataclass(frozen=True)
class Row:
    """A table's dead and live rows, and its size and estimated free room; `free` may be unknown.

    `remedy` is what would show the statistics that are `hidden` from the user.
    """

    table: Relation
    dead: int
    live: int
    size: Bytes
    free: float | None
    hidden: bool
    user: str
    remedy: str


@check(reads="table_bloat.sql", limits=Limits, writes=True)
def judge(rows: Sequence[Row], limits: Limits) -> Iterator[Verdict]:
    """Report dead rows first, which a vacuum clears; then room that only a rewrite gives back."""
    for row in rows:
        share = Ratio(row.dead / max(1, row.dead + row.live))
        if row.dead > limits.min_dead and share > limits.dead:
            yield _dead(row, share)
        elif row.free is not None and row.free >= max(limits.min_free, limits.free * row.size):
            yield _free(row, Bytes(row.free))
    if hidden := [row for row in rows if row.hidden]:
        yield Unknown(
            f"the statistics of {say_count(len(hidden), 'large table')} cannot be read by "
            f"{hidden[0].user}, so how much of their room is free is not known",
            " ".join(dict.fromkeys(row.remedy for row in hidden)),
        )


def _dead(row: Row, share: Ratio) -> Finding:
    return Finding(
        row.table,
        Severity.MEDIUM,
        f"{row.dead:,} of its rows are dead, {share}",
        metrics={"dead_count": row.dead, "dead_ratio": round(share, 4), "size_bytes": row.size},
        evidence=({"table": row.table, "dead": row.dead, "live": row.live, "size": str(row.size)},),
        recommendations=(f"VACUUM (ANALYZE, SKIP_LOCKED) {row.table};",),
        fixes=("vacuum_table",),
        about=(things.table(row.table),),
        suspects=(
            things.VACUUM_HORIZON,
            things.autovacuum_of(row.table),
            things.autovacuum_of("autovacuum"),
        ),
    )


def _free(row: Row, free: Bytes) -> Finding:
    share = Ratio(free / max(1, row.size))
    return Finding(
        row.table,
        Severity.MEDIUM,
        f"about {free} of its {row.size} hold nothing, {share}",
        metrics={"free_bytes": int(free), "free_ratio": round(share, 4), "size_bytes": row.size},
        evidence=({"table": row.table, "size": str(row.size), "free": str(free)},),
        recommendations=(
            f"Give the room back online: pg_repack --table={row.table}",
            f"Or in a window, under a lock: VACUUM (FULL, ANALYZE) {row.table};",
        ),
        about=(things.table(row.table),),
    )
