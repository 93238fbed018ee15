"""What the file refers to: `${NAME}` of the environment, `${file:PATH}` for the text of a file.

Secrets never stand in the file itself: it is copied, shown and kept with the code. So a machine
may have the file and not the secrets: what only some commands need is refused when it is needed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fettle.errors import BadSettings

_REFERENCE = re.compile(r"\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|file:(?P<file>[^}]+))\}")
_STEPS = ("task", "procedure", "steps")
_SECRETS = frozenset(
    {
        ("ai", "key"),
        ("backup", "passphrase"),
        ("cdn", "token"),
        ("edge", "token"),
        ("oidc", "secret"),
        ("dependency", "metrics_token"),
        ("prometheus", "password"),
        ("prometheus", "token"),
        ("service", "metrics_token"),
        ("receiver", "secret"),
        ("remedy", "secret"),
        ("remedy", "token"),
        ("sentry", "token"),
        (*_STEPS, "http", "secret"),
        (*_STEPS, "http", "token"),
    }
)
_ADDRESSES = frozenset(
    {"url", "fix_url", "standbys", "probe", "metrics", "status_url", "repository", "pages"}
)
# Where what is no database is watched.
_WATCHED = frozenset(
    {
        ("service", "url"),
        ("service", "metrics"),
        ("dependency", "url"),
        ("dependency", "metrics"),
        ("dependency", "status_url"),
        ("prometheus", "url"),
        ("cdn", "url"),
        ("edge", "url"),
    }
)
# Those of services that are told: what lets one speak there is a part of the address itself.
_SPEAKING = frozenset(
    {
        ("receiver", "url"),
        ("server", "alive_url"),
        ("remedy", "url"),
        ("remedy", "probe"),
        ("remedy", "body"),
        ("remedy", "undo", "url"),
        ("remedy", "undo", "body"),
        (*_STEPS, "http"),
        (*_STEPS, "http", "url"),
        (*_STEPS, "http", "body"),
    }
)
# What lets in to pages, by its name: most of it is a secret, and a language is none.
_LETTING_IN = (("optimisation", "log_in", "cookies"), ("optimisation", "log_in", "headers"))
_TOKEN = re.compile(
    r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"^(?:[a-z0-9]+:)?[a-z][a-z0-9+.-]*://[^/?#@]*:[^/?#@]+@|^postgres(?:ql)?://[^/@]*:[^/@]+@"
    r"|(?:^|[\s?&])password=[^\s&]",
    re.IGNORECASE,
)


# What only those need that look at it, act on it, or tell somebody by it.
_NEEDED_LATER = (
    _SECRETS
    | _SPEAKING
    | _WATCHED
    | {("database", name) for name in _ADDRESSES}
    | {(*_STEPS, "command"), ("backup", "repository")}
)


@dataclass(frozen=True)
class Absent:
    """A variable that a setting names and the environment does not have."""

    name: str
    where: str

    @property
    def error(self) -> BadSettings:
        """What a command says that needs it."""
        return BadSettings(
            f"{self.where}: the environment has no {self.name}", remedy=f"export {self.name}=…"
        )


def first_absent(absent: Iterable[Absent], values: Iterable[str]) -> Absent | None:
    """Return the first variable that one of these values still names."""
    named = {match["name"] for value in values for match in _REFERENCE.finditer(value)}
    return next((one for one in absent if one.name in named), None)


@dataclass
class References:
    """The variables and the file that settings refer to, and which of them are not there."""

    environ: Mapping[str, str]
    file: str
    absent: list[Absent] = field(default_factory=list)

    def filled(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings with what they refer to; raises BadSettings, also for a plain secret.

        What is needed later keeps naming a variable that is absent.
        """
        return {name: self._section(part, name) for name, part in raw.items()}

    def _section(self, part: Any, name: str) -> Any:  # noqa: ANN401
        if not isinstance(part, list):
            return self._filled(part, (name,), f"{self.file}: {name}")
        entries = []
        for number, entry in enumerate(part, 1):
            called = entry.get("id") or entry.get("name") if isinstance(entry, dict) else None
            at = f"{self.file}: [[{name}]] {called or f'number {number}'}"
            entries.append(self._filled(entry, (name,), at, ": "))
        return entries

    def _filled(self, value: Any, path: tuple[str, ...], where: str, then: str = ".") -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {
                key: self._filled(part, (*path, key), f"{where}{then}{key}")
                for key, part in value.items()
            }
        if isinstance(value, list):
            return [self._filled(part, path, where) for part in value]
        if not isinstance(value, str):
            return value
        refers = "${" in value
        if _is_secret(path, _REFERENCE.sub("", value) if refers else value):
            raise BadSettings(
                f"{where}: a secret stands in the file",
                remedy="put it into the environment and write ${NAME}, or into a file of its own "
                "and write ${file:/run/secrets/NAME}",
            )
        if not refers:
            return value
        return _REFERENCE.sub(lambda match: self._meant(match, path, where), value)

    def _meant(self, match: "re.Match[str]", path: tuple[str, ...], where: str) -> str:
        if (name := match["name"]) is None:
            return _text_of(match["file"], where)
        if name in self.environ:
            return self.environ[name]
        absent = Absent(name, where)
        if path not in _NEEDED_LATER and path[:-1] not in _LETTING_IN:
            raise absent.error
        self.absent.append(absent)
        return match[0]


def _is_secret(path: tuple[str, ...], plain: str) -> bool:
    """Whether a value holds a secret in what stands in it without its references."""
    if path in _SECRETS:
        return bool(plain)
    lets_in = path[:-1] in _LETTING_IN
    if lets_in and path[-1].lower() == "authorization" and len(plain.split()) > 1:
        return True  # its scheme alone is none
    if (lets_in or path in _SPEAKING) and _TOKEN.search(plain):
        return True
    holds = path[-1] in _ADDRESSES or path == (*_STEPS, "command")
    return holds and _PASSWORD.search(plain) is not None


def _text_of(file: str, where: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise BadSettings(f"{where}: {file} cannot be read: {reason}") from error
