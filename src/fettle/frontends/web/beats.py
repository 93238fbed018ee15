"""How looks went, one after the other or day by day: as a bar, and in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fettle.frontends.report.target_document import WORST, DayDocument
from fettle.frontends.web import said
from fettle.model.quantity import say_share

_WIDE, _GAP, HIGH = 4, 1, 18


@dataclass(frozen=True)
class Bar:
    """A bar of looks: a path for each status, and what it says to those who cannot see it."""

    paths: Mapping[str, str]
    width: int
    says: str


@dataclass(frozen=True)
class Day:
    """A day of a target; `status` is the worst of it, `none` where nobody looked."""

    status: str
    says: str


def bar(statuses: Sequence[str], most: int) -> Bar:
    """Return the bar of the latest looks, the first of them first, at the right of room for all."""
    paths: dict[str, list[str]] = {}
    first = most - len(statuses)
    for place, status in enumerate(statuses):
        left = (first + place) * (_WIDE + _GAP)
        paths.setdefault(status, []).append(f"M{left} 0h{_WIDE}v{HIGH}h-{_WIDE}z")
    counted = Counter(statuses)
    told = ", ".join(f"{counted[one]} {one}" for one in reversed(WORST) if counted[one])
    says = f"The last {len(statuses)} looks: {told}" if statuses else "Nobody has looked yet"
    width = most * (_WIDE + _GAP) - _GAP
    return Bar({status: "".join(parts) for status, parts in paths.items()}, width, says)


def days(found: Sequence[DayDocument], today: date, number: int) -> Sequence[Day]:
    """Return so many days, today the last of them."""
    known = {one["day"]: one for one in found}
    every = [today - timedelta(days=back) for back in range(number - 1, -1, -1)]
    return [_day(one.isoformat(), known.get(one.isoformat())) for one in every]


def share_well(found: Sequence[DayDocument]) -> str | None:
    """Return the share of looks that saw it well, of those that saw anything; None of none.

    None, too, of what was never seen whole: no look can have seen it well.
    """
    counted: Counter[str] = Counter()
    for one in found:
        counted.update(one["looks"])
    if counted["unknown"] and not counted["ok"]:
        return None
    seen = sum(number for status, number in counted.items() if status != "unknown")
    return say_share(counted["ok"] / seen, 2) if seen else None


def _day(day: str, found: DayDocument | None) -> Day:
    if found is None:
        return Day("none", f"{said.day(day)}: nobody looked")
    looks = found["looks"]
    told = ", ".join(f"{looks[one]:,} {one}" for one in WORST if looks.get(one))
    return Day(found["status"], f"{said.day(day)}: {told}")
