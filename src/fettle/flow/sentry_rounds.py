"""Sentries that are followed: what happens there is taken in here, once a minute.

1. Each project is asked which issues have been seen since. What was there before it was first
   asked, and happens again, is known to people, and no news.
2. What a remedy is tried for, and what an issue is open for, is read once more by its number: so
   that it is heard when it comes again, or was resolved there.
3. Of several workers one reads a project: whoever moves the moment when it is due, just before.
   Who dies while reading is followed by the next one a while later.
4. What cannot be read is said, on the page of errors too, and tried again; nothing is lost by it.
   Other projects of a Sentry that does not answer wait for the next pass, when they come first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fettle.errors import CannotLook, FettleError, NotFound, StoreError, TooMuch, Unreachable
from fettle.flow.sentries import Sentries
from fettle.model.error_group import ResolvedBy
from fettle.model.sentry import RESOLVED, SentryIssue
from fettle.settings.sentry import SentrySettings
from fettle.store import sentries as store
from fettle.store.sentries import Claimed, Place, Read, There

_log = logging.getLogger(__name__)

_ROUND_S = 60.0
_HELD = timedelta(seconds=90)  # a round, and some
_PATIENCE = timedelta(minutes=1)
_OVERLAP = timedelta(minutes=2)  # what is seen there is not always told in its order
_AHEAD = timedelta(days=1)
_DOWN = 3  # issues in a row that cannot be read: it is not they
_GIVE_UP = timedelta(hours=1)  # until then an issue that cannot be read is tried again
_MOST_PAGES = 10
_MOST_EVENTS = 60  # that are read of a project in a round
_MOST_AGAIN = 20
_SELDOM = 5  # times as seldom as what is new: what an issue is open for
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """An issue that is due; `by` is from when on it is held for resolved here, if it is."""

    there: There
    by: str | None = None


@dataclass(frozen=True)
class Rounds:
    """What goes on by itself about Sentries."""

    sentries: Sentries

    async def follow(self) -> None:
        """Read what is due; what fails is kept, and tried again."""
        silent: set[str] = set()
        for place in await self._due():
            if place.sentry in silent or (claimed := await self._claim(place)) is None:
                continue
            if not await self._round(claimed):
                silent.add(place.sentry)
        await self._each(await self._due_again(), self._reread)
        await self._each(await self._fixed(), self._tell)
        await self.sentries.count()

    async def _due(self) -> list[Place]:
        """Return followed projects that are to be read, those that waited longest first."""
        async with self.sentries.pool.connection() as connection:
            due = {one.place: one.due_at for one in await store.readings(connection)}
        now = self.sentries.clock.now()
        followed = [one for one in self.sentries.settings.sentry if one.follow]
        waited = {place: due.get(place, _LONG_AGO) for one in followed for place in _places(one)}
        return sorted((one for one in waited if waited[one] <= now), key=lambda one: waited[one])

    async def _claim(self, place: Place) -> Claimed | None:
        now = self.sentries.clock.now()
        async with self.sentries.pool.connection() as connection:
            return await store.claim(connection, place, now, now + _HELD)

    async def _awake(self) -> Sequence[SentrySettings]:
        """Return the Sentries that do not want to be left alone just now."""
        async with self.sentries.pool.connection() as connection:
            read = await store.readings(connection)
        now = self.sentries.clock.now()
        resting = {one.place.sentry for one in read if one.failure is not None and one.due_at > now}
        return [one for one in self.sentries.settings.sentry if one.name not in resting]

    async def _each(self, found: Sequence[Due], act: Callable[[Due], Awaitable[None]]) -> None:
        """Do something about each issue; a Sentry that fails is left alone for a while."""
        failed: set[str] = set()
        for one in found:
            place = one.there.place
            if place.sentry in failed:
                continue
            try:
                await act(one)
            except StoreError:
                raise
            except NotFound:
                async with self.sentries.pool.connection() as connection:
                    await store.note_missing(connection, one.there, self.sentries.clock.now())
            except FettleError as error:
                failed.add(place.sentry)
                await self._failed(place, error)

    async def _round(self, claimed: Claimed) -> bool:
        """Read a project; return whether its Sentry answers."""
        try:
            async with asyncio.timeout(_ROUND_S):
                await self._read(claimed)
        except TimeoutError:
            slow = CannotLook(f"it was not read whole within {_ROUND_S:g} s; the rest is next")
            await self._failed(claimed.place, slow)
            return False
        except StoreError:
            raise
        except FettleError as error:
            await self._failed(claimed.place, error)
            return not isinstance(error, Unreachable | TooMuch)
        return True

    async def _read(self, claimed: Claimed) -> None:
        """Read what was seen in a project since it was read, what was seen first first."""
        place, every = claimed.place, self.sentries.named[claimed.place.sentry].every
        if claimed.read_to is None:  # from here on; an empty project has nothing that is older
            page = await self.sentries.apis[place.sentry].issues(place.project)
            newest = max((one.last_seen for one in page.issues), default=_LONG_AGO)
            await self._note_read(place, self._believed(newest), every)
            return
        found = await self._seen_since(claimed, claimed.read_to - _OVERLAP)
        await self._take(claimed, found[:_MOST_EVENTS])
        more = len(found) > _MOST_EVENTS
        await self._note_read(place, None, timedelta(0) if more else every)

    async def _take(self, claimed: Claimed, found: Sequence[SentryIssue]) -> None:
        """Take in issues; one that cannot be read keeps none of the others waiting.

        Raises what the first was refused with: up to that one the project is read.
        """
        place, failures, in_a_row = claimed.place, list[CannotLook](), 0
        for one in found:
            try:
                await self.sentries.take_in(place, one, claimed.began_at)
            except CannotLook as error:
                in_a_row += 1
                if in_a_row == _DOWN:
                    raise
                if self.sentries.clock.now() - one.last_seen > _GIVE_UP:
                    await self.sentries.refuse(place, one, error.reason)
                else:
                    failures.append(error)
                continue
            in_a_row = 0
            if not failures:
                async with self.sentries.pool.connection() as connection:
                    await store.note_read_to(connection, place, self._believed(one.last_seen))
        if failures:  # of an issue: its Sentry answers
            raise CannotLook(failures[0].reason, remedy=failures[0].remedy)

    def _believed(self, seen: datetime) -> datetime:
        """Return a moment there, which may be by a clock that is ahead, but not by years."""
        return min(seen, self.sentries.clock.now() + _AHEAD)

    async def _seen_since(self, claimed: Claimed, since: datetime) -> list[SentryIssue]:
        """Return errors that were seen since a moment and have changed, the oldest first."""
        place, began_at = claimed.place, claimed.began_at or _LONG_AGO
        found: dict[str, SentryIssue] = {}
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await self.sentries.apis[place.sentry].issues(place.project, cursor)
            fresh = [one for one in page.issues if one.last_seen >= since]
            found |= {one.id: one for one in fresh if one.category == "error"}
            cursor = page.next
            if len(fresh) < len(page.issues) or cursor is None:
                break
        async with self.sentries.pool.connection() as connection:
            known = await store.known(connection, place.sentry, list(found))
        changed = [
            one
            for one in found.values()
            if (_has_changed(one, known[one.id]) if one.id in known else one.last_seen > began_at)
        ]
        return sorted(changed, key=lambda one: (one.last_seen, one.id))

    async def _note_read(self, place: Place, read_to: datetime | None, then: timedelta) -> None:
        now = self.sentries.clock.now()
        async with self.sentries.pool.connection() as connection:
            await store.note_read(connection, place, read_to, now, now + then)

    async def _failed(self, place: Place, error: FettleError) -> None:
        """Keep why a project could not be read, and when to try again."""
        now = self.sentries.clock.now()
        settings = self.sentries.named[place.sentry]
        wait, places = max(settings.every, _PATIENCE), {place}
        if isinstance(error, TooMuch):  # who wants to be left alone wants it for all of them
            wait, places = timedelta(seconds=error.retry_after_s), {place, *_places(settings)}
        said = error.reason if error.remedy is None else f"{error.reason}; {error.remedy}"
        _log.warning("the project %s of %s was not read: %s", place.project, place.sentry, said)
        async with self.sentries.pool.connection() as connection:
            for one in sorted(places, key=lambda one: one.project):
                await store.note_failed(connection, one, said, now, now + wait)

    async def _due_again(self) -> list[Due]:
        """Return what is to be read once more: what a remedy is tried for, or an issue is open."""
        now, awake = self.sentries.clock.now(), await self._awake()
        if not awake:
            return []
        often = min(one.every for one in awake)
        async with self.sentries.pool.connection() as connection:
            due = await store.again(
                connection,
                ([one.name for one in awake], now - often),
                ([one.name for one in awake if one.follow], now - _SELDOM * often),
                now,
                _MOST_AGAIN,
            )
        return [Due(one) for one in due]

    async def _reread(self, one: Due) -> None:
        await self.sentries.read_again(one.there)

    async def _fixed(self) -> list[Due]:
        """Return what was seen to be fixed here, of Sentries that want to hear it."""
        telling = [one.name for one in await self._awake() if one.resolve]
        if not telling:
            return []
        now = self.sentries.clock.now()
        async with self.sentries.pool.connection() as connection:
            fixed = await store.fixed(connection, telling, now, now - _PATIENCE, _MOST_AGAIN)
        return [Due(there, by) for there, by in fixed]

    async def _tell(self, one: Due) -> None:
        later = one.by == ResolvedBy.NEXT_RELEASE
        api = self.sentries.apis[one.there.place.sentry]
        await api.resolve(one.there.issue, in_next_release=later)
        async with self.sentries.pool.connection() as connection:
            now = self.sentries.clock.now()
            await store.note_status(connection, one.there, RESOLVED, now)


def _places(settings: SentrySettings) -> list[Place]:
    return [Place(settings.name, project) for project in settings.projects]


def _has_changed(issue: SentryIssue, before: Read) -> bool:
    return (issue.count, issue.last_seen, issue.status) != (
        before.count,
        before.last_seen,
        before.status,
    )
