"""Backups: what is backed up how, the copies that there are, and what came of restoring one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from fettle.model.quantity import Bytes, Ratio


class Kind(StrEnum):
    """What has made a backup, or keeps it."""

    DUMP = "pg_dump"
    BASE = "pg_basebackup"
    PGBACKREST = "pgbackrest"
    BARMAN = "barman"
    RESTIC = "restic"
    BORG = "borg"


@dataclass(frozen=True)
class Backup:
    """A backup as the settings have it, and what was promised of it.

    `database` is the `[[database]]` that it is a backup of, `on` the label of the workers that
    reach it. `tolerance` is which share of rows may differ from the database's, which was written
    since.
    """

    name: str
    kind: Kind = Kind.DUMP
    database: str | None = None
    max_age: timedelta = timedelta(hours=26)
    rto: timedelta | None = None
    rpo: timedelta | None = None
    tolerance: Ratio = Ratio(0.05)
    on: str | None = None


@dataclass(frozen=True)
class Copy:
    """One time that it was backed up: a file, a folder, a snapshot, as whoever keeps it names it.

    `growing` says who or what shows that it is written still, `unfinished` what shows that it was
    not completed.
    """

    id: str
    made_at: datetime
    size: Bytes | None = None
    growing: str | None = None
    unfinished: str | None = None


@dataclass(frozen=True)
class Files:
    """What a copy's files are, without restoring them.

    `major` is the version of PostgreSQL that it is of, `source_major` that of the database as it is
    now. `wrong` is what is damaged in it, `unproved` why a changed bit would not be seen.
    """

    form: str
    major: int | None = None
    source_major: int | None = None
    wrong: tuple[str, ...] = ()
    unproved: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a sample query was answered; `wrong` is what is not right about that."""

    query: str
    says: str
    wrong: str | None = None


@dataclass(frozen=True)
class Restored:
    """What came of restoring a copy into a throw-away cluster.

    `as_of` is the moment of what is in it, as it says itself, where that is known. `errors` are
    what could not be restored, `corrupt` what amcheck has found. `changed` says that it was written
    while it was read. `notes` are what is right all the same. `replayed` is when the last change
    was made that a log, kept beside the copy, has brought.
    """

    form: str
    major: int
    took: timedelta
    size: Bytes = Bytes(0)
    tables: int = 0
    rows: int = 0
    indexes: int = 0
    as_of: datetime | None = None
    errors: tuple[str, ...] = ()
    corrupt: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    changed: str | None = None
    notes: tuple[str, ...] = ()
    replayed: datetime | None = None


@dataclass(frozen=True)
class Sides:
    """A table as it was recovered, and as it is in the database; `here` is what was recovered.

    None: it is not there. `same` is whether the checksums of all rows are equal; where they are
    not, `alike` of `sampled` rows that were recovered are in the database just so.
    """

    table: str
    here: int | None
    there: int | None
    same: bool | None = None
    sampled: int = 0
    alike: int = 0
    unseen: str | None = None


@dataclass(frozen=True)
class Validated:
    """What was recovered beside its database; `unseen` is why it could not be compared."""

    restored: Restored
    tables: tuple[Sides, ...] = ()
    unseen: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a backup will be recovered: the folder, the room in it, and what is needed."""

    folder: str
    free: Bytes
    needed: Bytes | None


Say = Callable[[str], Awaitable[None]]


class Backups(Protocol):
    """Where backups lie, and what restores them.

    All of it raises CannotLook for what is not there (a tool, a key, room), and ActFailed where a
    program did not do what it was asked to.
    """

    @property
    def backups(self) -> Sequence[Backup]:
        """Those of the settings."""

    async def copies(self, name: str) -> Sequence[Copy]:
        """Return the copies that there are, the newest first."""

    async def look(self, name: str, copy: str, run: str, say: Say) -> Files:
        """Look at a copy's files."""

    async def restore(self, name: str, copy: str, run: str, say: Say) -> Restored:
        """Restore a copy into a throw-away cluster, and look at what is in it; nothing stays."""

    async def prepare(self, name: str, run: str) -> Place:
        """Make a clean place for a recovery, and see that there is room and what it takes."""

    async def recover(self, name: str, copy: str, run: str, say: Say) -> Restored:
        """Recover a copy until it can be used, which is what is timed; it stays for the run."""

    async def validate(self, name: str, run: str, say: Say) -> Validated:
        """Look at what the run has recovered, and compare it with the database."""

    async def drop(self, name: str, run: str) -> None:
        """Let go of what the run has recovered."""
