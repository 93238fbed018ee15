"""Names are looked up slowly.

Why it matters:  Every new connection waits for that first, in what the application calls as well as
    in what calls it.
Verify:          Run dig HOST twice, and compare the "Query time" of both.
Cure:            Let this machine ask a resolver nearby that keeps what it was told, like
    systemd-resolved, unbound or dnsmasq; see whether the first in /etc/resolv.conf is dead.
Ignore when:     This machine only watches, and the application asks another resolver.
Cannot see:      How long it takes in the application's own machine or container.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Unknown, Verdict
from fettle.model.probed import NameLookup
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A resolver nearby tells in a few milliseconds what it knows, and the second time it does.

    Above 100 ms even then, each new connection is late by as much as a whole request may take. At
    a second, a nameserver that is dead is asked first. Below `clear` it is over.
    """

    medium: timedelta = timedelta(milliseconds=100)
    high: timedelta = timedelta(seconds=1)
    clear: timedelta = timedelta(milliseconds=80)


@check(limits=Limits)
def judge(rows: Sequence[NameLookup], limits: Limits) -> Iterator[Verdict]:
    """Grade each name by the shorter of two times that it was looked up."""
    for row in rows:
        if row.took_s is None:
            yield Unknown(f"{row.host} was not looked up", "see what name_lookup_failing found")
            continue
        yield Measurement("name_lookup_s", round(row.took_s, 4), row.host)
        took = timedelta(seconds=row.took_s)
        severity = graded(took, medium=limits.medium, high=limits.high)
        if severity is not None:
            yield _finding(row, took, severity)


def _finding(row: NameLookup, took: timedelta, severity: Severity) -> Finding:
    first = timedelta(seconds=row.first_s or 0.0)
    return Finding(
        row.host,
        severity,
        f"to look up {row.host} took {say_duration(took)} when it was known already, and "
        f"{say_duration(first)} at first"
        if first != took
        else f"to look up {row.host} took {say_duration(took)}",
        metrics={"lookup_s": round(took.total_seconds(), 4)},
        evidence=({"first_s": row.first_s, "then_s": row.took_s},),
        recommendations=(
            f"Compare the resolvers that /etc/resolv.conf names: dig @RESOLVER {row.host}",
            "Let a resolver on this machine keep what it was told: systemd-resolved or unbound",
        ),
        suspects=(things.domain(row.host),),
    )
