"""A dependency says that it has trouble.

Why it matters:  What its provider has noticed itself is mostly real, and often not seen from
    outside: deliveries that are late, errors of some customers, a region that is gone.
Verify:          Read its status page.
Cure:            Nobody but the provider can mend it: tell those who notice it, switch to what works
    without it, and follow what the page says.
Ignore when:     It concerns what you do not use: name what you do, with components in fettle.toml.
Cannot see:      What its provider has not noticed, or not told yet: pages lag by minutes and more.
"""

from collections.abc import Iterator, Sequence

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.probed import Announced, Trouble
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

# How bad it is where the business stands still without it, and where it does not.
_SEVERITIES = {
    Trouble.CRITICAL: (Severity.HIGH, Severity.MEDIUM),
    Trouble.MAJOR: (Severity.HIGH, Severity.MEDIUM),
    Trouble.MINOR: (Severity.MEDIUM, Severity.LOW),
    Trouble.MAINTENANCE: (Severity.LOW, Severity.INFO),
}
_LEVELS = tuple(Trouble)


@check(limits=NoLimits)
def judge(rows: Sequence[Announced], _: NoLimits) -> Iterator[Verdict]:
    """Grade what is announced by how bad it is said to be, and by what hangs on it."""
    for row in rows:
        yield Measurement("dependency_trouble_level", _LEVELS.index(row.trouble))
        if row.trouble is not Trouble.NONE:
            yield _finding(row)


def _finding(row: Announced) -> Finding:
    critical, other = _SEVERITIES[row.trouble]
    goes_on = f": {row.incidents[0][0]}" if row.incidents else ""
    return Finding(
        row.subject,
        critical if row.critical else other,
        f"{row.says} ({row.trouble}){goes_on}",
        evidence=(
            *({"incident": title, "state": state} for title, state in row.incidents),
            *({"component": name, "state": state} for name, state in row.parts),
        ),
        recommendations=(
            f"Follow what it says: {row.url}" if row.url else "Follow what its status page says",
            *row.advice,
            "Serve what can be served without it, and tell those who notice",
        ),
        about=(things.dependency(row.subject),),
    )
