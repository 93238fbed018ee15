"""Updates that are taken by the clock: what trying and applying them asks of a machine."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fettle.model.rehearsal import RunState

Say = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class ByClock:
    """A project whose updates are taken by the clock, and the label of those who reach it."""

    name: str
    on: str | None = None


@dataclass(frozen=True)
class Tried:
    """What trying came to: what landed of what is worth taking, and why the rest did not.

    `rehearsal` is None where there was nothing to try. `judged` False says that the project's tests
    say nothing of an update.
    """

    project: str
    says: str
    rehearsal: str | None = None
    landed: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    judged: bool = True


@dataclass(frozen=True)
class Took:
    """What applying came to; see UpdateRun."""

    project: str
    number: int
    state: RunState
    verified: bool
    says: str


class Taking(Protocol):
    """What takes updates of projects."""

    @property
    def projects(self) -> Sequence[ByClock]:
        """The projects of the settings whose updates are taken by the clock."""

    async def rehearse(self, project: str, say: Say) -> Tried:
        """Try what is worth taking; raises Refused, CannotLook and ActFailed."""

    async def apply(self, project: str, rehearsal: str, say: Say) -> Took:
        """Apply what a rehearsal has landed, once; raises Refused and ActFailed."""
