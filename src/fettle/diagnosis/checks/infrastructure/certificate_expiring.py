"""A certificate is about to expire, or has.

Why it matters:  From that moment on browsers show a warning instead of the site, and programs
    refuse the connection.
Verify:          Run openssl s_client -connect HOST:443 -servername HOST </dev/null 2>/dev/null |
    openssl x509 -noout -dates
Cure:            Renew it, and see why that was not done by itself: a challenge that is no longer
    answered, an account without rights, a server that was not told to load the new one.
Ignore when:     The site is to be given up before.
Cannot see:      Certificates of servers behind the one that answered; a renewed one that lies ready
    and was not loaded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.probed import Certificate
from fettle.model.quantity import Ratio, say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """A month is what a renewal by hand takes where somebody must order and approve it.

    In the last week it must be done by whoever is there. What is renewed by itself is renewed when
    a third of its life is left; of a short-lived certificate that is believed, that can be less
    than a month before its end. Of such it is told when less than these shares of its life are
    left, which no renewal that works lets happen.
    """

    medium: timedelta = timedelta(days=30)
    high: timedelta = timedelta(days=7)
    medium_share: Ratio = Ratio(0.30)
    high_share: Ratio = Ratio(0.10)


@check(limits=Limits)
def judge(rows: Sequence[Certificate], limits: Limits) -> Iterator[Verdict]:
    """Grade each certificate by the time that is left of it."""
    for row in rows:
        left = row.not_after - row.now
        yield Measurement("certificate_days_left", round(left / timedelta(days=1), 2), row.host)
        severity = _severity(row, left, limits)
        if severity is not None:
            yield _finding(row, left, severity)


def _severity(row: Certificate, left: timedelta, limits: Limits) -> Severity | None:
    """Grade; a dependency's is its owner's to renew, and we only hear that it is nearly too late.

    One that is not believed comes from nobody of whom it is known that renewal is automatic.
    """
    if left <= timedelta():
        return Severity.CRITICAL
    medium, high = limits.medium, limits.high
    if not row.distrust and row.not_before is not None:
        life = row.not_after - row.not_before
        medium = min(medium, life * limits.medium_share)
        high = min(high, life * limits.high_share)
    if left < high:
        return Severity.MEDIUM if row.dependency else Severity.HIGH
    return Severity.MEDIUM if left < medium and not row.dependency else None


def _finding(row: Certificate, left: timedelta, severity: Severity) -> Finding:
    on = f"{row.not_after:%Y-%m-%d %H:%M} UTC"
    expired = left <= timedelta()
    said = f"expired {say_duration(-left)} ago" if expired else f"expires in {say_duration(left)}"
    return Finding(
        row.host,
        severity,
        f"the certificate of {row.host} {said}, on {on}",
        metrics={"days_left": round(left / timedelta(days=1), 2)},
        evidence=(
            {
                "valid_from": row.not_before,
                "until": row.not_after,
                "issuer": row.issuer,
                "names": ", ".join(row.names[:5]),
            },
        ),
        recommendations=_advice(row),
        about=(things.certificate(row.host),),
    )


def _advice(row: Certificate) -> tuple[str, ...]:
    if row.dependency:
        return (f"Tell whoever runs {row.host}: from then on nothing can be asked of it",)
    return (
        f"Renew the certificate of {row.host} ({row.issuer}), and let the server load it",
        "See why it was not renewed by itself: certbot renew --dry-run, or your proxy's log",
    )
