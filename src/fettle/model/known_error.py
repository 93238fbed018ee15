"""What is known of an error: how it is told, its cause, and what cures it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fettle.model.quantity import Ratio


@dataclass(frozen=True)
class ErrorFacts:
    """What a library says of an error beside its text, as programs read it.

    `sqlstate` is five letters or digits; `errno` the system's or the driver's name or number
    (`ECONNREFUSED`, `P2002`, `1062`); `status` HTTP's; `exception` the class, with or without its
    package.
    """

    sqlstate: str | None = None
    errno: str | None = None
    status: int | None = None
    exception: str | None = None


@dataclass(frozen=True)
class Solution:
    """One thing that may cure it, as a sentence to follow."""

    does: str


@dataclass(frozen=True)
class Signs:
    """What an error is told by: phrases of its text, and facts.

    In a phrase `a|b` is either word (an empty choice leaves it out), `…` up to eight words, and
    `#` any number.
    """

    says: Sequence[str] = ()
    sqlstate: Sequence[str] = ()
    errno: Sequence[str] = ()
    status: Sequence[int] = ()
    exception: Sequence[str] = ()


class Origin(StrEnum):
    """Who wrote a known error: Fettle's own, a team's file, or somebody on a page."""

    FETTLE = "fettle"
    FILE = "file"
    PAGE = "page"


@dataclass(frozen=True)
class KnownError:
    """One class of errors.

    `certain` signs tell it by themselves, `likely` ones together with others, `hint`s only decide
    between equals; `against` says that it is something else. `rate` is how often its solutions
    helped elsewhere, before this team has any experience: where to begin, and no fact.
    """

    id: str
    title: str
    cause: str
    tell: str
    solutions: tuple[Solution, ...]
    certain: Signs
    likely: Signs = Signs()
    hint: Signs = Signs()
    against: Signs = Signs()
    checks: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    rate: Ratio | None = None
    origin: Origin = Origin.FETTLE


class Act(StrEnum):
    """What was done to a known error that people wrote."""

    WRITTEN = "written"
    CHANGED = "changed"
    RETIRED = "retired"
    RESTORED = "restored"


@dataclass(frozen=True)
class WrittenError:
    """A known error that people wrote, as it is now; one that is retired is matched no more."""

    known: KnownError
    version: int
    retired: bool
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True)
class ErrorVersion:
    """What a known error said after somebody had changed it."""

    known: KnownError
    version: int
    at: datetime
    actor: str
    act: Act


@dataclass(frozen=True)
class ErrorMatch:
    """A known error that fits, how sure that is (0 to 1), and what says so."""

    known: KnownError
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Recognised:
    """What is known that fits, the surest first.

    Where it is not `answered`, nothing fits well enough to act on: the rest are only near.
    """

    matches: tuple[ErrorMatch, ...]
    answered: bool


Catalogue = Mapping[str, KnownError]
