"""How a bug stands, and what of it is news: new, ongoing, escalating, regressed, resolved, muted.

1. A bug is new until it was known for a week, then it goes on. One that somebody else has known
   before is no news.
2. Resolved it is held for until an event shows that it is not: any that happened later; one of a
   newer release; any after the next deploy. Those on their way from before, and those of releases
   that never had the fix, show nothing.
3. Muted it is quiet until a moment, so many events, or so many an hour; then it goes on, and the
   last two are news.
4. It escalates when the events of an hour are far more than is usual for it, and goes on when it is
   calm again, or when that many have become usual.

Pure: each function is of the group and of what happened, and of nothing else. Whoever calls it has
the group locked. People's moves raise Refused for what may not be done.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fettle.errors import Refused
from fettle.intake.errors.releases import is_newer
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, GroupState, Muting, Resolution, ResolvedBy

# How long a bug is new, or is said to have come back.
SETTLES = timedelta(days=7)
# The hours that say what is usual: a week, since most work has its days.
LOOKS_BACK = timedelta(days=7)
_HOUR = timedelta(hours=1)
# Before a day was seen nothing is usual.
_FEWEST_HOURS = 24
# The hour that 39 of 40 stay below: an hour's peak on each day is usual, one burst is not until it
# has lasted for five hours.
_USUAL = 0.975
# Fewer events in an hour disturb nobody; so far above the usual is neither chance, which for a
# Poisson count stays below five standard deviations, nor a daily peak.
_FEWEST, _DEVIATIONS, _TIMES = 20, 5, 2
# It is calm again when so many hours stay at half of what made it escalate.
_CALM_HOURS = 3
_CALM = 0.5

_LIVE = (GroupState.NEW, GroupState.ONGOING, GroupState.REGRESSED)


class News(StrEnum):
    """What people are told of a bug."""

    NEW = "new"
    REGRESSED = "regressed"
    ESCALATING = "escalating"
    ASKED = "asked"
    TOOK_IN = "took-in"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Changed:
    """A group after something happened: how it stood before, and why it stands otherwise.

    `news` is what people are to be told, None when they need not be.
    """

    group: ErrorGroup
    news: News | None = None
    was: GroupState | None = None
    why: str = ""


def first(project: UUID, event: ErrorEvent, at: datetime, title: str, culprit: str) -> Changed:
    """Return the group that an event of an unknown bug makes; `at` is when it was received."""
    since = at if event.since is None else min(event.since, at)
    group = ErrorGroup(
        id=0,
        project=project,
        title=title,
        culprit=culprit,
        level=event.level,
        state=GroupState.NEW if at - since < SETTLES else GroupState.ONGOING,
        events=1,
        first_seen=since,
        last_seen=at,
        first_release=event.release,
        last_release=event.release,
    )
    if event.since is not None:
        return Changed(group, None, None, "it was known elsewhere")
    return Changed(group, News.NEW, None, "it was never seen before")


def on_event(
    group: ErrorGroup, event: ErrorEvent, at: datetime, releases: Sequence[str]
) -> Changed:
    """Count an event that was received at a moment, and say what it changes.

    `releases` are the project's, its own among them, in the order in which they were first seen.
    """
    counted = _counted(group, event, at, releases)
    if group.state is GroupState.RESOLVED:
        return _resolved(counted, event, at, releases)
    if group.state is GroupState.MUTED:
        return _muted(counted, event, at)
    return _settled(counted, at)


def on_count(group: ErrorGroup, number: int, first_seen: datetime, last_seen: datetime) -> Changed:
    """Count events that happened, and of which nothing more is known."""
    counted = replace(
        group,
        events=group.events + number,
        first_seen=min(group.first_seen, first_seen),
        last_seen=max(group.last_seen, last_seen),
    )
    muting = counted.muting
    if counted.state is not GroupState.MUTED or muting is None or muting.events is None:
        return Changed(counted)
    if muting.events > number:
        return Changed(replace(counted, muting=replace(muting, events=muting.events - number)))
    return _loud(counted, "as many came as it was muted for")


def on_hour(
    group: ErrorGroup,
    hours: Mapping[datetime, int],
    now: datetime,
    known_from: datetime | None = None,
) -> Changed:
    """Look at a group once in a while; `hours` are its events by hour since LOOKS_BACK ago.

    Before `known_from` nobody knows how many there were; None: since it was first seen.

    To be asked for each that is new, regressed, escalating or muted, and for those that go on when
    they had events lately.
    """
    if group.state is GroupState.MUTED:
        return _muted_for(group, hours, now)
    if group.state is GroupState.RESOLVED:
        return Changed(group)
    usual = _usual(max(group.first_seen, known_from or group.first_seen), hours, now)
    if group.state is GroupState.ESCALATING:
        return _calmed(group, hours, now, usual)
    if usual is not None and (number := hours.get(_hour(now), 0)) > usual.most:
        why = f"{number:,} in this hour; usually at most {usual.hour:,} come in one"
        return _become(group, GroupState.ESCALATING, why, News.ESCALATING)
    return _settled(group, now)


def on_deploy(group: ErrorGroup, at: datetime) -> Changed:
    """Let what was to be resolved by the next deploy be so from when that went live on."""
    resolution = group.resolution
    if group.state is not GroupState.RESOLVED or resolution is None:
        return Changed(group)
    if resolution.by is not ResolvedBy.DEPLOY or at < resolution.at:
        return Changed(group)
    from_now = replace(resolution, by=ResolvedBy.NOW, at=at)
    return Changed(replace(group, resolution=from_now), None, group.state, "the fix went live")


def resolve(
    group: ErrorGroup, at: datetime, actor: str, by: ResolvedBy, release: str | None
) -> Changed:
    """Say that it is fixed; `release` is the newest of the project's that was seen, if any was."""
    if group.state is GroupState.RESOLVED:
        raise Refused("the error is resolved already", remedy=f"fettle error reopen {group.id}")
    if by is ResolvedBy.NEXT_RELEASE and release is None:
        raise Refused(
            "no release of the application was ever seen, so that there is no next one",
            remedy="let its error library send the release, or resolve the error from now on",
        )
    fixed = replace(group, resolution=Resolution(at, by, actor, release), muting=None)
    return _become(fixed, GroupState.RESOLVED, f"{actor} has resolved it", News.RESOLVED)


def reopen(group: ErrorGroup, at: datetime, actor: str) -> Changed:  # noqa: ARG001 - as the others
    """Say that it is not fixed after all."""
    if group.state is not GroupState.RESOLVED:
        raise Refused(f"the error is open: it is {group.state}")
    opened = replace(group, resolution=None)
    return _become(opened, GroupState.ONGOING, f"{actor} has reopened it")


def mute(group: ErrorGroup, muting: Muting) -> Changed:
    """Let it be quiet until what `muting` says, or until somebody unmutes it."""
    if group.state is GroupState.RESOLVED:
        raise Refused("the error is resolved", remedy=f"fettle error reopen {group.id}")
    if muting.until is not None and muting.until <= muting.at:
        raise Refused(f"{muting.until:%Y-%m-%d %H:%M} UTC has passed", remedy="name a later moment")
    for number in (muting.events, muting.events_an_hour):
        if number is not None and number < 1:
            raise Refused(f"muted until {number} events came", remedy="name a number from 1 on")
    quiet = replace(group, muting=muting, resolution=None)
    return _become(quiet, GroupState.MUTED, f"{muting.actor} has muted it")


def unmute(group: ErrorGroup, at: datetime, actor: str) -> Changed:  # noqa: ARG001 - as the others
    """Let it be heard of again."""
    if group.state is not GroupState.MUTED:
        raise Refused(f"the error is not muted: it is {group.state}")
    heard = replace(group, muting=None)
    return _become(heard, GroupState.ONGOING, f"{actor} has unmuted it")


def _counted(
    group: ErrorGroup, event: ErrorEvent, at: datetime, releases: Sequence[str]
) -> ErrorGroup:
    release, last = event.release, group.last_release
    newer = release is not None and (last is None or is_newer(release, last, releases))
    return replace(
        group,
        events=group.events + 1,
        first_seen=min(group.first_seen, at),
        last_seen=max(group.last_seen, at),
        first_release=group.first_release or release,
        last_release=release if newer else last,
    )


def _become(group: ErrorGroup, state: GroupState, why: str, news: News | None = None) -> Changed:
    return Changed(replace(group, state=state), news, group.state, why)


def _settled(group: ErrorGroup, at: datetime) -> Changed:
    """Let what was new, or had come back, go on after a while."""
    since = group.first_seen if group.state is GroupState.NEW else None
    if group.state is GroupState.REGRESSED and group.resolution is not None:
        since = group.resolution.undone_at
    if since is None or at - since < SETTLES:
        return Changed(group)
    why = f"it is known for {SETTLES.days} days"
    return _become(replace(group, resolution=None), GroupState.ONGOING, why)


def _resolved(
    group: ErrorGroup, event: ErrorEvent, at: datetime, releases: Sequence[str]
) -> Changed:
    resolution = group.resolution
    if resolution is None or (why := _shows(resolution, event, at, releases)) is None:
        return Changed(group)
    undone = replace(group, resolution=replace(resolution, undone_at=at))
    return _become(undone, GroupState.REGRESSED, why, News.REGRESSED)


def _shows(
    resolution: Resolution, event: ErrorEvent, at: datetime, releases: Sequence[str]
) -> str | None:
    """Return how an event shows that a bug is not resolved; None when it does not."""
    match resolution.by:
        case ResolvedBy.NOW:
            after = min(event.at, at) > resolution.at
            return f"it happened after {_said(resolution.at)}" if after else None
        case ResolvedBy.NEXT_RELEASE:
            release, than = event.release, resolution.release
            if release is None or than is None or not is_newer(release, than, releases):
                return None
            return f"it happened in {release}, and was to be gone after {than}"
        case ResolvedBy.DEPLOY:  # until on_deploy has told of one
            return None


def _muted(group: ErrorGroup, event: ErrorEvent, at: datetime) -> Changed:
    muting = group.muting
    if muting is None or (muting.until is not None and at >= muting.until):
        return _heard(group, "the time has passed that it was muted for")
    if muting.events is None or min(event.at, at) <= muting.at:
        return Changed(group)
    if muting.events > 1:
        return Changed(replace(group, muting=replace(muting, events=muting.events - 1)))
    return _loud(group, "as many came as it was muted for")


def _muted_for(group: ErrorGroup, hours: Mapping[datetime, int], now: datetime) -> Changed:
    muting = group.muting
    if muting is None or (muting.until is not None and now >= muting.until):
        return _heard(group, "the time has passed that it was muted for")
    # Of the hour in which it was muted nobody knows what came before that.
    number = hours.get(_hour(now), 0) if _hour(now) > muting.at else 0
    if muting.events_an_hour is None or number < muting.events_an_hour:
        return Changed(group)
    return _loud(group, f"{number:,} came in this hour")


def _heard(group: ErrorGroup, why: str) -> Changed:
    return _become(replace(group, muting=None), GroupState.ONGOING, why)


def _loud(group: ErrorGroup, why: str) -> Changed:
    """End the quiet because there is more than whoever muted it wanted to hear nothing of."""
    return _become(replace(group, muting=None), GroupState.ESCALATING, why, News.ESCALATING)


@dataclass(frozen=True)
class _Usual:
    """How many events an hour usually has at most; from more than `most` on it escalates."""

    hour: int

    @property
    def most(self) -> int:
        far = max(_TIMES * self.hour, self.hour + _DEVIATIONS * math.sqrt(self.hour))
        return max(_FEWEST, math.ceil(far))


def _usual(since: datetime, hours: Mapping[datetime, int], now: datetime) -> _Usual | None:
    """Return what is usual for a group that is known since a moment; None while nothing is."""
    this = _hour(now)
    begun = max(_hour(since) + _HOUR, _hour(now - LOOKS_BACK) + _HOUR)
    whole = (this - begun) // _HOUR
    if whole < _FEWEST_HOURS:
        return None
    counts = sorted(number for hour, number in hours.items() if begun <= hour < this)
    counts = [0] * (whole - len(counts)) + counts
    return _Usual(counts[math.ceil(_USUAL * len(counts)) - 1])


def _calmed(
    group: ErrorGroup, hours: Mapping[datetime, int], now: datetime, usual: _Usual | None
) -> Changed:
    most = usual.most if usual is not None else _FEWEST
    last = [hours.get(_hour(now) - back * _HOUR, 0) for back in range(_CALM_HOURS)]
    if max(last) <= _CALM * most:
        why = f"at most {max(last):,} came in each of the last {_CALM_HOURS} hours"
        return _become(group, GroupState.ONGOING, why)
    if usual is not None and max(last) <= usual.hour:
        return _become(group, GroupState.ONGOING, f"{usual.hour:,} in an hour are usual by now")
    return Changed(group)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
