"""A dependency answers slowly.

Why it matters:  Whatever waits for it is as slow, and holds a worker and often a connection of the
    database meanwhile.
Verify:          Run curl -so /dev/null -w '%{time_starttransfer} %{time_total}' URL a few times.
Cure:            See what its provider says; give calls to it a time limit, keep what it said before
    where that may be a while old, and ask it in the background where nobody waits.
Ignore when:     It takes long by its nature, and nobody waits for it.
Cannot see:      How long real calls take, with a key and a body; how it is between two looks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Unknown, Verdict
from fettle.model.probed import Reached
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """Above 2 s whoever waits for a page that waits for it notices.

    The better of two times counts, so that one packet that was lost is not taken for slowness.
    Below `clear` it is over.
    """

    medium: timedelta = timedelta(seconds=2)
    clear: timedelta = timedelta(seconds=1.6)


@check(limits=Limits)
def judge(rows: Sequence[Reached], limits: Limits) -> Iterator[Verdict]:
    """Grade each dependency that answered by the time of its whole answer."""
    for row in rows:
        if not row.good or row.whole_s is None:
            yield Unknown(
                f"{row.subject} gave no good answer whose time could be judged",
                "see what dependency_unavailable found",
            )
            continue
        yield Measurement("dependency_answer_s", round(row.whole_s, 4))
        for name, seconds in row.parts.items():
            figure = f"dependency_{name.lower().replace(' ', '_')}_s"
            yield Measurement(figure, round(seconds, 4))
        took = timedelta(seconds=row.whole_s)
        if took > limits.medium:
            yield _finding(row, took)


def _finding(row: Reached, took: timedelta) -> Finding:
    cut = f"; {row.cut}" if row.cut else ""
    return Finding(
        row.subject,
        Severity.MEDIUM,
        f"its answer took {say_duration(took)}: {row.spent}{cut}",
        metrics={"answer_s": round(took.total_seconds(), 3)},
        evidence=tuple(row.tries),
        recommendations=(
            *row.advice[:1],
            "Give calls to it a time limit, shorter than those who wait for your own answer have",
            "Keep what it said before, where that may be a while old",
            "See whether another provider, or another region of this one, is nearer",
        ),
        about=(things.dependency(row.subject),),
    )
