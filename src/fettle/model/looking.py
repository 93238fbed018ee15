"""What is set about looking and mending: dataclasses, so that a look needs nothing heavier.

Where nothing is set the defaults stand (Unset); else fettle.settings reads them with pydantic,
which takes a field's `metadata` for its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, Self

from fettle.errors import BadSettings
from fettle.model.quantity import parse_duration
from fettle.model.target import Target

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

DEFAULT_FILE = Path("fettle.toml")
VARIABLE = "FETTLE_"  # what names of variables that set something begin with

_LONGEST = timedelta(days=36_525)

RawLimits = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Read:
    """How a text stands for a value, of which pydantic is told when it is there at all."""

    read: Callable[[object], object]

    def __get_pydantic_core_schema__(
        self, source: object, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Return the schema of what is read first, and then is what it is to be."""
        from pydantic_core import core_schema  # noqa: PLC0415 - who asks has it already

        return core_schema.no_info_before_validator_function(self.read, handler(source))


@dataclass(frozen=True)
class Held:
    """What must hold of a value, of which pydantic is told like of Read; `hold` may refuse it."""

    hold: Callable[[Any], object]

    def __get_pydantic_core_schema__(
        self, source: object, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Return the schema of what is to be, and must hold then."""
        from pydantic_core import core_schema  # noqa: PLC0415 - who asks has it already

        return core_schema.no_info_after_validator_function(self.hold, handler(source))


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _of_this_age(value: timedelta) -> timedelta:
    """Refuse what no calendar can be moved by."""
    if value > _LONGEST:
        raise ValueError("it is longer than a hundred years")
    return value


def _some_time(value: timedelta) -> timedelta:
    if value < timedelta(milliseconds=1):
        raise ValueError("it must be a millisecond at least")
    return value


def parted(value: object) -> object:
    """Read a list that stands in one text, `a, b`: the environment holds nothing else."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


Duration = Annotated[timedelta, Read(_duration), Held(_of_this_age)]
# A limit of no time at all is none to PostgreSQL: it would wait for ever.
TimeLimit = Annotated[Duration, Held(_some_time)]
Texts = Annotated[tuple[str, ...], Read(parted)]


class Part:
    """A part of fettle.toml; a name it does not know is an error, not a silence."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def _told(description: str, **bounds: object) -> Mapping[str, object]:
    return {"description": description, **bounds}


@dataclass(frozen=True)
class StoreSettings(Part):
    """Where Fettle keeps what it knows."""

    url: str | None = field(
        default=None,
        metadata=_told("a PostgreSQL 15 or newer of your own; embedded when not given"),
    )
    data: Path | None = field(
        default=None,
        metadata=_told("the data directory; the platform's user data directory when not given"),
    )


@dataclass(frozen=True)
class DatabaseSettings(Part):
    """A PostgreSQL database that is looked after."""

    name: str = field(
        metadata=_told(
            "what the database is called in reports and on the command line", min_length=1
        )
    )
    url: str = field(
        metadata=_told("where it is, as psql takes it; the role only needs to look", min_length=1)
    )
    fix_url: str | None = field(
        default=None,
        metadata=_told("the address of the role that may act; without it fixes are only planned"),
    )
    standbys: Texts = field(
        default=(),
        metadata=_told("addresses of its standbys, whose reads count before an index is dropped"),
    )
    host: str | None = field(
        default=None,
        metadata=_told("the [[host]] that it runs on, whose disks a task looks at before it acts"),
    )
    limits: RawLimits = field(
        default_factory=dict,
        metadata=_told("thresholds of this database: limits.<check>.<name>"),
    )


@dataclass(frozen=True)
class CheckSettings(Part):
    """How long looking may take."""

    timeout: TimeLimit = field(
        default=timedelta(seconds=30),
        metadata=_told("the longest that looking at one target may take"),
    )
    lock_timeout: TimeLimit = field(
        default=timedelta(milliseconds=200),
        metadata=_told("the longest that a question may wait for a lock"),
    )
    every: Duration = field(
        default=timedelta(minutes=5),
        metadata=_told(
            "how often a server checks each [[database]] where there is no [[schedule]]; "
            "0s is never"
        ),
    )
    outside_every: Duration = field(
        default=timedelta(minutes=1),
        metadata=_told(
            "how often a server looks at each service, dependency and all else that is no "
            "database, where it says nothing itself and no [[schedule]] names it; 0s is never"
        ),
    )
    raise_after: int = field(
        default=2,
        metadata=_told(
            "how many looks in a row must find something of what is no database before it is "
            "told; after the first one the next comes within 30 seconds",
            gt=0,
            le=100,
        ),
    )
    clear_after: int = field(
        default=3,
        metadata=_told(
            "how many looks in a row must not find it before it is over, of what is no database; "
            "twice as many each time that it came back within six hours",
            gt=0,
            le=100,
        ),
    )

    def __post_init__(self) -> None:
        """Refuse what would come too often; raises ValueError."""
        for name in ("every", "outside_every"):
            if timedelta() < getattr(self, name) < timedelta(seconds=10):
                raise ValueError(f"{name}: checks are made every ten seconds at most")


@dataclass(frozen=True)
class FixSettings(Part):
    """What fixes must leave alone, and who may apply them by a server."""

    protect: Texts = field(
        default=("pg_dump%", "pg_restore%", "pg_basebackup%", "pgbackrest%", "barman%", "wal-g%"),
        metadata=_told("users and applications (ILIKE patterns) whose sessions no fix may signal"),
    )
    approve: Literal["safe", "reversible", "irreversible", "never"] = field(
        default="irreversible",
        metadata=_told(
            "from which risk on a plan needs an admin's approval before a server applies "
            "it: safe, reversible, irreversible or never"
        ),
    )
    four_eyes: bool = field(
        default=False,
        metadata=_told("whether who approved such a plan may not apply it as well"),
    )
    wait: Duration = field(
        default=timedelta(days=7),
        metadata=_told(
            "how long a plan waits to be applied, and an approval holds", gt=timedelta(0)
        ),
    )


@dataclass(frozen=True)
class IgnoreSettings(Part):
    """Findings that are accepted, and until when."""

    check: str = field(
        default="*",
        metadata=_told(
            "the check's id, or a pattern of ids; weekly-security-scan: what that finds, or does "
            "not see"
        ),
    )
    subject: str = field(default="*", metadata=_told("a pattern of the finding's subject"))
    reason: str = field(kw_only=True, metadata=_told("why it is accepted"))
    until: date | None = field(default=None, metadata=_told("the last day on which it is accepted"))

    @property
    def of_scan(self) -> bool:
        """Whether it is about what the scan for weaknesses finds, which is no check."""
        return self.check.replace("-", "_") == "weekly_security_scan"

    def covers(self, check: str, subject: str, today: date) -> bool:
        """Whether a finding is accepted by this entry today."""
        if self.until is not None and today > self.until:
            return False
        return fnmatchcase(check, self.check.replace("-", "_")) and fnmatchcase(
            subject, self.subject
        )


class Looking(Protocol):
    """What a look, and mending by hand, need of the settings."""

    @property
    def store(self) -> StoreSettings:
        """Where Fettle keeps what it knows."""

    @property
    def check(self) -> CheckSettings:
        """How long looking may take."""

    @property
    def fix(self) -> FixSettings:
        """What fixes must leave alone."""

    @property
    def limits(self) -> RawLimits:
        """Thresholds of every database."""

    @property
    def database(self) -> tuple[DatabaseSettings, ...]:
        """The databases that are looked after."""

    @property
    def ignore(self) -> tuple[IgnoreSettings, ...]:
        """Findings that are accepted."""

    @property
    def allowed(self) -> tuple[str, ...]:
        """Return the hosts, addresses and networks that may be called though they are private."""

    @property
    def rdap(self) -> str | None:
        """The server that is asked until when names are registered."""

    @property
    def outside(self) -> tuple[Target, ...]:
        """What is looked after and is no database."""

    def needs(self, service: str) -> Sequence[str]:
        """Return the names of all that a service needs, however far, nearest first."""

    def changed(self, **sections: object) -> Self:
        """Return the same with other sections."""

    def absent(self, *values: str) -> BadSettings | None:
        """Return why values cannot be used: one names a variable that nobody has set."""


@dataclass(frozen=True)
class Unset:
    """What holds where nothing is set; implements Looking."""

    store: StoreSettings = StoreSettings()
    check: CheckSettings = CheckSettings()
    fix: FixSettings = FixSettings()
    limits: RawLimits = field(default_factory=dict)
    database: tuple[DatabaseSettings, ...] = ()
    ignore: tuple[IgnoreSettings, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """See Looking.allowed."""
        return ()

    @property
    def rdap(self) -> str | None:
        """See Looking.rdap."""
        return None

    @property
    def outside(self) -> tuple[Target, ...]:
        """See Looking.outside."""
        return ()

    def needs(self, _: str) -> Sequence[str]:
        """See Looking.needs."""
        return ()

    def changed(self, **sections: Any) -> Self:  # noqa: ANN401 - by name
        """See Looking.changed."""
        return replace(self, **sections)

    def absent(self, *_: str) -> BadSettings | None:
        """See Looking.absent."""
        return None
