"""Looks at targets are asked for, on behalf of issues.

1. Who opens or reopens an issue asks for looks at the targets that it may be about (triage.aim), in
   the same transaction; so does who judges it otherwise, who wants a new look, and a fix that has
   ended. What only repeats asks nothing.
2. A look is a run of the engine (flow.investigate), one at a time for a target. Who asks while one
   waits gets that one; who asks while one looks has another one begin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from fettle.engine.engine import Engine
from fettle.errors import NotFound, Refused
from fettle.intake import own
from fettle.model.classification import Classification
from fettle.model.investigation import Aim
from fettle.model.issue import Issue
from fettle.model.signal import Signal, SignalKind
from fettle.settings import Settings
from fettle.settings.reach import label_of
from fettle.store import alerts, investigations
from fettle.store.investigations import Asked
from fettle.store.statements import Connection
from fettle.triage.aim import Sights, aims
from fettle.triage.case import Case
from fettle.triage.catalogue import Catalogue

RUN = "investigate"
ACTOR = "fettle"

_SYMPTOMS = 10
_LONGEST = 300  # characters of a symptom
_NAMED = 20  # targets, where somebody names none that there is
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+")  # where a name's next word begins


@dataclass(frozen=True)
class New:
    """An issue that is new, or has come back: how it was told, and what it was judged to be."""

    issue: int
    signal: Signal
    made: Classification


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be looked at for an issue: a target, or all that it may be about."""

    actor: str
    target: str | None = None
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asking:
    """What it takes to ask for looks: what was set, the services, who starts runs."""

    settings: Settings
    catalogue: Catalogue
    engine: Engine

    @cached_property
    def sights(self) -> Sights:
        """What can be looked at."""
        outside = [one.name for one in self.settings.outside if one.watchpoints]
        return Sights([one.name for one in self.settings.database], outside)

    async def about(self, connection: Connection, new: Sequence[New], now: datetime) -> None:
        """Ask for looks at what new issues may be about."""
        if not self.settings.investigate.issues or not self.sights:
            return
        asked = [
            Asked(one.issue, aim, ACTOR, symptoms_of(one.signal))
            for one in new
            for aim in self._most(self._aims(Case.of(one.signal), one.made))
        ]
        await self.ask(connection, asked, now)

    async def after(self, connection: Connection, issue: Issue, actor: str, now: datetime) -> None:
        """Ask for looks at what an issue may be about since it was judged otherwise."""
        if not self.settings.investigate.issues or not issue.status.is_live:
            return
        looked = {one.target for one in await investigations.of_issue(connection, issue.number)}
        signal = await _first_signal(connection, issue)
        new = [aim for aim in self._aims_of(issue, signal) if aim.target not in looked]
        symptoms_ = () if signal is None else symptoms_of(signal)
        asked = [Asked(issue.number, aim, actor, symptoms_) for aim in self._most(new)]
        await self.ask(connection, asked, now)

    async def anew(
        self, connection: Connection, issue: Issue, wish: Wish, now: datetime
    ) -> list[Asked]:
        """Ask for new looks on somebody's behalf; return them. Raises Refused, NotFound."""
        if issue.status.is_end:
            raise Refused(f"the issue is {issue.status}: nothing is looked at for it any more")
        signal = await _first_signal(connection, issue)
        told = symptoms_of(signal) if signal is not None else (issue.title[:_LONGEST],)
        aimed = await self._aimed(connection, issue, signal, wish)
        asked = [
            Asked(issue.number, aim, wish.actor, (*wish.symptoms, *told), anew=True)
            for aim in aimed
        ]
        await self.ask(connection, asked, now)
        return asked

    async def _aimed(
        self, connection: Connection, issue: Issue, signal: Signal | None, wish: Wish
    ) -> list[Aim]:
        if wish.target is not None:
            return [Aim(self._named(wish.target), f"{wish.actor} asked for it")]
        watched = (*self.sights.databases, *self.sights.others)
        known = {
            one.target: one.why
            for one in await investigations.of_issue(connection, issue.number)
            if one.target in watched
        }
        aimed = [Aim(*one) for one in known.items()] or self._aims_of(issue, signal)
        if not aimed:
            raise Refused(
                "nothing says what of all that is watched the issue is about",
                remedy="name a database, a service or another target of fettle.toml",
            )
        return self._most(aimed)

    async def aims_of(self, connection: Connection, issue: Issue) -> list[Aim]:
        """Return what would be looked at for an issue that nothing was looked at for."""
        return self._most(self._aims_of(issue, await _first_signal(connection, issue)))

    def _named(self, name: str) -> str:
        """Return the name of a target, `-` and `_` being equal; raises NotFound."""
        plain, names = name.replace("-", "_"), (*self.sights.databases, *self.sights.others)
        for known in names:
            if known.replace("-", "_") == plain:
                return known
        some = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
        raise NotFound(
            f"nothing that is watched is called {name[:100]}",
            remedy=f"one of {some}" if names else "say in fettle.toml what is watched, and where",
        )

    def _aims_of(self, issue: Issue, signal: Signal | None) -> list[Aim]:
        case = Case(issue.title, issue.description) if signal is None else Case.of(signal)
        return self._aims(case, issue.classification)

    def _aims(self, case: Case, made: Classification) -> list[Aim]:
        return aims(case, made, self.sights, self.catalogue)

    def _most(self, aimed: Sequence[Aim]) -> list[Aim]:
        """Return as many databases and others as the settings allow, the surest first."""
        given = self.settings.investigate
        databases = [aim for aim in aimed if aim.target in self.sights.databases]
        others = [aim for aim in aimed if aim.target not in self.sights.databases]
        return [*databases[: given.most_databases], *others[: given.most_targets]]

    async def ask(self, connection: Connection, asked: Sequence[Asked], now: datetime) -> None:
        """Ask for looks, and have a run begin for each target that none waits for."""
        targets = sorted({one.aim.target for one in asked})
        await investigations.lock(connection, targets)
        idle = [
            target for target in targets if not await investigations.queued(connection, RUN, target)
        ]
        await investigations.ask(connection, asked, now)
        for target in idle:
            await self.engine.start(
                connection,
                RUN,
                {"target": target},
                kind=RUN,
                target=target,
                label=label_of(target, self.settings),
            )


def symptoms_of(signal: Signal) -> tuple[str, ...]:
    """Return what people would notice; what a check of ours has found is no symptom."""
    if signal.kind is SignalKind.CHECK:
        return ()
    told = [signal.title, *signal.symptoms]
    if signal.rule is not None and (rule := _HUMP.sub(" ", signal.rule)) != signal.rule:
        told.insert(1, rule)  # HighRequestLatency says what its summary may not
    return tuple(text[:_LONGEST] for text in told[:_SYMPTOMS] if text.strip())


async def _first_signal(connection: Connection, issue: Issue) -> Signal | None:
    told = await alerts.first_signal(connection, issue.number)
    return None if told is None else own.of_document(told)
