"""A machine that updates are tried and applied on, in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fettle.errors import Refused
from fettle.model.ports_rehearsal import Keep
from fettle.model.rehearsal import (
    Came,
    Isolation,
    LiveTree,
    Proof,
    RunState,
    Swept,
    TestsState,
    Trial,
    Wanted,
)

# ruff: noqa: ARG002 - there is one project, and it needs no telling


@dataclass
class Machine:
    """A machine whose project does as it is told: what is asked here of Rehearsing and Bench."""

    commit: str = "base"
    says: str = ""
    refuses: str = ""
    unreturned: str = ""
    bad: dict[str, str] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    fails: Sequence[str] = ()
    broken: bool = False
    swept: int = 0
    kept: list[str] = field(default_factory=list)
    left: list[Swept] = field(default_factory=list)

    machine = "here"
    isolation = Isolation.BUBBLEWRAP

    @property
    def base(self) -> str:
        return self.commit

    def at_work(self) -> Sequence[str]:
        return []

    async def sweep(self, keep: Keep) -> Sequence[Swept]:
        self.swept += 1
        swept, self.left = self.left, []
        for one in swept:
            await keep(one)
        return swept

    async def wrong(self, project: str) -> str:
        return self.says

    async def tried(self, wanted: Sequence[Wanted]) -> Trial:
        ids = tuple(one.id for one in wanted)
        bad = [id_ for id_ in ids if id_ in self.fails]
        state = TestsState.FAILED if bad or (self.broken and not ids) else TestsState.PASSED
        return Trial(ids, state, "no", "raised" if ids else None)

    async def keep(self, commit: str) -> None:
        self.kept.append(commit)

    async def look(self, names: Sequence[str]) -> Mapping[str, str]:
        return self.bad

    @asynccontextmanager
    async def opened(
        self,
        project: str,
        id_: str,
        kind: str,
        *,
        tests: bool,
    ) -> AsyncIterator["Machine"]:
        if self.refuses and kind == "undo":
            raise Refused(self.refuses)
        yield self

    async def live(self) -> LiveTree:
        return LiveTree(self.commit)

    async def parents(self, commit: str) -> Sequence[str]:
        return ["base"]

    async def reverting(self, base: str, commit: str) -> str:
        return "base again"

    async def in_place(self, commit: str, updates: object, why: str, worse: object) -> Came:
        if self.unreturned and commit == "base again":
            return Came(RunState.RETURNED, True, self.unreturned)
        self.commit = commit
        self.applied.append(commit)
        return Came(RunState.DONE, True, "it works", Proof(), Proof())

    def finished(self) -> None:
        pass
