"""Settings of backups: what is backed up how, where it lies, and what is promised of it."""

import re
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fettle.errors import BadSettings
from fettle.model.backup import Kind
from fettle.model.looking import Duration
from fettle.model.quantity import Ratio
from fettle.settings.certificates import WholePath, variable
from fettle.settings.section import Section

if TYPE_CHECKING:
    from fettle.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}")
_WORD = re.compile(r"[A-Za-z0-9_][\w.-]{0,79}")
_ADDRESS = re.compile(r"[A-Za-z0-9/$~.][^\s]*")
_LONGEST_PATH = 60  # a socket's whole path has 107 bytes at most
# What says where a backup of each kind lies: the first is required, the others may be there.
_WHERE: dict[Kind, tuple[str, ...]] = {
    Kind.DUMP: ("path",),
    Kind.BASE: ("path",),
    Kind.PGBACKREST: ("stanza", "config"),
    Kind.BARMAN: ("server", "config"),
    Kind.RESTIC: ("repository", "path"),
    Kind.BORG: ("repository", "path"),
}
_PLACES = ("path", "repository", "stanza", "server", "config")


def _name(given: str) -> str:
    if not _NAME.fullmatch(given):
        raise ValueError("its name has 1 to 80 letters, digits, points, - and _")
    return given


def _word(given: str) -> str:
    if not _WORD.fullmatch(given):
        raise ValueError(f"{given[:60]!r} is no name, like main")
    return given


def _path(given: str) -> str:
    path = PurePosixPath(given)
    if not path.is_absolute() or ".." in path.parts or "\0" in given:
        raise ValueError(f"{given[:80]!r} does not begin with /: write the whole path")
    if not path.name.strip("*?"):
        raise ValueError(f"{given[:80]!r}: say what it is called, like /var/backups/shop-*.dump")
    return given


def _address(given: str) -> str:
    if not _ADDRESS.fullmatch(given):
        raise ValueError(f"{given[:60]!r} is no repository, like /srv/restic or sftp:host:/srv")
    return given


def _short(given: Path) -> Path:
    if len(str(given).encode()) > _LONGEST_PATH:
        raise ValueError(f"its path has {_LONGEST_PATH} bytes at most: a socket lies in it")
    return given


def _share(value: object) -> object:
    share = Ratio.parse(str(value)) if isinstance(value, str | int | float) else value
    if isinstance(share, Ratio) and not 0 <= share <= 1:
        raise ValueError(f"{value!r} is no share; write it like 5 %")
    return share


class BackupSettings(Section, arbitrary_types_allowed=True):
    """A backup that is verified, by restoring it."""

    name: Annotated[str, AfterValidator(_name)] = Field(description="what it is called")
    kind: Kind = Field(
        description="what made it: pg_dump (a file or a folder, pg_dumpall's too), pg_basebackup, "
        "pgbackrest, barman; restic or borg, with one of the first two inside"
    )
    database: str | None = Field(None, description="the [[database]] that it is a backup of")
    path: Annotated[str, AfterValidator(_path)] | None = Field(
        None,
        description="the files or folders, in which * stands for anything but /; the newest is "
        "verified. Of restic and borg: where it lies inside",
    )
    repository: Annotated[str, AfterValidator(_address)] | None = Field(
        None, description="the repository of restic or borg, as they are given it"
    )
    stanza: Annotated[str, AfterValidator(_word)] | None = Field(
        None, description="the stanza of pgbackrest"
    )
    server: Annotated[str, AfterValidator(_word)] | None = Field(
        None, description="the server of barman"
    )
    config: WholePath | None = Field(
        None, description="the configuration of pgbackrest or barman, where it is not their own"
    )
    passphrase: str | None = Field(
        None,
        description="what opens it: the passphrase of a repository, or of a file that gpg has "
        "encrypted",
    )
    environment: tuple[Annotated[str, AfterValidator(variable)], ...] = Field(
        (),
        description="names of variables of the environment that restic, borg, pgbackrest and "
        "barman are given, for a store's credentials; they are given no others",
    )
    max_age: Duration = Field(
        timedelta(hours=26), gt=timedelta(0), description="the newest is not older than that"
    )
    rto: Duration | None = Field(
        None, gt=timedelta(0), description="how long a recovery may take, as it was promised"
    )
    rpo: Duration | None = Field(
        None, gt=timedelta(0), description="how much may be lost, as it was promised"
    )
    queries: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (),
        description="SELECTs that are asked of what was restored; each answers with true, a number "
        "above 0 or a text",
    )
    every_row: bool = Field(
        False,
        description="whether every row is looked up in the indexes (amcheck's heapallindexed)",
    )
    preload: tuple[Annotated[str, AfterValidator(_word)], ...] = Field(
        (),
        description="libraries that what is restored needs from its server's start on, like "
        "timescaledb; none that does something by itself, like pg_cron",
    )
    tolerance: Annotated[Ratio, BeforeValidator(_share)] = Field(
        Ratio(0.05),
        description="which share of rows may differ from the database's in the disaster-recovery "
        "test, for what was written since",
    )
    restore_in: Annotated[WholePath, AfterValidator(_short)] = Field(
        Path("/var/tmp"),  # noqa: S108 - a folder of its own is made in it
        description="the folder in which it is restored; it needs room for the whole database",
    )
    on: str | None = Field(
        None,
        min_length=1,
        max_length=32,
        description="the label of the workers that reach it",
    )

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Self:
        needed, *others = _WHERE[self.kind]
        if getattr(self, needed) is None:
            raise ValueError(f"{needed}: it is required where kind is {self.kind}")
        strange = [one for one in _PLACES if one not in (needed, *others)]
        for name in strange:
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: there is none where kind is {self.kind}")
        if self.kind in (Kind.RESTIC, Kind.BORG) and self.path is None:
            raise ValueError(
                f"path: it is required where kind is {self.kind}: where it lies inside"
            )
        return self


def refuse_strangers(settings: "Settings") -> None:
    """Refuse backups of databases that are not in the settings; raises BadSettings."""
    known = [one.name for one in settings.database]
    for backup in settings.backup:
        if backup.database is not None and backup.database not in known:
            raise BadSettings(
                f"[[backup]] {backup.name}: database: no database is called {backup.database}",
                remedy=f"one of {', '.join(known)}" if known else "name it in a [[database]]",
            )
