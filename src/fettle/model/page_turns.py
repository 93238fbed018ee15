"""When a page that is measured time and again got worse; pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from fettle.model.chance import SURE, chance, changed
from fettle.model.deploy import Deploy
from fettle.model.measurement import Profile
from fettle.model.page_history import MeasuredOnce
from fettle.model.page_stand import VITALS, PageTurned

_WELL_AGAIN = 0.05  # what comes so near to what it was is over


def alike(kept: Sequence[MeasuredOnce]) -> Iterator[Sequence[MeasuredOnce]]:
    """Yield the measurements of each page, the latest last.

    Those are of the machine that measured it last: figures of two are not compared.
    """
    last: dict[tuple[str, Profile], str] = {}
    found: dict[tuple[str, Profile], list[MeasuredOnce]] = {}
    for one in sorted(kept, key=lambda one: one.at, reverse=True):
        if last.setdefault((one.page, one.profile), one.machine) == one.machine:
            found.setdefault((one.page, one.profile), []).insert(0, one)
    yield from found.values()


def turns(
    subject: str, pages: Sequence[MeasuredOnce], live: Sequence[Deploy]
) -> Iterator[PageTurned]:
    """Yield what got surely worse from one measurement to the next, and was so in each since.

    `live` is what of the service went live, the latest first.
    """
    for metric in VITALS:
        known = [(one.at, values) for one in pages if (values := one.figures.get(metric))]
        for number, ((at, was), (then_at, then)) in enumerate(pairwise(known), 1):
            if not changed(was, then) or not all(_worse(was, now) for _, now in known[number:]):
                continue
            between = [one for one in live if at <= one.at < then_at]
            now = known[-1][1]
            yield PageTurned(
                subject=subject,
                page=pages[-1].page,
                profile=pages[-1].profile,
                metric=metric,
                version=", ".join(dict.fromkeys(one.version for one in between)) or None,
                since=between[0].at if between else then_at,
                was=median(was),
                at_most=median(was),
                now=median(now),
                surely=median(now),
                visits_before=len(was),
                visits_since=len(now),
                people=False,
            )
            break


def _worse(was: Sequence[float], now: Sequence[float]) -> bool:
    return median(now) > (1 + _WELL_AGAIN) * median(was) and chance(was, now) < SURE
