"""A page is slower than it was.

Why it matters:  It was better, so it can be; each release that costs a little is seen by nobody.
Verify:          Run fettle optimise measure URL before and after, with --save: it compares both.
Cure:            See what the version that went live changed of the page: what it loads, what it
    waits for, what its scripts do; or take it back.
Ignore when:     The page does something else since then, that is worth it.
Cannot see:      Pages that nobody measures, and of people versions that nobody marks (fettle deploy
    mark), and what two of one day did: days are compared. What else changed meanwhile: where people
    come from, and with what. What is so for four weeks: it is how the page is then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Verdict
from fettle.model.page_stand import PageTurned
from fettle.model.quantity import Ratio, say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """What is worse by less than `medium` is not felt; at half as much again people leave.

    Below `clear` what was found is over: what swings around 10 % stays found.
    """

    medium: Ratio = Ratio(0.1)
    high: Ratio = Ratio(0.5)
    clear: Ratio = Ratio(0.05)


_NAMES = {
    "lcp": "its largest text or image is there after",
    "inp": "it answers a click after",
    "cls": "what people read moves by a score of",
}
# Below that much nobody notices, whatever share it is.
_LEAST = {"lcp": 50.0, "inp": 20.0, "cls": 0.01}


@check(limits=Limits)
def judge(rows: Sequence[PageTurned], limits: Limits) -> Iterator[Verdict]:
    """Judge each page by what it surely was, and surely is."""
    for row in rows:
        worse = row.now - row.was
        if row.surely <= row.at_most or worse < _LEAST[row.metric]:
            continue
        share = Ratio(worse / row.was) if row.was else Ratio(1)
        if share >= limits.medium:
            severity = Severity.HIGH if share >= limits.high else Severity.MEDIUM
            yield _finding(row, share, severity)


def _finding(row: PageTurned, share: Ratio, severity: Severity) -> Finding:
    was, now = (_say(row.metric, value) for value in (row.was, row.now))
    since = (
        f"{row.since:%d %b %Y, %H:%M} UTC" if row.version is None else f"{row.version} went live"
    )
    if row.people:
        how = f"more than {now} for one of four of {row.visits_since:,} visits as a {row.profile}"
        before = f"{was}, of {row.visits_before:,} before that"
    else:
        how, before = f"{now}, measured as a {row.profile},", f"{was} before that"
    unit = "" if row.metric == "cls" else "_ms"
    return Finding(
        f"{row.subject} {row.page}",
        severity,
        f"{_NAMES[row.metric]} {how} since {since}; it was {before}",
        metrics={
            f"{row.metric}_was{unit}": round(row.was, 4),
            f"{row.metric}{unit}": round(row.now, 4),
            "worse_ratio": round(share, 4),
        },
        recommendations=(
            f"See what {row.version} changed of that page, or take it back"
            if row.version
            else "See what changed of that page: fettle optimise trend, then analyse",
        ),
        about=(things.service(row.subject),),
    )


def _say(metric: str, value: float) -> str:
    if metric == "cls":
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return say_duration(timedelta(milliseconds=value))
