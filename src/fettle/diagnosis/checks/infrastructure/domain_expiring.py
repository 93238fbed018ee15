"""The registration of a domain is about to end.

Why it matters:  When it ends the name means nothing: the site, the mail and everything that is
    called by it are gone at once, and after a while somebody else can have it.
Verify:          Run whois DOMAIN, or look at your registrar's page.
Cure:            Renew it at the registrar, let it be renewed by itself, and see that the card or
    account that pays is still good.
Ignore when:     The domain is to be given up.
Cannot see:      Whether it is renewed by itself at the end; registries that tell no date.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.probed import Registration
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Registrars that renew by themselves do it a month or more before the end.

    In the last week there is no time left to find who has the account.
    """

    medium: timedelta = timedelta(days=30)
    high: timedelta = timedelta(days=7)


@check(limits=Limits)
def judge(rows: Sequence[Registration], limits: Limits) -> Iterator[Verdict]:
    """Grade each domain by the time that is left of its registration."""
    for row in rows:
        left = row.expires - row.now
        yield Measurement("domain_days_left", round(left / timedelta(days=1), 2), row.domain)
        severity = graded(-left, medium=-limits.medium, high=-limits.high, critical=timedelta())
        if severity is not None:
            yield _finding(row, left, severity)


def _finding(row: Registration, left: timedelta, severity: Severity) -> Finding:
    over = left <= timedelta()
    said = f"ended {say_duration(-left)} ago" if over else f"ends in {say_duration(left)}"
    at = f" at {row.registrar}" if row.registrar else ""
    return Finding(
        row.domain,
        severity,
        f"the registration of {row.domain} {said}, on {row.expires:%Y-%m-%d}",
        metrics={"days_left": round(left / timedelta(days=1), 2)},
        evidence=({"domain": row.domain, "until": row.expires, "registrar": row.registrar},),
        recommendations=(f"Renew {row.domain}{at}, and let it be renewed by itself from then on",),
        about=(things.domain(row.domain),) if over else (),
    )
