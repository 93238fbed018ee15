"""A site answers slowly.

Why it matters:  People leave before the page is there; what calls the service runs into its own
    time limit.
Verify:          Run curl -so /dev/null -w '%{time_starttransfer} %{time_total}' URL a few times.
Cure:            Begin with the part that takes the most: the first byte is the application and its
    database, the connection and TLS are the network and the distance, the body is its size.
Ignore when:     The address that is asked does something that takes long by its nature.
Cannot see:      How long it takes for people with a slower network, and until a browser has drawn
    the page; how it is between two looks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Unknown, Verdict
from fettle.model.probed import Answer
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity, graded
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Of the whole answer, as of a service's p95: at 2 s people notice, at 5 s they leave.

    The better of two times counts, so that one packet that was lost is not taken for slowness.
    Below `clear` it is over.
    """

    medium: timedelta = timedelta(seconds=2)
    high: timedelta = timedelta(seconds=5)
    clear: timedelta = timedelta(seconds=1.6)


_ADVICE = {
    "name lookup": "See the resolver of this machine, and where the name's own servers are",
    "connection": "See the way there: distance, a queue of connections that are not taken, losses",
    "TLS": "See the distance and the load: TLS takes a few ways there and back, and processor time",
    "first byte": "See what the application does until then: its slowest queries and calls, and "
    "whether requests wait for a worker; keep in a cache what may be a moment old",
    "body": "Make the answer smaller, pack it, or send it from nearer; see whether its end is held "
    "back by something slow",
}


@check(limits=Limits)
def judge(rows: Sequence[Answer], limits: Limits) -> Iterator[Verdict]:
    """Grade each site that answered by the time of its whole answer."""
    for row in rows:
        if (gap := row.unasked) is not None:
            yield gap
            continue
        if row.failed is not None or row.whole_s is None:
            yield Unknown(
                f"{row.subject} gave no whole answer whose time could be judged",
                "see what site_down and site_errors found",
            )
            continue
        yield from _measured(row, row.whole_s, row.subject if len(rows) > 1 else None)
        took = timedelta(seconds=row.whole_s)
        severity = graded(took, medium=limits.medium, high=limits.high)
        if severity is not None:
            yield _finding(row, took, severity)
        elif row.cut is not None:
            yield Note(f"{row.subject}: {row.cut}")


def _measured(row: Answer, whole_s: float, of: str | None) -> Iterator[Verdict]:
    yield Measurement("site_answer_s", round(whole_s, 4), of)
    for name, seconds in row.parts.items():
        yield Measurement(f"site_{name.lower().replace(' ', '_')}_s", round(seconds, 4), of)
    if row.size is not None:
        yield Measurement("site_body_bytes", int(row.size), of)


def _finding(row: Answer, took: timedelta, severity: Severity) -> Finding:
    parts = row.parts
    longest = max(parts, key=lambda name: parts[name], default="")
    cut = f"; {row.cut}" if row.cut else ""
    return Finding(
        row.subject,
        severity,
        f"its answer took {say_duration(took)}: {row.spent}{cut}",
        metrics={"answer_s": round(took.total_seconds(), 3)},
        evidence=tuple(row.tries),
        recommendations=(_ADVICE[longest],) if longest else (),
        about=(things.service(row.subject),),
    )
