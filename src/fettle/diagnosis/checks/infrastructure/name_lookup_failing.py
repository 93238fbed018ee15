"""A host's name cannot be looked up.

Why it matters:  Whoever wants to go there does not learn where that is: nothing that is called by
    this name can be reached.
Verify:          Run dig HOST, and dig @1.1.1.1 HOST for another resolver's answer.
Cure:            Where no resolver knows it, mend its records at whoever serves its zone, or renew
    the domain. Where only this machine's does not, mend /etc/resolv.conf or that resolver.
Ignore when:     The name is known only in another network than this machine's.
Cannot see:      What other networks' resolvers say.
"""

from collections.abc import Iterator, Sequence

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.probed import NameLookup
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@check(limits=NoLimits)
def judge(rows: Sequence[NameLookup], _: NoLimits) -> Iterator[Verdict]:
    """Find names of which nothing was learnt."""
    for row in rows:
        if row.problem is not None:
            yield _finding(row, row.problem)


def _finding(row: NameLookup, problem: str) -> Finding:
    return Finding(
        row.host,
        _severity(row),
        problem,
        recommendations=_advice(row),
        about=(things.domain(row.host),),
        suspects=tuple(_above(row.host)),
    )


def _above(host: str) -> Iterator[str]:
    """Yield the names that a host's is a part of: one of them may have lapsed."""
    labels = host.split(".")
    for first in range(1, len(labels) - 1):
        yield things.domain(".".join(labels[first:]))


def _severity(row: NameLookup) -> Severity:
    """Grade as the answer that does not come because of it: site_down, dependency_unavailable."""
    if row.dependency:
        return Severity.HIGH if row.critical else Severity.MEDIUM
    return Severity.CRITICAL if row.critical else Severity.HIGH


def _advice(row: NameLookup) -> tuple[str, ...]:
    if row.known:
        return (
            f"Ask another resolver, to see whose trouble it is: dig @1.1.1.1 {row.host}",
            "Where that one knows it, mend this machine's: cat /etc/resolv.conf; resolvectl status",
        )
    return (
        f"See whether the name is spelt right and its records are there: dig {row.host}",
        f"See whether its domain is still registered: whois {row.host}",
    )
