"""A site answers with an error.

Why it matters:  Whoever comes sees an error instead of the page.
Verify:          Run curl -sv URL; the evidence tells what came of each of Fettle's own tries.
Cure:            From 500 on it is the application, or what it needs: its log of that moment says
    what. Below, it is the address: it is gone, asks for a log-in, or asks to be left alone.
Ignore when:     That status is a good answer here: say so with expect in fettle.toml.
Cannot see:      Errors that are told with a status of success; those of other pages.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Unknown, Verdict
from fettle.model.probed import Answer, Step
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

_HALF = (Step.REDIRECT, Step.BODY)
_MEANS = {
    401: "It asks for a log-in: give it one in the address, or say expect = [401] in fettle.toml",
    403: "It lets nobody in who asks like this: see what its firewall or bot protection refuses",
    404: "See whether the address is still the right one, and what was deployed last",
    410: "The page is gone for good: give another address",
    429: "It is asked too often: look less often, or let Fettle's address through",
    502: "Its proxy got no good answer: see whether the application behind it runs",
    503: "It is overloaded or under maintenance: see its load, and who has switched it off",
    504: "Its proxy waited in vain: see what the application behind it waits for",
}


@check(limits=NoLimits)
def judge(rows: Sequence[Answer], _: NoLimits) -> Iterator[Verdict]:
    """Find answers with a status that is not expected, and those that are none to the end."""
    for row in rows:
        if (gap := row.unasked) is not None:
            yield gap
            continue
        if row.status is None and row.failed not in _HALF:
            yield Unknown(f"{row.subject} gave no answer", "see what site_down found")
        if row.status is not None:
            of = row.subject if len(rows) > 1 else None
            yield Measurement("site_status_code", row.status, of)
        if row.failed in _HALF or (row.failed is None and not row.good):
            yield _finding(row)


def _finding(row: Answer) -> Finding:
    said = row.problem or f"it answers {_named(row.status)}"
    again = ", both times it was asked" if len(row.tries) > 1 else ""
    return Finding(
        row.subject,
        _severity(row),
        f"{said}{again}",
        metrics={"status_code": row.status} if row.status is not None else {},
        evidence=tuple(row.tries),
        recommendations=_advice(row),
        about=(things.service(row.subject),),
    )


def _severity(row: Answer) -> Severity:
    """Grade by whose fault it is: what is refused to us may be there for others."""
    if row.failed is None and row.status is not None and row.status < 500:
        return Severity.HIGH if row.critical else Severity.MEDIUM
    return Severity.CRITICAL if row.critical else Severity.HIGH


def _advice(row: Answer) -> tuple[str, ...]:
    if row.failed is Step.REDIRECT:
        return ("See where its redirects lead: curl -sILo /dev/null -w '%{url_effective}' URL",)
    if row.failed is Step.BODY:
        return ("See its logs, and its proxy's, for what ends an answer before it is whole",)
    own = _MEANS.get(row.status or 0)
    return (
        *((own,) if own else ("See its log of that moment for what failed",)),
        "Take back what was changed last, if that was shortly before",
    )


def _named(status: int | None) -> str:
    try:
        return f"{status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return str(status)
