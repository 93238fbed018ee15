"""What is news of logs: seen when lines are taken, and looked at again as time passes.

1. What is new and what rises is seen when it comes; what comes again has not vanished.
2. What is over by the time alone, and what has vanished, is seen when it is looked at again. A
   process that has just begun misses nothing yet: those who send may still be catching up.
3. In an hour a log has at most so many signals as are set: the gravest go first, the rest is
   counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fettle.errors import NotFound
from fettle.intake import own
from fettle.intake.logs import news, rising, vanishing
from fettle.intake.logs.news import News
from fettle.model.log import LogSource, LogState, LogTemplate
from fettle.model.ports import Clock
from fettle.model.signal import Signal
from fettle.settings.logs import LogsSettings
from fettle.store import deliveries, logs
from fettle.store.deliveries import Arrived
from fettle.store.logs import Named
from fettle.store.statements import Connection

HOUR = timedelta(hours=1)
_REMEMBERED = 100_000  # templates
_CATCHING_UP = 3  # hours, at most, that who sends may need once Fettle is back
_MISSED_AT_MOST = timedelta(days=3)  # what is gone for longer was not regular, or was not seen

# How many lines of a template an hour has brought by now.
ByHour = Counter[tuple[int, datetime]]


@dataclass(frozen=True)
class Told:
    """The news of a log, and how many signals were not told because too many were."""

    news: tuple[News, ...] = ()
    folded: int = 0


@dataclass
class Noticing:
    """Sees what is news, in one process; remembers what was usual of which template.

    Whoever calls has locked the log, and files the signals.
    """

    clock: Clock
    settings: LogsSettings
    _usual: dict[int, tuple[datetime, int | None]] = field(default_factory=dict)
    _patience: dict[int, tuple[datetime, int | None]] = field(default_factory=dict)
    _folded: dict[int, datetime] = field(default_factory=dict)
    _since: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock.now()

    async def heard(
        self,
        connection: Connection,
        source: LogSource,
        came: Sequence[LogTemplate],
        fresh: set[int],
        by_hour: ByHour,
    ) -> Told:
        """Return what is news of templates that came; `fresh` are those that never came before."""
        heard = [one for one in came if one.muted_at is None and not one.raised]
        back = [news.returned(source, one) for one in heard if one.vanished_at is not None]
        back += [
            ended
            for one in came
            if one.raised
            for ended in news.all_over(source, one, "It has a trace: the error is told instead.")
        ]
        if source.learnt_at is None:
            return Told(tuple(back))
        now = self.clock.now()
        bad = [one for one in heard if one.id in fresh and one.bad]
        begun = [news.appeared(source, one, now) for one in bad]
        begun += await self._risen(connection, source, heard, by_hour)
        begun.sort(key=_gravest_first)
        told, rest = await self._within(connection, source, begun)
        return Told((*back, *told), self._newly_folded(rest, now))

    async def _within(
        self, connection: Connection, source: LogSource, begun: Sequence[News]
    ) -> tuple[Sequence[News], Sequence[News]]:
        """Return what may be told in this hour, and what is too much."""
        if not begun:
            return (), ()
        told = await logs.told(connection, source.id, self.clock.now() - HOUR)
        room = max(0, self.settings.most_an_hour - told)
        return begun[:room], begun[room:]

    def _newly_folded(self, rest: Sequence[News], now: datetime) -> int:
        """Count what is too much; what rises is found again with each batch, and counted once."""
        hour = hour_of(now)
        new = [one for one in rest if self._folded.get(one.template.id) != hour]
        _bound(self._folded)
        self._folded.update((one.template.id, hour) for one in new)
        return len(new)

    async def _risen(
        self,
        connection: Connection,
        source: LogSource,
        heard: Sequence[LogTemplate],
        by_hour: ByHour,
    ) -> list[News]:
        now = self.clock.now()
        hour = hour_of(now)
        calm = [one for one in heard if not (one.rising_at or one.new_at or one.vanished_at)]
        many = {one.id: one for one in calm if rising.rise(by_hour[one.id, hour], 0) is not None}
        usual = await self._usual_of(connection, many, hour)
        return [
            news.rose(source, one, risen, now)
            for id_, one in many.items()
            if (risen := rising.rise(by_hour[id_, hour], usual[id_])) is not None
        ]

    async def _usual_of(
        self, connection: Connection, templates: Mapping[int, LogTemplate], hour: datetime
    ) -> dict[int, int | None]:
        """Return what is usual of templates in an hour; each is read once in it."""
        unknown = [id_ for id_ in templates if self._usual.get(id_, (None,))[0] != hour]
        if unknown:
            _bound(self._usual)
            since = hour - rising.REMEMBERED * HOUR
            found = await logs.hours(connection, unknown, since)
            for id_ in unknown:
                begun = max(hour_of(templates[id_].first_at) + HOUR, since)
                came = found.get(id_, {})
                past = [came.get(one, 0) for one in range(_number(begun), _number(hour))]
                self._usual[id_] = hour, rising.usual(past)
        return {id_: self._usual[id_][1] if id_ in self._usual else None for id_ in templates}

    # What time brings

    async def look_at(
        self, connection: Connection, source: LogSource
    ) -> tuple[LogSource, list[Signal]]:
        """Look again at a log; keep how its templates stand, and return it and its signals."""
        now = self.clock.now()
        told = await self._over(connection, source, now)
        signals: list[Signal] = []
        after = source
        if (ended := news.given_up(source, now)) is not None:
            signals.append(ended)
            after = replace(source, silent_at=None, learnt_at=None)  # should it come, it is learnt
        elif source.learnt_at is not None and source.silent_at is None:
            if (silent := await self._silent(connection, source, now)) is not None:
                signals.append(silent)
                after = replace(source, silent_at=now)
            elif now - source.seen_at < HOUR:
                gone = await self._vanished(connection, source, now)
                told += (await self._within(connection, source, gone))[0]
        await logs.stand(connection, [one.template for one in told])
        return after, [*signals, *signals_of(told)]

    async def _over(self, connection: Connection, source: LogSource, now: datetime) -> list[News]:
        firing = await logs.firing(connection, source.id)
        last = hour_of(now) - HOUR
        high = [one.id for one in firing if one.rising_at is not None and one.rising_at < last]
        came = await logs.hours(connection, high, last) if high else {}
        told = []
        for one in firing:
            ended = news.in_time(source, one, now, self.settings.quiet)
            if ended is None and one.id in high:
                lines = came.get(one.id, {}).get(_number(last), 0)
                if rising.is_calm(lines, one.usual or 0):
                    why = f"The last whole hour brought {lines:,} lines."
                    ended = news.over(source, one, LogState.RISING, why)
            if ended is not None:
                told.append(ended)
        return told

    async def _silent(
        self, connection: Connection, source: LogSource, now: datetime
    ) -> Signal | None:
        if now - source.seen_at < 2 * HOUR:
            return None
        since = now - vanishing.HOURS * HOUR
        hours = vanishing.patience(await logs.hours_of_source(connection, source.id, since))
        if hours is None or not self._is_missed(source.seen_at, hours, now):
            return None
        return news.fell_silent(source, hours)

    async def _vanished(
        self, connection: Connection, source: LogSource, now: datetime
    ) -> list[News]:
        """Return what has vanished from a log that still speaks."""
        quiet = await logs.quiet(connection, source.id, now - _MISSED_AT_MOST, now - 2 * HOUR)
        unknown = [one for one in quiet if self._patience.get(one.id, (None,))[0] != one.last_at]
        if unknown:
            _bound(self._patience)
            since = now - vanishing.HOURS * HOUR
            came = await logs.hours(connection, [one.id for one in unknown], since)
            for one in unknown:
                hours = vanishing.patience(sorted(came.get(one.id, ())))
                self._patience[one.id] = one.last_at, hours
        gone = []
        for one in quiet:
            _, hours = self._patience.get(one.id, (None, None))
            if hours is not None and self._is_missed(one.last_at, hours, now):
                gone.append(news.vanished(source, one, hours, now))
        return gone

    def _is_missed(self, last_at: datetime, hours: int, now: datetime) -> bool:
        long_enough = now - self._since > min(hours, _CATCHING_UP) * HOUR
        return long_enough and now - last_at > hours * HOUR


def _bound(remembered: dict[int, tuple[datetime, int | None]] | dict[int, datetime]) -> None:
    if len(remembered) > _REMEMBERED:
        remembered.clear()


async def file(connection: Connection, signals: Iterable[Signal], now: datetime) -> None:
    """File signals about logs, in the caller's transaction."""
    if filed := list(signals):
        arrived = Arrived(now, news.SOURCE, own.VENDOR, {}, own.written(filed))
        await deliveries.keep(connection, [arrived])


def signals_of(told: Iterable[News]) -> list[Signal]:
    """Return the signals of news."""
    return [one.signal for one in told if one.signal is not None]


async def mute(connection: Connection, id_: int, actor: str, now: datetime) -> Named:
    """Say that nothing of a template is news, in the caller's transaction; raises NotFound."""
    found, source = await _to_change(connection, id_)
    ended = news.all_over(source, found.template, f"{actor} muted it.")
    stands = ended[-1].template if ended else found.template
    if stands.muted_at is None:
        stands = replace(stands, muted_at=now, muted_by=actor)
    await logs.stand(connection, [stands])
    await file(connection, signals_of(ended), now)
    return replace(found, template=stands)


async def unmute(connection: Connection, id_: int) -> Named:
    """Let a template be news again, in the caller's transaction; raises NotFound."""
    found, _ = await _to_change(connection, id_)
    stands = replace(found.template, muted_at=None, muted_by=None)
    await logs.stand(connection, [stands])
    return replace(found, template=stands)


async def _to_change(connection: Connection, id_: int) -> tuple[Named, LogSource]:
    """Return a template as it is once its log is locked: whoever takes lines locks that first."""
    found = await logs.template(connection, id_)
    if found is not None:
        (source,) = await logs.lock(connection, [found.template.source])
        if (again := await logs.template(connection, id_)) is not None:
            return again, source
    raise NotFound(f"there is no template t{id_}", remedy="GET /api/v1/logs/templates lists them")


def hour_of(moment: datetime) -> datetime:
    """Return the hour that a moment is in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _number(hour: datetime) -> int:
    return int(hour.timestamp()) // 3600


def _gravest_first(one: News) -> tuple[int, int]:
    return -one.template.level.value, one.template.id
