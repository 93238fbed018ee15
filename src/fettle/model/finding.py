"""What a Check answers: Finding, Clean or Unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fettle.model.severity import Severity

Scalar = str | int | float | bool | datetime | timedelta | None
Evidence = Mapping[str, Scalar]


class Relation(str):
    """A table, index, sequence or other named thing, as PostgreSQL's `format('%I.%I')` writes it.

    Quoted where it must be, so it is at once what people read and what a statement may carry.
    """

    __slots__ = ()


@dataclass(frozen=True)
class Finding:
    """A bad state of a named subject.

    A judge gives the first five fields; the runner of checks adds what it knows from the unit.

    `subject` is the lasting name of what is in a bad state: never a process id.
    `about` names the things this is about, `blames` those that were seen to explain it, and
    `suspects` those that would, if another finding is about them. The same words tie findings to
    one cause (model.things). `names` says of such a thing who it is, where its name does not.
    `pids` are the sessions concerned, for the fixes that signal them.
    `metrics` are numbers with their unit in the name.
    `saturation` marks a resource that runs out of room.
    """

    subject: str
    severity: Severity
    description: str
    metrics: Mapping[str, int | float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    recommendations: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    blames: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    pids: tuple[int, ...] = ()
    saturation: bool = False
    check: str = ""
    category: str = ""
    title: str = ""
    impact: str = ""

    @property
    def key(self) -> str:
        """Stable between runs: the check's id and the subject."""
        return f"{self.check}:{self.subject}"


@dataclass(frozen=True)
class Unknown:
    """Something could not be looked at: why, and what would let it be looked at."""

    reason: str
    remedy: str | None = None


@dataclass(frozen=True)
class Untold(Unknown):
    """What a source, by its kind, does not tell: unknown unless another source tells it."""


@dataclass(frozen=True)
class Note:
    """Looked at, and there is too little to judge by: clean, with a word about it."""

    text: str


@dataclass(frozen=True)
class Measurement:
    """A figure that was taken; its unit stands in its name (`connections_total`, `wal_bytes`).

    `subject` is what it is a figure of, where a target has several: a route, a disk, a function.
    """

    name: str
    value: int | float
    subject: str | None = None

    @property
    def shown(self) -> str:
        """What tells it from the target's other figures: `response_mean_s /checkout`."""
        return f"{self.name} {self.subject}" if self.subject else self.name


Verdict = Finding | Unknown | Note | Measurement
