"""What the server's routes share, made once when it starts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import Request

from fettle.engine.engine import Engine
from fettle.flow import catalogued
from fettle.flow.absorb import Taking
from fettle.flow.catalogued import Known
from fettle.flow.digest import Digesting
from fettle.flow.inquire import Asking
from fettle.flow.knowing import Knowing
from fettle.flow.people.people import People
from fettle.flow.sentries import Sentries
from fettle.flow.solving import Solver
from fettle.flow.source_maps import Readable
from fettle.flow.task_course import Upkeep
from fettle.flow.tend import Desk
from fettle.flow.upload_maps import Uploading
from fettle.intake.errors.rules import GroupingRules
from fettle.maintenance.agenda import Agenda
from fettle.model.ports import Clock, Sentry, Signatures
from fettle.settings import Settings
from fettle.store.changes import Changes
from fettle.store.deliveries import Deliveries
from fettle.store.errors import Events
from fettle.store.field import Visits
from fettle.store.statements import Connection
from fettle.store.tally import Tally

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool


@dataclass(frozen=True)
class Serving:
    """The wired parts: `url` is where people reach the server, without a slash at its end.

    `apis` reads the Sentries of the settings, each by its name; `asking_there` is how many people
    may ask them at once. `upkeep` is what it takes to have maintenance done. `puts_into_words` is
    whether there is a language model that does: one is configured, and its extra is installed.
    """

    pool: "AsyncConnectionPool[Connection]"
    engine: Engine
    taking: Taking
    deliveries: Deliveries
    errors: Events
    visits: Visits
    tally: Tally
    settings: Settings
    clock: Clock
    readable: Readable
    uploading: Uploading
    signatures: Signatures
    changes: Changes
    people: People
    knowing: Knowing
    grouping: GroupingRules
    apis: Mapping[str, Sentry]
    url: str
    upkeep: Upkeep
    puts_into_words: bool = False
    asking_there: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(3))

    @cached_property
    def targets(self) -> Mapping[str, Known]:
        """The targets of the settings, by name."""
        return catalogued.known(self.settings)

    @property
    def agenda(self) -> Agenda:
        """The tasks and freezes there are."""
        return self.upkeep.agenda

    @property
    def desk(self) -> Desk:
        """What it takes to work on issues."""
        return self.taking.desk

    @property
    def digesting(self) -> Digesting:
        """What it takes to digest applications' errors."""
        return Digesting(self.desk, self.grouping, self.taking.courtesy, self.readable)

    @property
    def sentries(self) -> Sentries:
        """What it takes to read Sentries."""
        return Sentries(self.pool, self.clock, self.settings, self.apis, self.digesting)

    @property
    def solver(self) -> Solver:
        """What it takes to solve known errors."""
        return Solver(self.settings, self.engine, self.desk)

    @cached_property
    def asking(self) -> Asking:
        """What it takes to ask for looks at targets."""
        return Asking(self.settings, self.desk.policy.catalogue, self.engine)


def serving(request: Request) -> Serving:
    """Return what the server's routes share."""
    found: Serving = request.app.state.serving
    return found


def _desk(request: Request) -> Desk:
    return serving(request).desk


def _engine(request: Request) -> Engine:
    return serving(request).engine


def _solver(request: Request) -> Solver:
    return serving(request).solver


def _asking(request: Request) -> Asking:
    return serving(request).asking


def _upkeep(request: Request) -> Upkeep:
    return serving(request).upkeep


def _knowing(request: Request) -> Knowing:
    return serving(request).knowing


ByServing = Annotated[Serving, Depends(serving)]
ByAsking = Annotated[Asking, Depends(_asking)]
ByEngine = Annotated[Engine, Depends(_engine)]
ByKnowing = Annotated[Knowing, Depends(_knowing)]
ByUpkeep = Annotated[Upkeep, Depends(_upkeep)]
BySolver = Annotated[Solver, Depends(_solver)]
AtDesk = Annotated[Desk, Depends(_desk)]
