"""Settings of logs that are rotated: which, how many are kept, and who is told."""

import re
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fettle.model.looking import Duration
from fettle.model.quantity import Bytes
from fettle.settings.certificates import WholePath
from fettle.settings.section import Section

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}")
# What logrotate's configuration would take for something else than a part of a path.
_STRANGE = re.compile(r"[\"'\\{}\[\]\s]|\*\*")
_WORD = re.compile(r"[a-z_][a-z0-9_-]{0,31}\$?")
_KEPT = 14


def _name(given: str) -> str:
    if not _NAME.fullmatch(given):
        raise ValueError("its name has 1 to 80 letters, digits, points, - and _")
    return given


def _pattern(given: str) -> str:
    path = PurePosixPath(given)
    if not path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{given[:80]!r} does not begin with /: write the whole path")
    if _STRANGE.search(given):
        raise ValueError(f"{given[:80]!r}: of patterns there are * and ?, and no quotes or spaces")
    if not path.name.strip("*?"):
        raise ValueError(f"{given[:80]!r}: say what logs are called, like /var/log/shop/*.log")
    if not path.parent.parts[1:2] or not path.parts[1].strip("*?"):
        raise ValueError(f"{given[:80]!r}: say in which folder, like /var/log/shop/*.log")
    return given


def _bytes(value: object) -> object:
    return Bytes.parse(str(value)) if isinstance(value, str | int) else value


def _user(given: str) -> str:
    words = given.split()
    if len(words) != 2 or not all(map(_WORD.fullmatch, words)):
        raise ValueError(f'{given[:60]!r} is no user and group, like "www-data adm"')
    return given


class RotationSettings(Section, arbitrary_types_allowed=True):
    """Logs that are rotated alike, by logrotate."""

    name: Annotated[str, AfterValidator(_name)] = Field(description="what they are called")
    paths: tuple[Annotated[str, AfterValidator(_pattern)], ...] = Field(
        (), description="the logs: whole paths, in which * stands for anything but /"
    )
    config: WholePath | None = Field(
        None,
        description="a file of logrotate's own, like /etc/logrotate.d/nginx, that rules how they "
        "are rotated and packed, instead of keep, size, compress, copytruncate and su",
    )
    state: WholePath | None = Field(
        None,
        description="the file in which logrotate remembers; of config /var/lib/logrotate/status, "
        "so that a log is not rotated twice where the system does it too",
    )
    keep: int | None = Field(
        None, ge=1, le=10_000, description=f"how many old ones are kept; {_KEPT} where nothing says"
    )
    keep_for: Duration | None = Field(
        None, ge=timedelta(days=1), description="for how long an old one is kept at most"
    )
    size: Annotated[Bytes, BeforeValidator(_bytes)] | None = Field(
        None, description="only what is larger is rotated, like 100 MiB; daily when not given"
    )
    compress: bool = Field(
        True, description="whether old ones are packed, but the last, which may be written still"
    )
    copytruncate: bool = Field(
        False,
        description="whether a log is copied and emptied, for what cannot be told to begin a new "
        "one; lines that are written meanwhile are lost",
    )
    su: Annotated[str, AfterValidator(_user)] | None = Field(
        None, description='the user and group that rotate them, like "www-data adm"'
    )
    after: tuple[str, ...] = Field(
        (),
        description="what tells whoever writes them to begin new ones: a program and its "
        'arguments, like ["systemctl", "kill", "-s", "USR1", "shop"]',
    )
    on: str | None = Field(
        None, min_length=1, max_length=32, description="the label of the workers that reach them"
    )

    @property
    def kept(self) -> int | None:
        """How many are kept of each; None where only their age counts, or a file of its own."""
        if self.keep is None and self.keep_for is None and self.config is None:
            return _KEPT
        return self.keep

    @property
    def status(self) -> Path | None:
        """Where logrotate remembers; None where Fettle says."""
        if self.state is None and self.config is not None:
            return Path("/var/lib/logrotate/status")
        return self.state

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if not self.paths and self.config is None:
            raise ValueError("it has neither paths nor config")
        if self.config is not None and (self.size or self.copytruncate or self.su):
            raise ValueError("config rules size, copytruncate and su: leave them out")
        if len(self.after) == 1 and " " in self.after[0].strip():
            raise ValueError(
                f"after: {self.after[0][:60]!r} is one word to the machine, as there is no shell"
            )
        return self
