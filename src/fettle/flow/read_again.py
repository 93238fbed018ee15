"""Errors that came before the source maps of their build are read again, and joined to their like.

1. Whoever uploads maps asks for it in the same transaction, where maps could say more of anything
   that is kept. A run of the engine reads it, some keys at a time, one run of a project at once.
2. A key whose events, those of each release, all come to one other key by now is that bug. Where
   that key has a group of its own, the two become one, as when a person merges them; where it is
   new, it is made, so that what comes finds what is known. `split` takes either back.
3. A key is joined once: whoever takes it apart is not contradicted by the next upload. Its events
   stay with it (decision 13). A key whose events come to several others stays as it is.
4. Until the run has ended, a minute at most, the project's new events wait, so that none of them
   makes news of what is known; and nobody digests while two are joined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.flow import digest, error_news
from fettle.flow import errors as flow
from fettle.flow.errors import Merging
from fettle.flow.source_maps import Readable
from fettle.flow.tend import Desk
from fettle.intake.errors import grouping, one_bug
from fettle.intake.errors.one_bug import Half
from fettle.intake.errors.rules import GroupingRules
from fettle.intake.errors.source_maps import wanted
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, GroupKey
from fettle.model.run import Json
from fettle.store import access, error_counts, errors, rereading
from fettle.store.errors import HeldKey, NewKey, PlacedKey
from fettle.store.pool import Pool
from fettle.store.rereading import Unread
from fettle.store.statements import Connection
from fettle.triage.moves import By

RUN = "read-errors-again"
ACTOR = "fettle"
_HELD = timedelta(minutes=1)
_PART = 20  # keys, of 20 events at most: some tenths of a second
_WHY = "with the source maps of their build both read alike"


@dataclass(frozen=True)
class Read:
    """A key that was read again: the key that its events come to, and the latest of them."""

    unread: Unread
    key: GroupKey
    latest: ErrorEvent

    @property
    def place(self) -> PlacedKey:
        """What that key is kept under."""
        return self.unread.place[0], self.key.key, self.key.version


async def ask(connection: Connection, engine: Engine, project: UUID, now: datetime) -> None:
    """Let a project's errors be read again, where maps could say more of any."""
    if not await rereading.any_unread(connection, project):
        return
    until = now + _HELD
    await rereading.hold(connection, project, now, until)
    given = {"project": str(project), "until": until.isoformat()}
    await engine.start(connection, RUN, given, kind=RUN, target=f"errors of {project}")


@dataclass(frozen=True)
class ReadingAgain:
    """What it takes, and the run, to be registered in the engine."""

    pool: Pool
    desk: Desk
    rules: GroupingRules
    readable: Readable = field(default_factory=Readable)

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {RUN: self._run}

    async def _run(self, run: Run, given: Json) -> Json:
        told = cast("Mapping[str, str]", given)
        project, until = UUID(told["project"]), datetime.fromisoformat(told["until"])
        after: int | None = 0
        joined = 0
        while after is not None:
            part = await run.step(f"after key {after}", self._part, project, after, retries=3)
            after, more = cast("tuple[int | None, int]", part)
            joined += more
        await run.step("go on", self._go_on, project, until, retries=3)
        return {"joined": joined}

    async def _part(self, project: UUID, after: int) -> Json:
        """Read some keys again; return the last of them, and how many were joined with others."""
        now = self.desk.clock.now()
        async with self.pool.connection() as connection:
            keys = await rereading.unread(connection, project, after, _PART)
            read = [await self._read(connection, one, now) for one in keys]
        joined = 0
        for one in read:
            if one is not None and one.place != one.unread.place:
                joined += await self._join(one, now)
        return [keys[-1].id if keys else None, joined]

    async def _read(self, connection: Connection, unread: Unread, now: datetime) -> Read | None:
        """Read the events of a key; None where they come to several, or maps could say more."""
        project = unread.place[0]
        given = [(project, errors.read(body)) for body in unread.bodies]
        events = await self.readable.all(connection, given, now)
        found = {grouping.group_key(event, self.rules).key for event in events}
        if len(found) != 1:
            return None
        read = Read(unread, grouping.group_key(events[0], self.rules), events[0])
        if read.place == unread.place and not any(map(wanted, events)):
            await rereading.note_read(connection, [unread.id], now)
        return read

    async def _go_on(self, project: UUID, until: datetime) -> None:
        async with self.pool.connection() as connection:
            await rereading.go_on(connection, project, until)

    async def _join(self, read: Read, now: datetime) -> bool:
        """Let a key and the one that it reads as be of one group; whether they were not."""
        async with self.pool.connection() as connection, connection.transaction():
            await digest.stop(connection)
            known = await rereading.placed(connection, [read.unread.place, read.place])
            held = await errors.lock_keys(connection, {one.group for one in known.values()})
            if not {one.id for one in known.values()} <= {key.id for key in held}:
                return False  # somebody has moved one just now; the next upload looks again
            groups = await errors.to_change(connection, {key.group for key in held})
            old, new = known[read.unread.place], known.get(read.place)
            if new is None:
                await self._named(connection, groups[old.group], read)
                reads_as = await self._made(connection, old.group, read)
            else:
                await self._one(connection, groups, held, read)
                reads_as = new.id
            await rereading.note_read(connection, [old.id], now, reads_as=reads_as)
        return len(groups) > 1 or new is None

    async def _made(self, connection: Connection, group: int, read: Read) -> int:
        """Make the key that comes from now on, in the group that is known; return its id."""
        wants = bool(wanted(read.latest))
        key = NewKey(read.place[0], read.key, group, read.unread.first_seen, wants)
        (id_,) = await errors.insert_keys(connection, [key])
        return id_

    async def _one(
        self,
        connection: Connection,
        groups: Mapping[int, ErrorGroup],
        held: Sequence[HeldKey],
        read: Read,
    ) -> None:
        """Let two groups become one."""
        if len(groups) < 2:
            return
        project = read.place[0]
        names = await errors.project_names(connection, [project])
        releases = await error_counts.releases(connection, [project])
        one, other = [await self._half(connection, group, held) for group in groups.values()]
        kept = one_bug.goes_on(one, other, releases.get(project, ()))
        merged = other.group if kept is one.group else one.group
        by = By(ACTOR, self.desk.clock.now())
        merging = Merging(names[project], f"it is error {kept.id}: {_WHY}", by)
        whole = await flow.become_one(connection, self.desk, merging, (kept, [merged]), held)
        await self._named(connection, whole, read)
        subject = f"error {merged.id} into {kept.id}"
        await access.write_audit(connection, ACTOR, "join errors", subject, None, {"why": _WHY})

    async def _half(
        self, connection: Connection, group: ErrorGroup, held: Sequence[HeldKey]
    ) -> Half:
        keys = [key.id for key in held if key.group == group.id]
        latest = await errors.latest_of_keys(connection, keys)
        at_work = await rereading.with_issue(connection, error_news.SOURCE, [group.id])
        return Half(group, latest, has_issue=bool(at_work))

    async def _named(self, connection: Connection, group: ErrorGroup, read: Read) -> None:
        """Call a group by what people wrote."""
        named = replace(
            group,
            title=grouping.title(read.latest, self.rules),
            culprit=grouping.culprit(read.latest),
        )
        await errors.update_groups(connection, [named])
