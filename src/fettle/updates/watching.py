"""What a look at the services of an update comes to: pure.

One look that finds something worse may have met a restart: two in a row are a regression. What is
only found out long after the watch was to end is blamed on nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fettle.model.quantity import say_count
from fettle.model.update_watch import UpdateWatch, WatchState

IN_A_ROW = 2
_GRACE = timedelta(minutes=2)


def is_due(watch: UpdateWatch, now: datetime) -> bool:
    """Whether it is time for a look."""
    return watch.looked_at is None or now - watch.looked_at >= watch.every


def is_late(watch: UpdateWatch, now: datetime) -> bool:
    """Whether it was to end so long ago that a look would tell nothing of the update."""
    return watch.until is not None and now > watch.until + max(2 * watch.every, _GRACE)


def closed_late(watch: UpdateWatch) -> UpdateWatch:
    """Return the end of a watch that nobody has kept to its end."""
    if watch.worse >= IN_A_ROW:
        return replace(watch, state=WatchState.WORSE)
    if watch.looks == 0:
        says = "nobody looked while it was to be watched: fettle up does, and fettle update watch"
        return replace(watch, state=WatchState.UNSEEN, says=says)
    says = f"{say_count(watch.looks, 'look', 'looks')} found nothing; then nobody looked any more"
    return replace(watch, state=WatchState.WELL, says=says)


def looked(watch: UpdateWatch, found: Sequence[str], now: datetime) -> UpdateWatch:
    """Return the watch after a look that has found these things worse than before."""
    seen = replace(watch, looks=watch.looks + 1, worse=watch.worse + 1 if found else 0)
    if seen.worse >= IN_A_ROW:
        return replace(seen, state=WatchState.WORSE, says="; ".join(found[:3]))
    over = watch.until is not None and now >= watch.until
    if over and not seen.worse:
        looks = say_count(seen.looks, "look", "looks")
        return replace(seen, state=WatchState.WELL, says=f"{looks} found nothing worse")
    return seen
