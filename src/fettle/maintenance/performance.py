"""How a week of all targets went beside those before it: what got worse, what fills up; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from fettle.maintenance import measures
from fettle.maintenance.weeks import WEEKS, Course, Week, course
from fettle.model.deploy import Deploy
from fettle.model.ports_upkeep import Kept, LatestLook
from fettle.model.quantity import say_count
from fettle.model.report import Point
from fettle.model.run import Json
from fettle.model.severity import Severity

# What grew by less than this share in all the weeks that are looked at is not felt.
_GROWN = 0.10
# A deploy hurts at once or within hours; clocks and hours differ by so much.
_AFTER_S, _BEFORE_S = 6 * 3_600, 3_600
# What is full later than that is no business of this year.
_HORIZON_DAYS = 365
_SOON_DAYS = 14
_LISTED = 60  # of each kind, the worst of them

Sense = Literal["worse", "better", "load"]


@dataclass(frozen=True)
class Moved:
    """A figure that left what was usual in the week, and stayed there.

    `sense` is `load` where it says only how much there was to do. `deploy` is the version of the
    target that went live just before.
    """

    figure: int
    target: str
    metric: str
    subject: str
    sense: Sense
    began: float
    was: float
    now: float
    deploy: str | None = None

    @property
    def share(self) -> float:
        """How far, as a share of what was usual."""
        return (self.now - self.was) / abs(self.was) if self.was else 1.0


@dataclass(frozen=True)
class Growing:
    """A figure that gets worse slowly: by how much a week, and its level now."""

    figure: int
    target: str
    metric: str
    subject: str
    a_week: float
    now: float


@dataclass(frozen=True)
class Filling:
    """Something that will be full: its share now, and in how many days; the latest may be never."""

    figure: int
    target: str
    metric: str
    subject: str
    now: float
    likely: float
    earliest: float
    latest: float | None

    @property
    def soon(self) -> bool:
        """Whether somebody has to make room now."""
        return self.likely <= _SOON_DAYS


@dataclass(frozen=True)
class Judged:
    """What the points of one figure say; `known` is whether they were enough to compare weeks."""

    known: bool
    moved: Moved | None = None
    growing: Growing | None = None
    filling: Filling | None = None


@dataclass(frozen=True)
class Compared:
    """What a week came to; `young` are the targets of which too little is known to compare it."""

    figures: int
    young: tuple[str, ...]
    moved: tuple[Moved, ...]
    growing: tuple[Growing, ...]
    filling: tuple[Filling, ...]

    @property
    def worse(self) -> Sequence[Moved]:
        """What got worse, the farthest first."""
        return [one for one in self.moved if one.sense == "worse"]


@dataclass(frozen=True)
class Bottleneck:
    """A finding of the latest look at a target; `worse` names what got worse there this week."""

    target: str
    severity: str
    title: str
    subject: str
    says: str
    worse: tuple[str, ...] = ()


def judge(kept: Kept, points: Sequence[Point], until: float) -> Judged:
    """Return what the hours of a figure say."""
    week = Week.of(points, until)
    unit, way = measures.unit(kept.metric), measures.worse(kept.metric)
    moved, gone = None, course(points)
    if (shift := week.shift(whole=unit == "ratio")) is not None:
        sense: Sense = "load" if way is None else "worse" if shift.way == way else "better"
        moved = Moved(*_name(kept), sense, shift.began, shift.was, shift.now)
    filling = _filling(kept, gone) if gone is not None and measures.fills(kept.metric) else None
    growing = None
    if moved is None and filling is None and way is not None and gone is not None:
        growing = _growing(kept, gone, 1 if way == "up" else -1, whole=unit == "ratio")
    return Judged(week.known, moved, growing, filling)


def _name(kept: Kept) -> tuple[int, str, str, str]:
    return kept.id, kept.target, kept.metric, kept.subject


def _growing(kept: Kept, gone: Course, sign: int, *, whole: bool) -> Growing | None:
    """Return that a figure surely gets worse, by what is felt in all the weeks."""
    surely = gone.least if sign > 0 else -gone.most
    grown = sign * gone.a_day * gone.days
    base = abs(gone.now - gone.a_day * gone.days)
    felt = max(_GROWN / 5 if whole else 0.0, _GROWN * base)
    if surely <= 0 or grown < felt:
        return None
    return Growing(*_name(kept), gone.a_day * 7, gone.now)


def _filling(kept: Kept, gone: Course) -> Filling | None:
    told = gone.full_in(1.0)
    if told is None or told[0] > _HORIZON_DAYS:
        return None
    return Filling(*_name(kept), gone.now, *told)


def beside(judged: Judged, deploys: Sequence[Deploy]) -> Judged:
    """Return what moved with the version that went live just before it did, where one did."""
    moved = judged.moved
    if moved is None or moved.sense == "better":
        return judged
    near = [one for one in deploys if -_BEFORE_S <= moved.began - one.at.timestamp() <= _AFTER_S]
    if not near:
        return judged
    nearest = min(near, key=lambda one: abs(moved.began - one.at.timestamp()))
    return replace(judged, moved=replace(moved, deploy=nearest.version))


def compared(figures: int, young: Sequence[str], found: Sequence[Judged]) -> Compared:
    """Return what a week came to: the worst of each kind first, so many of each."""
    moved = [one.moved for one in found if one.moved]
    growing = [one.growing for one in found if one.growing]
    filling = [one.filling for one in found if one.filling]
    order = ("worse", "load", "better")
    return Compared(
        figures,
        tuple(young),
        tuple(sorted(moved, key=lambda one: (order.index(one.sense), -abs(one.share))))[:_LISTED],
        tuple(sorted(growing, key=lambda one: -abs(one.a_week / (one.now or 1))))[:_LISTED],
        tuple(sorted(filling, key=lambda one: one.likely))[:_LISTED],
    )


def counted(listed: Sequence[object], what: str) -> str:
    """Return how many there are of what is listed, of which a list holds so many at most."""
    return say_count(len(listed), what) + (" or more" if len(listed) >= _LISTED else "")


def bottlenecks(looks: Sequence[LatestLook], week: Compared) -> Sequence[Bottleneck]:
    """Return what is beyond its limits now, where it also got worse first."""
    worse: dict[str, list[str]] = {}
    gone: tuple[Moved | Growing, ...] = (*week.worse, *week.growing)
    for one in gone:
        worse.setdefault(one.target, []).append(measures.named(one.metric, one.subject))
    found = [
        Bottleneck(
            look.target,
            str(one.severity),
            one.title,
            one.subject,
            one.says,
            tuple(worse.get(look.target, ())[:3]),
        )
        for look in looks
        for one in sorted(look.findings, key=lambda finding: -finding.severity)
        if one.severity >= Severity.MEDIUM
    ]
    found.sort(key=lambda one: (not one.worse, -Severity.named(one.severity)))
    return found[:_LISTED]


def broken(found: Sequence[Bottleneck], week: Compared) -> Iterator[str]:
    """Yield what is worse than was promised: beyond a limit and getting worse, or full soon."""
    for one in found:
        if one.worse and Severity.named(one.severity) >= Severity.HIGH:
            yield f"{one.target}: {one.title}, and {one.worse[0]} got worse this week"
    for full in week.filling:
        if full.soon:
            what = measures.named(full.metric, full.subject)
            yield f"{full.target}: {what} is full {in_days(full.likely)}"


def in_days(days: float) -> str:
    """Return how soon something is, for eyes."""
    if days < 1:
        return "today"
    return f"in about {days:.0f} days" if days < 60 else f"in about {days / 30:.0f} months"


# As it is kept between steps


def written(week: Compared) -> Json:
    """Return what a week came to, as it is kept."""
    return asdict(week)


def read(kept: Mapping[str, Any]) -> Compared:
    """Return what was kept."""
    return Compared(
        kept["figures"],
        tuple(kept["young"]),
        tuple(Moved(**one) for one in kept["moved"]),
        tuple(Growing(**one) for one in kept["growing"]),
        tuple(Filling(**one) for one in kept["filling"]),
    )


def read_bottlenecks(kept: Sequence[Mapping[str, Any]]) -> Sequence[Bottleneck]:
    """Return the bottlenecks that were kept."""
    return [Bottleneck(**{**one, "worse": tuple(one["worse"])}) for one in kept]


def since(until: datetime) -> datetime:
    """Return from when on figures are read for a week that ends at a moment."""
    return until - timedelta(weeks=WEEKS + 1)
