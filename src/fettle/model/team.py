"""Who works on what, and whose turn it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from fettle.model.calendar import AroundTheClock, Calendar, moment_of

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Override:
    """Somebody else's turn, from a moment until before another."""

    start: datetime
    end: datetime
    member: str


@dataclass(frozen=True)
class Shift:
    """One turn: whose, from a moment until before another."""

    start: datetime
    end: datetime
    member: str


@dataclass(frozen=True)
class Rotation:
    """Members take turns of so many days, handed over at a local time, since a day.

    Before `since` the turns are counted backwards, so somebody has it at every moment. Raises
    ValueError for a rotation of nobody, turns shorter than a day, or an override that ends before
    it begins.
    """

    members: tuple[str, ...]
    zone: ZoneInfo
    since: date
    handover: time = time(9)
    days: int = 7
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("a rotation needs at least one member")
        if self.days < 1:
            raise ValueError("a turn is at least one day")
        for override in self.overrides:
            if override.end <= override.start:
                raise ValueError(f"the turn of {override.member} ends before it begins")

    def on_call(self, moment: datetime) -> str:
        """Return whose turn it is; of several overrides the one that was written last counts."""
        for override in reversed(self.overrides):
            if override.start <= moment < override.end:
                return override.member
        return self._regular(self._turn(moment))

    def shifts(self, start: datetime, end: datetime) -> Iterator[Shift]:
        """Yield the turns of a time, one after the other without a gap; the first and last cut."""
        moments = {start, end}
        turn = self._turn(start) + 1
        while (begins := self._begins(turn)) < end:
            moments.add(begins)
            turn += 1
        for override in self.overrides:
            moments |= {at for at in (override.start, override.end) if start < at < end}
        shift: Shift | None = None
        edges = sorted(moments)
        for begins, ends in pairwise(edges):
            member = self.on_call(begins)
            if shift is not None and shift.member == member:
                shift = Shift(shift.start, ends, member)
                continue
            if shift is not None:
                yield shift
            shift = Shift(begins, ends, member)
        if shift is not None:
            yield shift

    def whole(self, start: datetime, end: datetime) -> Iterator[Shift]:
        """Yield the turns that a time touches, uncut as far as they are no longer than others."""
        longest = max((one.end - one.start for one in self.overrides), default=timedelta())
        around = max(longest, timedelta(days=self.days + 1))  # in local time a day can be longer
        for shift in self.shifts(start - around, end + around):
            if shift.start < end and start < shift.end:
                yield shift

    def _turn(self, moment: datetime) -> int:
        """Return the number of the turn of a moment; the one that begins on `since` is 0."""
        day = moment.astimezone(self.zone).date()
        turn = (day - self.since).days // self.days
        while self._begins(turn) > moment:
            turn -= 1
        while self._begins(turn + 1) <= moment:
            turn += 1
        return turn

    def _begins(self, turn: int) -> datetime:
        return moment_of(self.since + turn * self.days * _DAY, self.handover, self.zone)

    def _regular(self, turn: int) -> str:
        return self.members[turn % len(self.members)]


@dataclass(frozen=True)
class Team:
    """People who work on issues together.

    `members` are the names of receivers by the names of people; `receivers` are told what the whole
    team is told. `categories` are those of issues that it takes where no service has an owner.
    """

    name: str
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    receivers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    rotation: Rotation | None = None
    hours: Calendar = field(default_factory=AroundTheClock)

    @property
    def all_receivers(self) -> tuple[str, ...]:
        """Whatever reaches anybody of it."""
        everybody = [name for names in self.members.values() for name in names]
        return tuple(dict.fromkeys([*self.receivers, *everybody]))

    def reached(self, who: str, moment: datetime) -> tuple[str, ...]:
        """Return the receivers of `on-call`, `team`, `everybody`, or one of its members.

        Where nobody takes turns it is the team's turn, and a team without receivers of its own is
        reached through its members. Nothing for a name that is not of this team.
        """
        if who == "on-call" and self.rotation is not None:
            return self.members.get(self.rotation.on_call(moment), ())
        if who in ("on-call", "team"):
            return self.receivers or self.all_receivers
        if who == "everybody":
            return self.all_receivers
        return self.members.get(who, ())
