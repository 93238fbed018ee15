"""What trying and applying updates asks of the machine that a project is on."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fettle.model.rehearsal import Came, Isolation, LiveTree, Swept, Trial, Wanted

Worse = Callable[[], Awaitable[Sequence[str]]]
Say = Callable[[str], Awaitable[None]]
Keep = Callable[[Swept], Awaitable[None]]


class Bench(Protocol):
    """One project that something is done with, as long as nobody else does."""

    @property
    def base(self) -> str:
        """The commit that it was on when this began."""

    @property
    def isolation(self) -> Isolation:
        """What keeps its tests from everything else."""

    async def live(self) -> LiveTree:
        """Return how the tree in use stands now."""

    async def tried(self, wanted: Sequence[Wanted]) -> Trial:
        """Raise these together, and run the project's tests; with none, on what is there."""

    async def commit_of(self, wanted: Sequence[Wanted]) -> str:
        """Raise these together and test nothing; raises ActFailed and CannotLook."""

    async def text(self, commit: str, name: str) -> str | None:
        """Return a file of the project as a commit has it; None where that has none."""

    async def keep(self, commit: str) -> None:
        """See that a commit is not lost, until it is let go of."""

    async def parents(self, commit: str) -> Sequence[str]:
        """Return the parents of a commit; raises Refused for one that is gone."""

    async def in_place(
        self, commit: str, updates: Sequence[Wanted], why: str, worse: Worse
    ) -> Came:
        """Bring the tree in use to a commit, and back as it was where it does not work then.

        `worse` says what of what is watched is worse than before. Raises ActFailed while nothing
        in use has changed.
        """

    async def as_branch(self, branch: str, commit: str, title: str, body: str) -> Came:
        """Let a new branch name a commit, and send it where the settings say; raises Refused.

        A pull request has that title and body.
        """

    async def reverting(self, base: str, commit: str) -> str:
        """Return a commit on top of what is in use, with a commit's files as in its base.

        Raises Refused where they have changed since.
        """

    async def without_branch(self, branch: str, commit: str, pull_request: str | None) -> None:
        """Let a branch be gone that still names a commit, and close its pull request.

        Raises Refused for one that was taken, and ActFailed.
        """

    def finished(self) -> None:
        """Say that what came of it is kept elsewhere: nothing of it is to be cleaned up."""


class Rehearsing(Protocol):
    """The machine that projects are on, as updates are tried and applied there."""

    @property
    def machine(self) -> str:
        """What this machine is called."""

    def at_work(self) -> Collection[str]:
        """Return the ids of what goes on here, or is still to be cleaned up."""

    async def sweep(self, keep: Keep) -> Sequence[Swept]:
        """Clean up after all who were cut off; return what became of each.

        `keep` is told each before the last of it is removed: what it cannot keep is told again to
        whoever sweeps next.
        """

    async def wrong(self, project: str) -> str:
        """Run a project's own check; return what is wrong, nothing where it works or has none."""

    def opened(
        self, project: str, id_: str, kind: str, *, tests: bool
    ) -> AbstractAsyncContextManager[Bench]:
        """Begin something with a project, by its name; of `kind` rehearsal, apply or undo.

        With `tests` they are to be run. Raises Refused where that cannot be done here.
        """
