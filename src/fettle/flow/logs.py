"""Logs: what came of them is learnt into templates, and what is news in them becomes signals.

1. Whoever has lines keeps what they come to as batches (intake.logs.digest): at the door, or where
   files are followed. Templates, their counts, how they stand and the signals about them become
   true together with the batches being gone, and what cannot be learnt dies alone (flow.turn).
2. A process remembers the templates of the logs that it took, as long as nobody else has changed
   them: a log's version says so.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fettle.engine.ledger import AWAY
from fettle.errors import FettleError, StoreUnreachable
from fettle.flow import log_errors
from fettle.flow.log_news import ByHour, Noticing, file, hour_of, signals_of
from fettle.flow.turn import Turn, alone
from fettle.intake.errors.terms import TermsFor, usual
from fettle.intake.logs import news
from fettle.intake.logs.digest import Digester
from fettle.intake.logs.errors import Raising
from fettle.intake.logs.growing import Grown, Growth
from fettle.model.log import Level, LogSource, LogTemplate
from fettle.model.ports import Clock
from fettle.settings.logs import LogsSettings
from fettle.store import deliveries, logs, open_lines
from fettle.store.deliveries import Counted
from fettle.store.logs import Batch, Came, Words
from fettle.store.open_lines import Overdue
from fettle.store.pool import Pool
from fettle.store.statements import Connection

_LOCK = 847010  # the advisory lock of who takes; no other in fettle has this number
_GROUP = 8  # batches
_STRETCH = 500  # kinds, between two pauses: some milliseconds
_REMEMBERED = 50  # logs
_FULL = 0.9  # of the templates that are told apart: from then on rare ones are let go of
_ROOM = 0.2
_GOES_ON_WITHIN = timedelta(seconds=5)  # a trace, with the next lines that are sent
_TOLD_EVERY = timedelta(seconds=3)  # pages, of logs to which something came

_log = logging.getLogger(__name__)


@dataclass
class Learning:
    """Takes what came of logs, in one process, and remembers their templates."""

    pool: Pool
    clock: Clock
    settings: LogsSettings
    terms_for: TermsFor = usual
    _noticing: Noticing = field(init=False)
    _known: dict[int, tuple[int, Growth]] = field(default_factory=dict)
    # What they are given is scrubbed.
    _digester: Digester = field(default_factory=lambda: Digester(str))
    _raising: dict[str, Raising] = field(default_factory=dict)
    _told_at: datetime | None = None

    def __post_init__(self) -> None:
        self._noticing = Noticing(self.clock, self.settings)

    async def take(self) -> int:
        """Take a group of what waits; return how many batches were taken."""
        with self._forgetting():
            return await Turn(_LOCK, "lines", _waiting, self._take, _bury).run(self.pool)

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """Forget what is remembered when what was learnt is not kept."""
        try:
            yield
        except BaseException:
            self._known.clear()
            raise

    async def tell_pages(self) -> None:
        """Say of which logs anything came; not with each batch, for there may be many a second."""
        now = self.clock.now()
        if self._told_at is None or now - self._told_at >= _TOLD_EVERY:
            self._told_at = now
            async with self.pool.connection() as connection:
                await logs.tell(connection)

    async def close(self) -> None:
        """Let the traces that nobody has gone on with be whole: errors, and lines like others."""
        now = self.clock.now()
        with suppress(StoreUnreachable):  # too much waits to be taken: they stay open until then
            async with self.pool.connection() as connection, connection.transaction():
                for one in await open_lines.overdue(connection, now - _GOES_ON_WITHIN):
                    await self._close_alone(connection, one, now)

    async def _close_alone(self, connection: Connection, one: Overdue, now: datetime) -> None:
        try:
            async with connection.transaction():
                await self._close(connection, one, now)
        except (*AWAY, FettleError):
            raise
        except Exception as mistake:  # noqa: BLE001 - the boundary: it is dropped alone
            _log.exception("a trace was not learnt")
            await _count_dead(connection, one.name, mistake, one.lines.count("\n") + 1)

    async def _close(self, connection: Connection, one: Overdue, now: datetime) -> None:
        self._digester.again(one.lines.split("\n"))
        digest = self._digester.digest()
        await logs.keep(connection, one.source, [digest], one.at, late=False)
        if one.name not in self._raising:
            terms = self.terms_for(one.name)
            self._raising[one.name] = Raising(terms.scrubbing, terms.quota())
        happened = self._raising[one.name].errors([digest], now)
        await log_errors.keep(connection, one.name, happened, now)

    async def _take(self, connection: Connection, batches: Sequence[Batch]) -> None:
        with self._forgetting():
            await self._learn_all(connection, batches)

    async def _learn_all(self, connection: Connection, batches: Sequence[Batch]) -> None:
        counted: Counter[Counted] = Counter()
        for source in await logs.lock(connection, sorted({one.source for one in batches})):
            mine = [one for one in batches if one.source == source.id]
            now, folded = await self._learn(connection, source, mine)
            lines = sum(one.digest.lines for one in mine)
            counted[Counted(source.name, news.VENDOR, "counted")] += lines
            if folded:
                many = f"more than {self.settings.most_an_hour} signals of it in an hour"
                counted[Counted(source.name, news.VENDOR, "suppressed", many)] += folded
            await logs.keep_source(connection, now)
        await deliveries.count(connection, counted)
        await logs.taken(connection, [one.id for one in batches])

    async def _learn(
        self, connection: Connection, source: LogSource, batches: Sequence[Batch]
    ) -> tuple[LogSource, int]:
        """Learn what came of a log; return how it stands, and how many signals were folded."""
        growth = await self._growth(connection, source)
        came = await _learnt(growth, batches)
        gone = await self._keep_words(connection, source, growth, came)
        rows = [
            Came(_id(one), hour, lines, late)
            for one, hours in came.items()
            for hour, (lines, late) in hours.by_hour.items()
        ]
        by_hour = await logs.count(connection, rows)
        stand = await logs.touch(
            connection,
            {_id(one): hours.lines for one, hours in came.items()},
            {_id(one): hours.last_at for one, hours in came.items()},
        )
        fresh = {_id(one) for one, hours in came.items() if hours.fresh}
        folded = await self._tell(connection, source, stand, fresh, by_hour, gone)
        now = self._gone_on(source, batches, folded)
        self._known[source.id] = now.version, growth
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        return now, folded

    async def _tell(
        self,
        connection: Connection,
        source: LogSource,
        stand: Sequence[LogTemplate],
        fresh: set[int],
        by_hour: ByHour,
        gone: Sequence[LogTemplate],
    ) -> int:
        """Keep and file what is news; return how many signals were folded."""
        told = await self._noticing.heard(connection, source, stand, fresh, by_hour)
        last = {one.template.id: one.template for one in told.news}
        await logs.stand(connection, list(last.values()))
        ended = [one for part in gone for one in news.all_over(source, part, "It is like another.")]
        signals = signals_of([*told.news, *ended])
        if source.silent_at is not None:
            signals.append(news.speaks(source))
        await file(connection, signals, self.clock.now())
        return told.folded

    def _gone_on(self, source: LogSource, batches: Sequence[Batch], folded: int) -> LogSource:
        now = self.clock.now()
        lines = source.lines + sum(one.digest.lines for one in batches)
        learnt_at = source.learnt_at
        enough = lines >= self.settings.learn_lines
        if learnt_at is None and (enough or now - source.begun_at >= self.settings.learn):
            learnt_at = now
        return replace(
            source,
            seen_at=max(source.seen_at, *(one.at for one in batches)),
            lines=lines,
            learnt_at=learnt_at,
            silent_at=None,
            version=source.version + 1,
            folded=source.folded + folded,
        )

    async def _growth(self, connection: Connection, source: LogSource) -> Growth:
        version, growth = self._known.pop(source.id, (None, None))
        if growth is None or version != source.version:
            rows = await logs.grown(connection, source.id)
            known = [
                Grown(
                    row["id"],
                    tuple(row["words"]),
                    row["level"] >= Level.ERROR,
                    row["example"],
                    Level(row["level"]),
                    row["raised"],
                )
                for row in rows
            ]
            growth = Growth(known, self.settings.most_templates)
        return growth

    async def _keep_words(
        self,
        connection: Connection,
        source: LogSource,
        growth: Growth,
        came: "Mapping[Grown, _Hours]",
    ) -> list[LogTemplate]:
        """Keep templates that are new, changed and gone; return those that are gone."""
        new = [one for one in came if one.id is None]
        ids = await logs.insert(connection, source.id, [_words(one, came[one]) for one in new])
        changed = [one for one in came if one.changed and one.id is not None]
        await logs.reword(connection, [_words(one, came[one]) for one in changed])
        for one, id_ in zip(new, ids, strict=True):
            one.id = id_
            came[one].fresh = True
        for one in came:
            one.changed = False
        into = {one.id: _id(one.last) for one in growth.merged if one.id is not None}
        growth.merged.clear()
        return await logs.merge(connection, into) if into else []

    async def look_again(self) -> None:
        """Look at what is over by the time alone, and at what does not come any more."""
        async with self.pool.connection() as connection:
            ids = await logs.every(connection)
        for id_ in ids:
            async with self.pool.connection() as connection, connection.transaction():
                if not await alone(connection, _LOCK):
                    return
                for source in await logs.lock(connection, [id_]):
                    await self._look_at(connection, source)

    async def _look_at(self, connection: Connection, source: LogSource) -> None:
        after, signals = await self._noticing.look_at(connection, source)
        if await self._fold(connection, source):
            after = replace(after, version=after.version + 1)
        await file(connection, signals, self.clock.now())
        if after != source:
            await logs.keep_source(connection, after)

    async def _fold(self, connection: Connection, source: LogSource) -> int:
        """Let go of rare templates of a log that has nearly as many as are told apart."""
        _, growth = self._known.get(source.id, (0, None))
        most = self.settings.most_templates
        if growth is None or len(growth) < _FULL * most:
            return 0
        before = self.clock.now() - timedelta(days=1)
        return await logs.fold(connection, source.id, before, int(_ROOM * most))


async def _waiting(connection: Connection) -> list[Batch]:
    return await logs.waiting(connection, _GROUP)


async def _bury(connection: Connection, batch: Batch, mistake: Exception) -> None:
    (source,) = await logs.lock(connection, [batch.source])
    reason = await _count_dead(connection, source.name, mistake, batch.digest.lines)
    if not await logs.bury(connection, batch.id, f"{reason}: {mistake}".removesuffix(": ")[:500]):
        await logs.taken(connection, [batch.id])


async def _count_dead(connection: Connection, name: str, mistake: Exception, lines: int) -> str:
    reason = f"a mistake in Fettle: {type(mistake).__name__}"
    await deliveries.count(connection, Counter({Counted(name, news.VENDOR, "dead", reason): lines}))
    return reason


@dataclass
class _Hours:
    """How many lines came in which hours, and late; when the first and the last of them did."""

    first_at: datetime
    last_at: datetime
    by_hour: dict[datetime, tuple[int, int]] = field(default_factory=dict)
    fresh: bool = False

    @property
    def lines(self) -> int:
        """How many came."""
        return sum(lines for lines, _ in self.by_hour.values())

    def add(self, at: datetime, hour: datetime, lines: int, late: int) -> None:
        """Count more."""
        self.last_at = max(self.last_at, at)
        before = self.by_hour.get(hour, (0, 0))
        self.by_hour[hour] = before[0] + lines, before[1] + late


async def _learnt(growth: Growth, batches: Sequence[Batch]) -> dict[Grown, _Hours]:
    """Learn what came; return it by templates, as they are once all is learnt."""
    found: list[tuple[Grown, Batch, int]] = []
    for batch in batches:
        for place, kind in enumerate(batch.digest.kinds):
            found.append((growth.learn(kind), batch, kind.lines))
            if place % _STRETCH == _STRETCH - 1:
                await asyncio.sleep(0)
    came: dict[Grown, _Hours] = {}
    for one, batch, lines in found:
        hours = came.setdefault(one.last, _Hours(batch.at, batch.at))
        hours.add(batch.at, hour_of(batch.at), lines, lines if batch.late else 0)
    return came


def _words(one: Grown, came: _Hours) -> Words:
    text = one.text
    bad = news.is_bad(one.level, text)
    return Words(one.id, one.words, text, one.example, one.level, bad, one.raised, came.first_at)


def _id(one: Grown) -> int:
    if one.id is None:
        raise AssertionError("a template that came was not kept")
    return one.id
