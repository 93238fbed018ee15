"""Errors that a team's Sentry has: read there, taken in here, as if the applications had sent them.

An issue there is read by its latest event, whenever it has more of them than were told before.
That event is scrubbed, kept and digested as one that was sent; the others, of which Sentry tells
how many there were and in which hours, are counted where that one went. What was read twice is
counted once, and what was read late takes nothing back. What is seen to have been resolved there
is resolved here, whoever sees it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from fettle.errors import (
    BadPayload,
    CannotLook,
    FettleError,
    NotAllowed,
    NotFound,
    Refused,
    WrongUsage,
)
from fettle.flow import digest, error_news
from fettle.flow import errors as flow
from fettle.flow.digest import Digesting
from fettle.flow.sentry_names import Named
from fettle.intake.errors import states
from fettle.intake.errors.sentry_event import read_told
from fettle.intake.errors.terms import TermsFor
from fettle.intake.errors.told_counts import counted_now, uncounted
from fettle.intake.settled import terms_of
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, ResolvedBy
from fettle.model.ports import Clock, Sentry
from fettle.model.sentry import RESOLVED, Counts, SentryIssue
from fettle.settings import Settings
from fettle.settings.sentry import SentrySettings
from fettle.store import access, deliveries, error_counts, errors, sentries
from fettle.store.deliveries import Counted
from fettle.store.error_counts import KeyCounts
from fettle.store.errors import happened
from fettle.store.pool import Pool
from fettle.store.sentries import Place, There, Uncounted
from fettle.store.statements import Connection
from fettle.triage.moves import By

VENDOR = "sentry"
_MOST_AGAIN = 20
_PART = 100
_DIGESTED_WITHIN, _PAUSE_S = 150, 0.1


@dataclass(frozen=True)
class _Came:
    """An event that was read, and when it was received there; or why it cannot be taken."""

    event: ErrorEvent | None = None
    received: datetime | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Sentries:
    """What it takes to read Sentries: those of the settings, and what digests errors."""

    pool: Pool
    clock: Clock
    settings: Settings
    apis: Mapping[str, Sentry]
    digesting: Digesting

    @property
    def named(self) -> Mapping[str, SentrySettings]:
        """The Sentries of the settings, by their names."""
        return {one.name: one for one in self.settings.sentry}

    @cached_property
    def _terms_for(self) -> TermsFor:
        return terms_of(self.settings)

    async def take(self, wanted: Sequence[Named]) -> int:
        """Read an issue that somebody names, and take it in; return the error that it is here.

        Raises NotFound where none of the Sentries has it, NotAllowed for one of a project that the
        settings do not name, CannotLook for what cannot be read, or is no error, and WrongUsage
        where several Sentries have it.
        """
        place, issue = await self._found(wanted)
        refused = await self.take_in(place, issue)
        if refused is not None:
            raise CannotLook(refused)
        error = await self._digested(There(place, issue.id))
        await self.count()
        return error

    async def _found(self, wanted: Sequence[Named]) -> tuple[Place, SentryIssue]:
        """Return the one issue that may be meant, of the Sentries that may have it."""
        found = list[tuple[Place, SentryIssue]]()
        last: FettleError = NotFound("no Sentry was named")
        for one in wanted:
            api = self.apis[one.sentry]
            try:
                issue = await (api.issue(one.issue) if one.is_number else api.named(one.issue))
                found.append((self.place_of(one.sentry, issue), issue))
            except (NotFound, NotAllowed, CannotLook) as error:  # another one may have it
                last = error
        if len(found) > 1:
            have = ", ".join(place.sentry for place, _ in found)
            raise WrongUsage(
                f"several Sentries have {wanted[0].issue}: {have}", remedy="--sentry NAME"
            )
        if not found:
            raise last
        return found[0]

    async def look_again(self, watched: Sequence[int], issue: int | None) -> None:
        """Read once more what alerts and an issue are about, where that is in a Sentry.

        Raises CannotLook and Refused where it cannot be: what is heard here proves nothing then.
        """
        async with self.pool.connection() as connection:
            found = await sentries.of_issue(connection, watched, issue, _MOST_AGAIN)
        for there in found:
            name = there.place.sentry
            if name not in self.apis:
                raise CannotLook(f"the Sentry {name} is not in the settings any more")
            try:
                read = await self.read_again(there)
            except NotFound as error:
                raise CannotLook(error.reason) from None
            await self._digested(There(there.place, read.id))
        if found:
            await self.count()

    async def read_again(self, there: There) -> SentryIssue:
        """Read an issue once more; return it, or the one that it was merged into there.

        Raises NotFound, and what else model.ports.Sentry does.
        """
        issue = await self.apis[there.place.sentry].issue(there.issue)
        try:
            place = self.place_of(there.place.sentry, issue)
        except NotAllowed as error:  # it was moved to another project
            raise NotFound(error.reason, remedy=error.remedy) from None
        await self.take_in(place, issue, merged=None if issue.id == there.issue else there)
        return issue

    # One issue

    def place_of(self, name: str, issue: SentryIssue) -> Place:
        """Return where an issue is; raises NotAllowed for a project that is not to be read."""
        if issue.project not in self.named[name].projects:
            raise NotAllowed(
                f"{issue.short_id} is of the project {issue.project}, which [[sentry]] {name} does "
                "not name",
                remedy="add it to its projects in fettle.toml",
            )
        return Place(name, issue.project)

    async def take_in(
        self,
        place: Place,
        issue: SentryIssue,
        began_at: datetime | None = None,
        merged: There | None = None,
    ) -> str | None:
        """Keep an issue, and its latest event where it has more than before.

        Returns why that cannot be taken; None where it was. What was first seen before `began_at`
        is no news; None: nothing is. `merged` is an issue that is this one now.
        """
        there = There(place, issue.id)
        async with self.pool.connection() as connection:
            before = (await sentries.known(connection, place.sentry, [issue.id])).get(issue.id)
            refused = await sentries.refused(connection, there)
        came = _Came()
        if before is None or (issue.count, issue.last_seen) != (before.count, before.last_seen):
            came = await self._latest(place, issue, began_at)
            refused = came.refused
        await self._keep(there, issue, came, merged)
        return refused

    async def refuse(self, place: Place, issue: SentryIssue, reason: str) -> None:
        """Keep why an issue's latest event is not taken: it is tried again when it has more."""
        await self._keep(There(place, issue.id), issue, _Came(refused=reason))

    async def _latest(self, place: Place, issue: SentryIssue, began_at: datetime | None) -> _Came:
        """Return the latest event of an issue, scrubbed, or why it cannot be taken."""
        what = f"the latest event of {issue.short_id}"
        try:
            body = await self.apis[place.sentry].latest_event(issue.id)
            event, received = await asyncio.to_thread(read_told, body, self.clock.now(), what)
        except (BadPayload, NotFound) as error:
            return _Came(refused=error.reason)
        application = self.named[place.sentry].application(place.project)
        event = self._terms_for(application).scrubbing.event(event)
        if began_at is None or issue.first_seen <= began_at:
            event = replace(event, since=issue.first_seen)
        return _Came(event, received)

    async def _keep(
        self, there: There, issue: SentryIssue, came: _Came, merged: There | None = None
    ) -> None:
        """Keep an issue and what came of it, and count that: together, or not at all.

        Where somebody has kept what is newer, nothing of it is kept.
        """
        place, now = there.place, self.clock.now()
        application = self.named[place.sentry].application(place.project)
        tally: Counter[Counted] = Counter()
        async with self.pool.connection() as connection, connection.transaction():
            project = await access.keep_project(connection, application)
            await sentries.note_reached(connection, place, now)
            there_now = replace(issue, project=place.project)
            kept_issue = await sentries.keep_issue(
                connection, place.sentry, there_now, project.id, now
            )
            if kept_issue is None:
                return
            counted = kept_issue.counted
            if issue.status == RESOLVED and kept_issue.before not in (None, RESOLVED):
                await self._resolved_there(connection, there, issue)
            if merged is not None:
                counted = counted.with_(await sentries.give_up(connection, merged))
            if came.event is not None and came.received is not None:
                one = happened(project.id, came.received, came.event)
                kept = await errors.keep(connection, [one])
                tally[Counted(application, VENDOR, "read", f"from {place.sentry}")] = kept
                counted = counted.with_one(came.received) if kept else counted
            if came.refused is not None:
                tally[Counted(application, VENDOR, "refused", came.refused)] = 1
            event = None if came.event is None else came.event.id
            await sentries.note_event(connection, there, counted, event, came.refused)
            await deliveries.count(connection, +tally)

    async def _resolved_there(
        self, connection: Connection, there: There, issue: SentryIssue
    ) -> None:
        """Let an error be resolved that somebody has resolved in its Sentry."""
        by = By(f"{VENDOR}:{there.place.sentry}", self.clock.now())
        error = await sentries.group_of(connection, there)
        if error is None:
            return
        ways = [ResolvedBy.NEXT_RELEASE] if issue.in_next_release else []
        for way in [*ways, ResolvedBy.NOW]:
            try:
                await flow.resolve(connection, self.digesting.desk, error, by, way)
            except Refused:  # it is so already, or no release of it is known here
                continue
            return

    async def _digested(self, there: There) -> int:
        """Digest what waits until an issue's event is of an error; return that."""
        for _ in range(_DIGESTED_WITHIN):
            async with self.pool.connection() as connection:
                if (error := await sentries.group_of(connection, there)) is not None:
                    return error
                if (dead := await sentries.dead(connection, there)) is not None:
                    raise CannotLook(f"its event could not be taken: {dead}")
            if not await digest.digest(self.pool, self.digesting):
                await self.clock.sleep(_PAUSE_S)  # somebody else does it
        raise CannotLook("its event waits to be digested", remedy="try again in a minute")

    # What was counted there

    async def count(self) -> None:
        """Count what Sentries have counted, and did not tell one by one."""
        while await self._count_part() == _PART:
            pass

    async def _count_part(self) -> int:
        async with self.pool.connection() as connection, connection.transaction():
            found = await sentries.uncounted(connection, _PART)
            if not found:
                return 0
            held = await errors.lock_keys(connection, {one.group for one in found})
            known = {key.id: key.group for key in held}
            # one whose key was moved in this moment is counted the next time
            still = [one for one in found if known.get(one.key) == one.group]
            groups = await errors.to_change(connection, {one.group for one in still})
            await self._count(connection, still, groups)
            return len(found)

    async def _count(
        self, connection: Connection, found: Sequence[Uncounted], groups: dict[int, ErrorGroup]
    ) -> None:
        """Add to errors, their keys and their hours what was told of issues."""
        now, told = self.clock.now(), list[error_news.Told]()
        hours: Counter[tuple[int, datetime]] = Counter()
        came: Counter[Counted] = Counter()
        for one in found:
            last = min(one.last_seen, now)  # its clock may be ahead of ours
            more = uncounted(one.counted, one.told, last)
            changed = states.on_count(groups[one.group], more.total, one.first_seen, last)
            groups[one.group] = changed.group
            if changed.news is not None:
                told.append(
                    error_news.Told(changed.group, one.application, changed.news, changed.why)
                )
            await error_counts.count_keys(connection, [_of_key(one, more, last)])
            hours.update({(one.key, hour): number for hour, number in more.hours.items()})
            said = f"counted by {one.there.place.sentry}, not read one by one"
            came[Counted(one.application, VENDOR, "counted", said)] += more.total
            counted = counted_now(one.counted, one.told, last)
            await sentries.note_counted(connection, one.there, counted)
        await errors.update_groups(connection, list(groups.values()))
        await error_counts.count_hours(connection, hours)
        await deliveries.count(connection, +came)
        await error_news.tell(connection, self.digesting.desk, told)


def _of_key(one: Uncounted, more: Counts, last: datetime) -> KeyCounts:
    return KeyCounts(one.key, more.total, min(one.first_seen, last), last, None, None)
