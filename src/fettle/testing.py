"""The fakes that Fettle's own tests use, for whoever writes a unit: no network, no waiting."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

from fettle.errors import CannotLook, Refused, WrongUsage
from fettle.model.finding import Unknown
from fettle.model.fix import CutOff, FixRun, RunStatus
from fettle.model.ports import ReadingT
from fettle.model.ports_updates import AboutImage, Below, Outside, Project
from fettle.model.run import Json
from fettle.model.update import Offers, Package, Passed, Release
from fettle.model.work import Tools

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@dataclass
class SteppedClock:
    """A clock that stands still until somebody sleeps; implements model.ports.Clock.

    With `real_s`, sleeping also lets that much real time pass, for servers that need some.
    """

    moment: datetime = START
    real_s: float = 0.0

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Move on by that much."""
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(self.real_s)


@dataclass
class MemoryRecords:
    """Plans and runs in memory; implements resolution.mend.Records."""

    clock: SteppedClock
    runs: dict[str, FixRun] = field(default_factory=dict)
    undos: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    steps: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    entries: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)

    async def leave_unsure(self, target: str, subject: str) -> None:
        """Mark the run of a subject as unsure, whose process has died."""
        for run in list(self.runs.values()):
            if (run.target, run.subject, run.status) == (target, subject, RunStatus.RUNNING):
                self.runs[run.id] = run.ended(
                    RunStatus.UNSURE, None, self.clock.now(), verified=False
                )

    async def begin_run(
        self, run: FixRun, steps: Mapping[str, Any], undo: Mapping[str, Any] | None
    ) -> FixRun:
        """Keep that a run begins; raises Refused while one of its subject runs."""
        if any(
            (other.target, other.subject, other.status)
            == (run.target, run.subject, RunStatus.RUNNING)
            for other in self.runs.values()
        ):
            raise Refused(f"another run is at work on {run.subject}")
        begun = run.begun(run.id or f"run-{len(self.runs) + 1}", self.clock.now())
        self.runs[begun.id] = begun
        self.undos[begun.id] = undo
        self.steps[begun.id] = steps
        return begun

    async def end_run(self, run: FixRun) -> None:
        """Keep how a run ended."""
        self.runs[run.id] = run
        if run.undoes and run.status is RunStatus.DONE:
            undone = self.runs[run.undoes]
            self.runs[undone.id] = undone.ended(
                RunStatus.UNDONE, None, self.clock.now(), undone.verified
            )

    async def find_run(self, run: str) -> tuple[FixRun, Mapping[str, Any] | None]:
        """Return a run with its undo; raises WrongUsage."""
        if run not in self.runs:
            raise WrongUsage(f"there is no run {run}")
        return self.runs[run], self.undos[run]

    async def cut_off(self, run: str) -> CutOff:
        """Return what a run was to do, and whether it had begun to."""
        acts = ("statement", "recovery")
        acted = any(of == run and event in acts for of, event, _ in self.entries)
        return CutOff(self.steps.get(run), acted)

    def journal(self, run: FixRun) -> "MemoryJournal":
        """Return the journal of a run."""
        return MemoryJournal(self, run.id)


@dataclass(frozen=True)
class MemoryJournal:
    """The journal of one run; implements model.ports.Journal."""

    records: MemoryRecords
    run: str

    async def write(self, event: str, detail: Mapping[str, object]) -> None:
        """Append an entry."""
        self.records.entries.append((self.run, event, detail))


@dataclass(frozen=True)
class GivenSource:
    """A source that tells what it was given; implements model.ports.Source.

    `told` are readings, and Unknowns about a kind that is in `kinds`. With `hindered` nothing can
    be read of it, for that reason.
    """

    told: Sequence[object] = ()
    kinds: Collection[type] = ()
    hindered: str | None = None
    name: str = "what was given"

    @property
    def offers(self) -> Collection[type]:
        """The kinds of what it tells, and those that were named."""
        return {*self.kinds, *(type(one) for one in self.told if not isinstance(one, Unknown))}

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """Return the readings of a kind, and the gaps; raises CannotLook when it is hindered."""
        if self.hindered is not None:
            raise CannotLook(self.hindered)
        return [one for one in self.told if isinstance(one, kind | Unknown)]


@dataclass
class GivenWork:
    """A step of a task at work, in memory; implements model.work.Work.

    `left` are the details that earlier steps have left, by their names; `lines` what it has said.
    """

    tools: Tools = field(default_factory=lambda: cast("Tools", None))
    run: str = "run-1"
    moment: datetime = START
    left: Mapping[str, Json] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    label: str | None = None

    @property
    def began(self) -> datetime:
        """When the run began."""
        return self.moment

    def now(self) -> datetime:
        """Return this moment."""
        return self.moment

    def earlier(self, step: str) -> Json:
        """Return the detail of an earlier step."""
        return self.left.get(step)

    def everywhere(self, step: str) -> Sequence[Json]:
        """Return the details of an earlier step, of all labels: there is one."""
        return [self.left.get(step)]

    def reaches(self, label: str | None) -> bool:
        """Whether it is about what has that label: where nothing is said, about all."""
        return self.label is None or self.label == label

    async def say(self, line: str) -> None:
        """Write a line into the log of the step."""
        self.lines.append(line)


@dataclass(frozen=True)
class GivenTree:
    """Files by their paths; implements model.experiment.Tree."""

    files: Mapping[str, bytes] = field(default_factory=dict)

    def paths(self) -> Sequence[str]:
        """Return the paths, in their order."""
        return sorted(self.files)

    def size(self, path: str) -> int:
        """Return how large a file is."""
        return len(self.files[path])

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        return self.files[path]


@dataclass
class GivenFiles:
    """Files of projects as they were given; implements model.ports_updates.ProjectFiles."""

    files: Mapping[str, str] = field(default_factory=dict)

    async def names(self, project: Project) -> Sequence[str]:
        """Return the names of the files in a project's folder."""
        return sorted(name for name in self.files if "/" not in name)

    async def below(self, project: Project, patterns: Sequence[str]) -> Below:
        """Return the files of these names in the folder and those below it."""
        return Below(
            tuple(
                name
                for name in sorted(self.files)
                if any(fnmatch(name.rpartition("/")[2], pattern) for pattern in patterns)
            )
        )

    def text(self, project: Project, name: str) -> str | None:
        """Return what is in a file, None where there is none."""
        return self.files.get(name)


@dataclass
class GivenRegistries:
    """Versions on offer as they were given; implements model.ports_updates.Registries.

    What is not among `offered`, versions by names, is told as not there.
    """

    offered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: list[Package] = field(default_factory=list)

    async def offers(
        self, packages: Collection[Package], project: Project, named: Sequence[str] = ()
    ) -> Mapping[Package, Offers | Passed]:
        """Return what is on offer for each package."""
        self.asked.extend(packages)
        return {one: self._told(one) for one in packages}

    def _told(self, package: Package) -> Offers | Passed:
        if package.name not in self.offered:
            return Passed(package.name, f"nobody has {package.name}")
        return Offers(package, tuple(Release(one) for one in self.offered[package.name]))


@dataclass
class GivenImages:
    """Images as they were given; implements model.ports_updates.ImageRegistries."""

    known: Mapping[str, Sequence[str]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, datetime] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    async def about(self, image: str, tag: str) -> AboutImage:
        """Return what is behind a tag says of itself."""
        name = f"{image}:{tag}"
        return AboutImage(self.made.get(name), self.sources.get(name))

    async def digest(self, image: str, tag: str) -> str:
        """Return the digest behind a tag now."""
        if f"{image}:{tag}" not in self.digests:
            raise CannotLook(f"nobody has {image}:{tag}")
        return self.digests[f"{image}:{tag}"]

    async def tags(self, image: str) -> Sequence[str]:
        """Return the tags of an image."""
        if image not in self.known:
            raise CannotLook(f"nobody has {image}")
        return self.known[image]


def given_outside(files: Mapping[str, str] | None = None, **given: Any) -> Outside:  # noqa: ANN401
    """Return what an update source may ask, of one project `shop`; `given` is what is different."""
    outside = Outside(
        clock=SteppedClock(),
        projects=(Project("shop", Path("/srv/shop")),),
        files=GivenFiles(files or {}),
        registries=GivenRegistries(),
        images=GivenImages(),
    )
    return replace(outside, **given)
