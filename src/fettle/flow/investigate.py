"""What is found for an issue by itself: the targets that it may be about are looked at.

1. All who wait for a look at a target (flow.inquire) get the same one: a run of the engine, one
   at a time for a target, takes whoever asked before it began. A look that is younger than
   `[investigate] every` will do, unless somebody wants a new one, or it found what can be mended,
   matters to them, and was not planned for: a thousand issues about one target cost one look, or
   a few.
2. A look asks all that concerns the target; a service is explained by what was seen lately of what
   it needs. What it came to is kept once. For each issue its symptoms rank it, the difference to
   its look before is told, and fixes are planned for what matters to it in a database. All of that
   and the line in its timeline become true together, and once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from fettle import unit
from fettle.diagnosis import recall, symptoms
from fettle.diagnosis.accept import accept, changed
from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import CannotLook, StepFailed, WrongUsage
from fettle.flow import asked as asking
from fettle.flow.explaining import Explaining
from fettle.flow.inquire import ACTOR, RUN
from fettle.flow.look import Planning, plans_of
from fettle.flow.look_at import Eyes, look_at
from fettle.flow.places import Places
from fettle.intake import checked
from fettle.model.diagnosis import Change, Diagnosis, SymptomMatch
from fettle.model.investigation import Investigation, Json, Snapshot
from fettle.model.issue import Entry
from fettle.model.ports import Clock
from fettle.model.run import Json as RunJson
from fettle.model.target import Kind, Target
from fettle.resolution.document import PlanDocument, of_plan
from fettle.settings import Settings
from fettle.store import fixes, investigations, issues
from fettle.store.fixes import Hung
from fettle.store.investigations import Completed
from fettle.store.pool import Pool
from fettle.store.rows import earlier
from fettle.store.statements import Connection

_MANY = 10_000
_PART = 100
_T = TypeVar("_T")


@dataclass(frozen=True)
class Investigating:
    """The run that looks, to be registered in the engine; `document` writes a diagnosis down.

    `watched` are the targets that it can look at, by their names, through `eyes`.
    """

    pool: Pool
    clock: Clock
    settings: Settings
    places: Places
    eyes: Eyes
    watched: Mapping[str, Target]
    document: Callable[[Diagnosis], Mapping[str, Any]]

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its runs."""
        return {RUN: self._run}

    async def _run(self, run: Run, given: RunJson) -> RunJson:
        asked = cast("Mapping[str, Any]", given)
        target = str(asked.get("target", asked.get("database")))  # as Fettle 0.1 called it
        upto = await run.step("begin", self._begin, target)
        try:
            return await run.step("look", self._look, target, upto, retries=2)
        except StepFailed as error:
            return await run.step("give up", self._give_up, target, upto, error.reason)

    async def _begin(self, target: str) -> int:
        """Return who has asked up to now; who asks from now on has another run begin."""
        async with self.pool.connection() as connection, connection.transaction():
            await investigations.lock(connection, [target])
            return await investigations.newest_waiting(connection, target)

    async def _look(self, target: str, upto: int) -> RunJson:
        async with self.pool.connection() as connection:
            waiting = await investigations.waiting(connection, target, upto, _MANY)
            newest = await investigations.newest_snapshot(connection, target)
        if not waiting:
            return {"issues": 0}
        snapshot = newest
        if snapshot is None or not await self._will_do(snapshot, waiting):
            snapshot = await self._looked(target, waiting, newest)
        for part in _parts(waiting):
            async with self.pool.connection() as connection, connection.transaction():
                await _Telling(connection, snapshot, self.clock.now()).tell(part)
        return {"issues": len(waiting), "snapshot": snapshot.id}

    async def _will_do(self, newest: Snapshot, waiting: Sequence[Investigation]) -> bool:
        if not self._is_young(newest) or any(one.anew for one in waiting):
            return False
        wanted = await self._wanted(newest.target, recall.recalled(newest.document), waiting)
        return set(wanted) <= set(newest.planned_for)

    def _is_young(self, snapshot: Snapshot) -> bool:
        return self.clock.now() - snapshot.started_at < self.settings.investigate.every

    async def _looked(
        self, name: str, waiting: Sequence[Investigation], newest: Snapshot | None
    ) -> Snapshot:
        """Look at a target, plan for what matters to those who wait, and keep both.

        What the look of a moment ago was planned for is planned for again: or issues that want
        different things would take turns.
        """
        target = self._target(name)
        questions = asking.questions(self.settings, target)
        diagnosis = await look_at(target, self.eyes, lambda _: questions, self.clock)
        explaining = Explaining(self.pool, self.clock, self.settings, self.watched)
        diagnosis = await explaining.explained(diagnosis, target)
        ignores = asking.ignores(self.settings, self.clock.now().date())
        diagnosis = accept(diagnosis, ignores, ())
        before = newest.planned_for if newest is not None and self._is_young(newest) else ()
        wanted = await self._wanted(name, diagnosis, waiting)
        wanted = list(dict.fromkeys((*wanted, *before)))
        plans = await self._plans(target, diagnosis, wanted)
        async with self.pool.connection() as connection, connection.transaction():
            for made in plans:
                await fixes.save_plan(connection, made, ACTOR)
            return await investigations.save_snapshot(
                connection,
                name,
                self.document(diagnosis),
                [made["plan"] for made in plans],
                wanted,
            )

    def _target(self, name: str) -> Target:
        """Return the target of that name; raises WrongUsage where this worker knows none."""
        found = self.watched.get(name)
        if found is None:
            raise WrongUsage(
                f"this worker watches nothing that is called {name}",
                remedy="give each worker that looks and mends the server's fettle.toml",
            )
        return found

    async def _wanted(
        self, target: str, diagnosis: Diagnosis, waiting: Sequence[Investigation]
    ) -> list[str]:
        """Return what can be mended and matters to who has waited longest, the most first."""
        waiting = waiting[:_PART]
        numbers = [one.issue for one in waiting]
        async with self.pool.connection() as connection:
            own = await investigations.own_keys(connection, numbers, checked.source(target))
        mendable = {one.key for one in diagnosis.findings if one.fixes}
        keys: dict[str, None] = {}
        for one in waiting:
            matches = _matches(one.symptoms, diagnosis)
            matter = recall.relevant(diagnosis, own.get(one.issue, ()), matches)
            keys |= dict.fromkeys(found.key for found in matter if found.key in mendable)
        return list(keys)

    async def _plans(
        self, target: Target, diagnosis: Diagnosis, wanted: Sequence[str]
    ) -> list[PlanDocument]:
        """Return the plans for findings that can be applied, as many as the settings allow."""
        if target.kind is not Kind.DATABASE:
            return []
        known = unit.fixes()
        found = {finding.key: finding for finding in diagnosis.findings}
        pairs = [
            (known[id_], found[key])
            for key in wanted
            if key in found
            for id_ in found[key].fixes
            if id_ in known
        ]
        ways = Planning(self.places.connect, self.places.standbys, lambda one: one, self.clock)
        try:
            plans = await plans_of(target, pairs[: self.settings.investigate.most_plans], ways)
        except CannotLook:
            return []  # it was there a moment ago; what was found is told all the same
        return [of_plan(made) for made in plans if made.refused is None]

    async def _give_up(self, target: str, upto: int, why: str) -> RunJson:
        """Tell those who wait that nothing could be looked at."""
        now = self.clock.now()
        async with self.pool.connection() as connection, connection.transaction():
            waited = await investigations.fail(connection, target, upto, why, None, now)
            text = f"{target}: it was not looked at: {why}"
            entry = Entry("not-diagnosed", ACTOR, now, text, {"target": target})
            await issues.write_entries(connection, [(issue, entry) for issue in waited])
        return {"issues": len(waited), "reason": why}


# Telling


@dataclass(frozen=True)
class _Telling:
    """What a look comes to for issues, written in one transaction."""

    connection: Connection
    snapshot: Snapshot
    now: datetime

    async def tell(self, waiting: Sequence[Investigation]) -> None:
        """Write to those who wait what was found, how it differs, and what fixes there are."""
        target = self.snapshot.target
        numbers = [one.issue for one in waiting]
        diagnosis = recall.recalled(self.snapshot.document)
        before = await investigations.before(self.connection, numbers, target)
        own = await investigations.own_keys(self.connection, numbers, checked.source(target))
        completed = {
            one.id: Completed(
                one.id,
                _matches(one.symptoms, diagnosis),
                self._change(diagnosis, before.get(one.issue)),
            )
            for one in waiting
        }
        kept = await investigations.complete(
            self.connection, self.snapshot.id, list(completed.values()), self.now
        )
        told = [one for one in waiting if one.id in kept]
        keys = {finding.key for finding in diagnosis.findings}
        again = {one.issue: len(keys.intersection(own.get(one.issue, ()))) for one in told}
        entries = [
            (one.issue, self._entry(one, diagnosis, completed[one.id].change, again[one.issue]))
            for one in told
        ]
        await issues.write_entries(self.connection, entries)
        matter = {
            one.issue: recall.relevant(diagnosis, own.get(one.issue, ()), completed[one.id].matches)
            for one in told
        }
        await self._hang(matter, diagnosis)

    def _change(self, diagnosis: Diagnosis, before: Snapshot | None) -> Json | None:
        if before is None or before.id == self.snapshot.id:
            return None
        return _change(changed(diagnosis, earlier(before.document, before.started_at)))

    def _entry(
        self, one: Investigation, diagnosis: Diagnosis, change: Json | None, again: int
    ) -> Entry:
        detail = {
            "target": one.target,
            "investigation": str(one.id),
            "asked_by": one.asked_by,
            "status": diagnosis.status,
            "findings": str(len(diagnosis.findings)),
            "looked_at": self.snapshot.started_at.isoformat(),
            "again": str(again),
        }
        if diagnosis.causes:
            detail["cause"] = diagnosis.causes[0].subject
        if change is not None:
            detail |= {name: str(len(change[name])) for name in ("new", "gone", "worse")}
        return Entry("diagnosed", ACTOR, self.now, recall.said(diagnosis, change), detail)

    async def _hang(
        self, matter: Mapping[int, Sequence[recall.Relevant]], diagnosis: Diagnosis
    ) -> None:
        """Hang the plans on the issues that they matter to, and take down those that are moot."""
        keys = [finding.key for finding in diagnosis.findings]
        await fixes.unhang(self.connection, list(matter), self.snapshot.target, keys)
        heads = {one.plan: one for one in await fixes.headed(self.connection, self.snapshot.plans)}
        hung = [
            Hung(issue, head.plan, found.why)
            for issue, relevant in matter.items()
            for found in relevant
            for head in heads.values()
            if head.finding == found.key
        ]
        new = await fixes.hang(self.connection, hung, self.now)
        entries = [
            (
                one.issue,
                Entry(
                    "planned",
                    ACTOR,
                    self.now,
                    f"{heads[one.plan].fix} on {heads[one.plan].subject}: {one.why}",
                    {"plan": one.plan, "database": self.snapshot.target},
                ),
            )
            for one in new
        ]
        await issues.write_entries(self.connection, entries)


def _matches(given: Sequence[str], diagnosis: Diagnosis) -> list[Json]:
    return [_match(one) for one in symptoms.explain(given, diagnosis.outcomes)]


def _match(match: SymptomMatch) -> Json:
    return {
        "symptom": match.symptom,
        "kinds": list(match.kinds),
        "explanation": match.explanation,
        "findings": [{"key": key, "why": why} for key, why in match.fits.items()],
    }


def _change(change: Change) -> Json:
    return {
        "since": change.since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "new": list(change.new),
        "gone": list(change.gone),
        "worse": list(change.worse),
    }


def _parts(found: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (found[first : first + _PART] for first in range(0, len(found), _PART))
