"""Rehearsals and update runs: an update tried where it can hurt nobody, and what was done with it.

A rehearsal is of one project, on one commit of it. What it lands is a commit whose only parent is
that one: it is applied there, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fettle.model.quantity import say_count
from fettle.model.run import Json
from fettle.model.update import Package, Raise, Update


@dataclass(frozen=True)
class Wanted:
    """An update that is to be tried: which package comes to which version, in which lock.

    `where` is the lock, from the project's folder on. `through` is what is raised so that the
    package comes in, where others ask for it. Those of one `group` are tried as one first.
    """

    id: str
    package: Package
    version: str
    where: str
    current: str = ""
    through: tuple[Raise, ...] = ()
    group: str = ""

    @property
    def says(self) -> str:
        """Name it in a line."""
        before = f"{self.current} → " if self.current else ""
        return f"{self.package.name} {before}{self.version}"


def wanted_of(update: Update) -> Wanted:
    """Return what is to be tried of an update on offer."""
    return Wanted(
        update.id,
        update.package,
        update.version,
        update.where,
        update.current,
        update.through,
        update.group,
    )


def message_of(updates: Sequence[Wanted]) -> str:
    """Return the message of the commit that raises these."""
    if len(updates) == 1:
        return f"Raise {updates[0].package.name} to {updates[0].version}\n"
    lines = "\n".join(f"- {one.says}" for one in updates)
    return f"Raise {len(updates)} packages\n\n{lines}\n"


# What the packages of a machine are called where a project is named.
SYSTEM = "system"


class TestsState(StrEnum):
    """How a project's own tests ended."""

    __test__ = False  # no class of tests, whatever its name begins with

    PASSED = "passed"
    FAILED = "failed"
    UNRAISED = "unraised"


@dataclass(frozen=True)
class Trial:
    """One time that the tests were run: before anything is raised, or with these raised together.

    `unraised` is what could not even be raised: then no test was run. `commit` is what was tested.
    """

    members: tuple[str, ...]
    state: TestsState
    says: str = ""
    commit: str | None = None
    duration_s: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the tests passed."""
        return self.state is TestsState.PASSED


class Verdict(StrEnum):
    """What a rehearsal came to.

    Partly: some landed, others did not. Unjudged: the tests fail on what is there already, always
    or at times, so that they say nothing of an update.
    """

    PASSED = "passed"
    PARTLY = "partly"
    FAILED = "failed"
    UNJUDGED = "unjudged"
    REFUSED = "refused"
    CUT_OFF = "cut off"


@dataclass(frozen=True)
class Judged:
    """A verdict: what landed together, and why each of the others did not."""

    verdict: Verdict
    landed: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    says: str = ""


class Isolation(StrEnum):
    """What kept the tests from everything else; of what was simulated no code ran."""

    BUBBLEWRAP = "bubblewrap"
    SIMULATED = "simulated"
    NONE = "none"


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal as it is kept.

    `base` is the commit that it was made on; `judged` None while it goes on. `without_tests` is
    the reason that somebody gave for having it applied without.
    """

    id: str
    project: str
    path: str
    base: str
    wanted: tuple[Wanted, ...]
    actor: str
    isolation: Isolation
    started_at: datetime
    trials: tuple[Trial, ...] = ()
    judged: Judged | None = None
    without_tests: str | None = None
    finished_at: datetime | None = None
    number: int = 0
    machine: str = ""

    @property
    def landed(self) -> tuple[Wanted, ...]:
        """What landed."""
        ids = set(self.judged.landed if self.judged else ())
        return tuple(one for one in self.wanted if one.id in ids)


class HowApplied(StrEnum):
    """How what passed is applied: as a commit on a branch of its own, or where it is in use."""

    COMMIT = "commit"
    IN_PLACE = "in-place"


class RunState(StrEnum):
    """How an update run stands, or ended.

    Returned: it was wrong, and everything is back as it was, as hashes prove. Stranded: that did
    not succeed either, and a person is needed.
    """

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    RETURNED = "returned"
    STRANDED = "stranded"
    UNDONE = "undone"

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self is not RunState.RUNNING


@dataclass(frozen=True)
class Proof:
    """Hashes of what a run changes: each file by its name, and the environment as a whole.

    A file that is not there has the hash "". What Python writes beside what it reads (*.pyc) is
    no part of it. `head` is the commit that the branch in use is at, where there is one.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)
    head: str = ""

    @property
    def document(self) -> Mapping[str, Json]:
        """Return it as it is kept."""
        return {
            "files": dict(self.files),
            "environments": dict(self.environments),
            "head": self.head,
        }

    def differing(self, now: "Proof") -> list[str]:
        """Return what is not as it was, by name; none at all proves the return."""
        pairs = (
            ({"HEAD": self.head}, {"HEAD": now.head}),
            (self.files, now.files),
            (self.environments, now.environments),
        )
        return [
            name
            for before, after in pairs
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        ]


def body_of(rehearsal: Rehearsal) -> str:
    """Return what a pull request says of what it is about, and of how that was tried."""
    lines = [f"- {one.says} in `{one.where}`" for one in rehearsal.landed]
    if rehearsal.without_tests is None:
        tests = sum(trial.passed for trial in rehearsal.trials)
        said = f"The project's own tests pass with it: rehearsal {rehearsal.number} of Fettle"
        lines += ["", f"{said}, {say_count(tests, 'run')} of them that passed."]
    else:
        lines += ["", f"It was not tried by Fettle: {rehearsal.without_tests}"]
    if rehearsal.judged and rehearsal.judged.left:
        left = ", ".join(one.says for one in rehearsal.wanted if one.id in rehearsal.judged.left)
        lines.append(f"Left out, since it does not pass: {left}.")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class UpdateRun:
    """One time that what passed was applied, or that this was taken back (`undoes`).

    `branch` is where its commit is, of one that is applied as that. `verified` says that the
    project's own check passed after it, or that its tests did on this very commit. `before` and
    `after` are proofs of what was there.
    """

    id: str
    rehearsal: str
    project: str
    path: str
    how: HowApplied
    base: str
    commit: str
    updates: tuple[Wanted, ...]
    actor: str
    started_at: datetime
    state: RunState = RunState.RUNNING
    verified: bool = False
    says: str | None = None
    branch: str | None = None
    pull_request: str | None = None
    without_rehearsal: str | None = None
    undoes: str | None = None
    before: Proof | None = None
    after: Proof | None = None
    finished_at: datetime | None = None
    number: int = 0
    machine: str = ""


class Recovery(StrEnum):
    """What is to be done about an application that was cut off."""

    NOTHING = "nothing"
    TAKE_BACK = "take back"
    TIDY_UP = "tidy up"


class Stage(StrEnum):
    """How far an application in place has come; each is written down before it is begun.

    Built beside: nothing in use has changed. What stands before `checked` is taken back, by whoever
    finds it; what stands there is only tidied up after.
    """

    BUILT = "built"
    SWAPPING = "swapping"
    SWAPPED = "swapped"
    CHECKED = "checked"

    @property
    def recovery(self) -> Recovery:
        """What is to be done about an application that was cut off here."""
        match self:
            case Stage.SWAPPING | Stage.SWAPPED:
                return Recovery.TAKE_BACK
            case Stage.CHECKED:
                return Recovery.TIDY_UP
        return Recovery.NOTHING


@dataclass(frozen=True)
class LiveTree:
    """How the tree that is in use stands: its commit, and the files in it that were changed."""

    commit: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Came:
    """What an application came to; see UpdateRun. `blamed`: it was worse with what was applied."""

    state: RunState
    verified: bool
    says: str
    before: Proof | None = None
    after: Proof | None = None
    pull_request: str | None = None
    blamed: bool = False

    @property
    def document(self) -> Mapping[str, Json]:
        """Return it as a journal keeps it."""
        return {
            "state": str(self.state),
            "verified": self.verified,
            "says": self.says,
            "before": None if self.before is None else self.before.document,
            "after": None if self.after is None else self.after.document,
            "pull_request": self.pull_request,
            "blamed": self.blamed,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Came":
        """Read it as a journal has kept it."""
        proofs = {name: document[name] and Proof(**document[name]) for name in ("before", "after")}
        return cls(**{**document, **proofs, "state": RunState(document["state"])})


@dataclass(frozen=True)
class Swept:
    """What was left by somebody who was cut off, and what became of it."""

    id: str
    kind: str
    came: Came
