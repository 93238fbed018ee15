"""A site does not answer.

Why it matters:  Nobody gets in: to whoever comes, the service is not there.
Verify:          Run curl -sv URL, here and from another network; the evidence tells what came of
    each of Fettle's own tries, and at which part each got stuck.
Cure:            Begin where it got stuck: the name, the connection, TLS or the answer itself. What
    was changed last is the first suspect; taking it back is mostly faster than finding out.
Ignore when:     It is switched off on purpose; say so with a window or a silence.
Cannot see:      Networks from which it is out of reach, where Fettle itself reaches it; what lies
    behind the one address that is asked.
"""

from collections.abc import Iterator, Sequence

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.probed import Answer, Step
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check

_SILENT = (Step.RESOLVER, Step.LOOKUP, Step.CONNECTION, Step.TLS, Step.ANSWER)


@check(limits=NoLimits)
def judge(rows: Sequence[Answer], _: NoLimits) -> Iterator[Verdict]:
    """Find sites from which no answer comes; a page that is an error is site_errors' to tell."""
    for row in rows:
        if (gap := row.unasked) is not None:
            yield gap
            continue
        down = row.failed in _SILENT
        yield Measurement("site_up", int(not down), row.subject if len(rows) > 1 else None)
        if row.flapped is not None:
            yield Note(f"{row.subject} answered only the second time; the first time {row.flapped}")
        if down:
            yield _finding(row)


def _finding(row: Answer) -> Finding:
    named = (Step.RESOLVER, Step.LOOKUP)
    return Finding(
        row.subject,
        Severity.CRITICAL if row.critical else Severity.HIGH,
        f"{row.problem}{', both times it was asked' if len(row.tries) > 1 else ''}",
        metrics={"tries_count": len(row.tries)},
        evidence=tuple(row.tries),
        recommendations=_advice(row),
        about=(things.service(row.subject),),
        blames=(things.domain(row.host),) if row.failed in named else (),
    )


def _with_port(authority: str) -> str:
    return authority if authority.rpartition(":")[2].isdecimal() else f"{authority}:443"


def _advice(row: Answer) -> tuple[str, ...]:
    first = {
        Step.RESOLVER: f"See whether anybody can look the name up: dig +trace {row.host}",
        Step.LOOKUP: f"See whether its records are there, and the domain paid: dig {row.host}",
        Step.CONNECTION: "See whether its server runs and listens there, and what a firewall or "
        "load balancer before it lets through",
        Step.TLS: f"See what its TLS says: openssl s_client -connect {_with_port(row.authority)}",
        Step.ANSWER: "See its logs for what the request died of, and whether all its workers are "
        "busy or waiting",
    }
    known = first.get(row.failed) if row.failed else None
    return (
        *((known,) if known else ()),
        "Take back what was changed last, if that was shortly before",
    )
