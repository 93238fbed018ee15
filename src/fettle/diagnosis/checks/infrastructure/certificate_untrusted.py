"""A certificate is not believed.

Why it matters:  Browsers show a warning instead of the site, programs refuse the connection, and
    whoever clicks the warning away can be listened to.
Verify:          Run openssl s_client -connect HOST:443 -servername HOST -verify_return_error
Cure:            Let the server show a certificate for this very name, from an authority that
    everybody knows, with all certificates between the two.
Ignore when:     An authority of your own has issued it: let this machine believe it instead, in its
    own store or by SSL_CERT_FILE.
Cannot see:      Certificates that were taken back; what browsers demand beyond this machine's TLS.
"""

from collections.abc import Iterator, Sequence

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.probed import Certificate, Distrust
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

_ADVICE = {
    Distrust.NOT_YET_VALID: "See whether the clock of this machine, or of who issued it, is right",
    Distrust.OTHER_NAME: "Let the server show the certificate of {host}, or have that name added",
    Distrust.SELF_SIGNED: "Have one issued by an authority that everybody knows; or let this "
    "machine believe it: SSL_CERT_FILE",
    Distrust.UNKNOWN_ISSUER: "Let the server send the whole chain (fullchain.pem), not its own "
    "certificate only; an authority of your own is believed by SSL_CERT_FILE",
    Distrust.CHAIN: "See each certificate of the chain: openssl s_client -showcerts -connect "
    "{host}:443",
}


@check(limits=NoLimits)
def judge(rows: Sequence[Certificate], _: NoLimits) -> Iterator[Verdict]:
    """Find what is not believed; one that has only expired is certificate_expiring's to tell."""
    for row in rows:
        reasons = [reason for reason in row.distrust if reason is not Distrust.EXPIRED]
        if reasons:
            yield _finding(row, reasons)


def _finding(row: Certificate, reasons: Sequence[Distrust]) -> Finding:
    said = [_said(row, reason) for reason in reasons]
    return Finding(
        row.host,
        _severity(row),
        f"the certificate of {row.host} is {', and '.join(said)}",
        evidence=(
            {
                "names": ", ".join(row.names[:5]) or "no name",
                "issuer": row.issuer,
                "valid_from": row.not_before,
                "until": row.not_after,
                "refused_because": row.says,
            },
        ),
        recommendations=tuple(_ADVICE[reason].format(host=row.host) for reason in reasons),
        about=(things.certificate(row.host),),
    )


def _severity(row: Certificate) -> Severity:
    """Grade as the answer that does not come because of it: site_down, dependency_unavailable."""
    if row.dependency:
        return Severity.HIGH if row.critical else Severity.MEDIUM
    return Severity.CRITICAL if row.critical else Severity.HIGH


def _said(row: Certificate, reason: Distrust) -> str:
    match reason:
        case Distrust.OTHER_NAME:
            return f"for another name ({', '.join(row.names[:3]) or 'it names none'})"
        case Distrust.NOT_YET_VALID:
            since = f"{row.not_before:%Y-%m-%d %H:%M} UTC" if row.not_before else "later"
            return f"valid only from {since} on"
        case Distrust.UNKNOWN_ISSUER:
            return f"of an authority that is not known, or of a chain with a gap ({row.issuer})"
        case Distrust.CHAIN:
            return f"refused: {row.says}"
        case _:
            return str(reason)
