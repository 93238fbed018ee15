"""A web root as it stands, what a step would make of it, and what became of each step.

Paths are relative to the root, with `/` between their parts, as addresses have them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from fettle.model.loaded import Load, Shot


@dataclass(frozen=True)
class Entry:
    """One thing in a root: a file with its content's hash, or a link and where it leads."""

    size: int
    mode: int
    sha256: str
    link: str | None = None


@dataclass(frozen=True)
class Manifest:
    """All that is in a root, by its path; two roots are the same when their manifests are."""

    entries: Mapping[str, Entry]
    folders: Mapping[str, int] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """One hash for all of it."""
        told = sha256()
        for path, mode in sorted(self.folders.items()):
            told.update(f"{path}\0{mode:o}\n".encode("utf-8", "surrogateescape"))
        for path, one in sorted(self.entries.items()):
            line = f"{path}\0{one.mode:o}\0{one.sha256}\0{one.link or ''}\n"
            told.update(line.encode("utf-8", "surrogateescape"))
        return told.hexdigest()

    @property
    def size(self) -> int:
        """How many bytes the files hold."""
        return sum(one.size for one in self.entries.values())


class Risk(StrEnum):
    """How far a step may go by itself."""

    AUTOMATIC = "automatic"  # changes nothing that is seen
    GATED = "gated"  # kept only where every gate lets it through
    PROPOSED = "proposed"  # a patch for people; never done


class Gain(StrEnum):
    """What a step is for, and so what has to come of it."""

    TIME = "time"
    BYTES = "bytes"
    STABILITY = "stability"  # what has loaded stays where it is


class Tree(Protocol):
    """The files of a root that a step may read."""

    def paths(self) -> Sequence[str]:
        """Return the paths of all files, in their order."""

    def size(self, path: str) -> int:
        """Return how large a file is."""

    def read(self, path: str) -> bytes:
        """Return a file's content; KeyError where there is none."""


@dataclass(frozen=True)
class Shown:
    """An image in a page, as it was shown: by the root's path, sizes in pixels of the page."""

    path: str
    width: int
    height: int
    seen: bool


@dataclass(frozen=True)
class PageSeen:
    """A page of the root as it was measured, on each of the profiles.

    `largest` is the path of the picture that was the largest paint, on whichever profile; None
    where that was a text, or lies elsewhere.
    """

    path: str
    url: str
    largest: frozenset[str] = frozenset()
    pictures: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Site:
    """What a step is given: the files, the pages that were measured, and what must stay as it is.

    `kept` are the paths that nothing may change, each with the reason.
    """

    tree: Tree
    pages: tuple[PageSeen, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """A file that a step writes: a new one, or an old one anew.

    `of` is the image that it is to look like, for the gate of images.
    """

    path: str
    content: bytes = field(repr=False)
    of: str | None = None


@dataclass(frozen=True)
class LeftAlone:
    """Something that a step does not touch, and why."""

    path: str
    reason: str


class PatchKind(StrEnum):
    """What the text of a Patch is."""

    DIFF = "diff"  # `git apply` applies it in the root
    FILE = "file"  # a file for a server or a build, which `path` names
    COMMAND = "command"  # what to call in the root


@dataclass(frozen=True)
class Patch:
    """Something for people to do: what it is about, the text of it, and what that is."""

    path: str
    title: str
    text: str
    kind: PatchKind = PatchKind.DIFF


Change = Written | LeftAlone | Patch


@dataclass(frozen=True)
class Objection:
    """A gate's no: which, and why."""

    gate: str
    reason: str


class Outcome(StrEnum):
    """What became of a step."""

    KEPT = "kept"
    REFUSED = "refused"  # a gate said no, before it was measured
    TAKEN_BACK = "taken_back"  # it was measured, and did not earn its place
    NOTHING = "nothing"  # there was nothing for it to do
    PROPOSED = "proposed"
    FAILED = "failed"  # it could not be done or judged


@dataclass(frozen=True)
class Earned:
    """What a step changed of a page's figure: medians before and after, and how sure that is."""

    page: str
    profile: str
    metric: str
    before: float
    after: float
    p: float | None = None

    @property
    def share(self) -> float:
        """How much of it has gone; negative where it has grown."""
        return 0.0 if not self.before else (self.before - self.after) / self.before


@dataclass(frozen=True)
class StepTaken:
    """One line of the ledger: what a step did, what that earned, and whether it stayed."""

    id: str
    title: str
    risk: Risk
    outcome: Outcome
    reason: str = ""
    files: tuple[str, ...] = ()
    bytes_before: int = 0
    bytes_after: int = 0
    earned: tuple[Earned, ...] = ()
    passed: tuple[LeftAlone, ...] = ()
    patches: tuple[Patch, ...] = ()


def written(changes: Sequence[Change]) -> Iterator[Written]:
    """Yield the files among what a step says."""
    return (one for one in changes if isinstance(one, Written))


class RunStatus(StrEnum):
    """How a run stands, or ended."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True)
class OptimisationRun:
    """One time that a web root was to be made faster, and what became of it.

    `compared` are the figures of the pages before all steps and after them. `notes` are for people,
    like the patches of the steps. `swapped` says whether the root was changed at all, `before` is
    one hash of all that was in it. `loads` are how the pages were loaded before all steps and after
    them, `shots` what they looked like.
    """

    id: str
    root: str
    urls: tuple[str, ...]
    started_at: datetime
    status: RunStatus = RunStatus.RUNNING
    ended_at: datetime | None = None
    verified: bool = False
    swapped: bool = False
    reason: str = ""
    steps: tuple[StepTaken, ...] = ()
    compared: tuple[Earned, ...] = ()
    notes: tuple[str, ...] = ()
    before: str = ""
    loads: tuple[Load, ...] = field(default=(), repr=False)
    shots: tuple[Shot, ...] = field(default=(), repr=False)

    @property
    def kept(self) -> tuple[StepTaken, ...]:
        """The steps that stayed."""
        return tuple(step for step in self.steps if step.outcome is Outcome.KEPT)
