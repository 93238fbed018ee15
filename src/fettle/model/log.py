"""What logs say: kinds of lines as they are read, templates as they are learnt, whole logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from fettle.model.error_event import Raised


class Level(IntEnum):
    """How grave a line says that it is, as far as anybody needs to tell it apart."""

    UNKNOWN = 0
    INFO = 1  # and whatever is less
    WARNING = 2
    ERROR = 3
    FATAL = 4

    @property
    def label(self) -> str:
        """The level in a word."""
        return self.name.lower()


@dataclass(frozen=True)
class Kind:
    """Lines with the same words at the same level: how many, and one of them, scrubbed.

    `raised` is whether a trace belongs to them: what is told of it is told as an error.
    """

    words: tuple[str, ...]
    level: Level
    lines: int
    example: str
    raised: bool = False


@dataclass(frozen=True)
class Trace:
    """A stack that was printed into a log: what was raised, the cause first, and what was said.

    `level` is how grave the line says that it is; UNKNOWN where it does not. `about` is what else
    the line says of itself, by the names of an ErrorEvent's fields: `at`, `logger`, `trace`.
    """

    raised: tuple[Raised, ...]
    says: str
    level: Level
    platform: str
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Digest:
    """What lines come to: how many they were, their kinds, and the traces in them, unscrubbed.

    The lines themselves are gone.
    """

    lines: int
    kinds: tuple[Kind, ...]
    traces: tuple[Trace, ...] = ()


class LogState(StrEnum):
    """How a template stands."""

    NEW = "new"
    RISING = "rising"
    VANISHED = "vanished"
    KNOWN = "known"


@dataclass(frozen=True)
class LogSource:
    """A log by its name. It is learnt once it is known well enough that what is new is news.

    `silent_at` is since when nothing comes of what came regularly; `folded` how many signals of it
    were not told, because too many were.
    """

    id: int
    name: str
    service: str | None
    begun_at: datetime
    seen_at: datetime
    lines: int
    learnt_at: datetime | None
    silent_at: datetime | None
    version: int
    folded: int


@dataclass(frozen=True)
class LogTemplate:
    """What lines of a log have in common, as text with `<*>` for values; how it stands, since when.

    `usual` is the most that an hour brought of it when it began to rise; `raised` whether traces
    belong to its lines, which are told as errors.
    """

    id: int
    source: int
    text: str
    level: Level
    bad: bool
    raised: bool
    example: str
    first_at: datetime
    last_at: datetime
    lines: int
    new_at: datetime | None = None
    rising_at: datetime | None = None
    usual: int | None = None
    vanished_at: datetime | None = None
    muted_at: datetime | None = None
    muted_by: str | None = None

    @property
    def state(self) -> LogState:
        """How it stands; what rises and is new as well is rising."""
        if self.vanished_at is not None:
            return LogState.VANISHED
        if self.rising_at is not None:
            return LogState.RISING
        return LogState.KNOWN if self.new_at is None else LogState.NEW


Hours = Mapping[int, int]  # how many lines came in which hours, counted from 1970
Past = Sequence[int]  # how many came in each hour, the last one last
