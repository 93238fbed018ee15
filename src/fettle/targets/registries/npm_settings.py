"""Where npm takes packages from: .npmrc of the project, the user and the machine, and scopes."""

import base64
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from fettle.targets.registries.index import Index, index_of, with_netrc

_VARIABLE = re.compile(r"(?<!\\)\$\{([^}]+)\}")
_SCOPED = ":registry"


@dataclass(frozen=True)
class Npm:
    """npm's settings, by their names; what is in them may be secret."""

    told: Mapping[str, str] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    def registry(self, name: str, otherwise: str | None = None) -> Index | None:
        """Return the registry of a package: that of its scope, or the one of all others."""
        scope = name.partition("/")[0] if name.startswith("@") else None
        url = self.told.get(f"{scope}{_SCOPED}") if scope else None
        index = index_of(url or self.told.get("registry") or otherwise or "")
        if index is None:
            return None
        if index.authorization is None:
            index = replace(index, authorization=self._authorization(index.url))
        return with_netrc(index, self.environ)

    @property
    def authorities(self) -> Path | None:
        """A file of the authorities that are believed besides those of the web."""
        return Path(self.told["cafile"]) if self.told.get("cafile") else None

    def _authorization(self, url: str) -> str | None:
        """Return what lets us in at an address: set for it, or for a folder above it."""
        parted = urlsplit(url)
        path = f"{parted.path.rstrip('/')}/"
        while True:
            place = f"//{parted.netloc}{path}"
            if header := self._of_place(place) or self._of_place(place.rstrip("/")):
                return header
            if path == "/":
                return None
            path = f"{path.rstrip('/').rpartition('/')[0]}/"

    def _of_place(self, place: str) -> str | None:
        if token := self.told.get(f"{place}:_authToken"):
            return f"Bearer {token}"
        if pair := self.told.get(f"{place}:_auth"):
            return f"Basic {pair}"
        user, password = (self.told.get(f"{place}:{key}") for key in ("username", "_password"))
        if not user or not password:
            return None
        try:
            plain = base64.b64decode(password).decode()
        except ValueError:
            return None
        return "Basic " + base64.b64encode(f"{user}:{plain}".encode()).decode("ascii")


def of_npm(folder: Path, environ: Mapping[str, str], variables: Collection[str] = ()) -> Npm:
    """Return what npm is set to for a project; see npm's documentation of .npmrc.

    A project's own file may name a variable of ours and send it anywhere: it is given npm's, and
    those in `variables`.
    """
    told: dict[str, str] = {}
    for file in _files(environ):
        told |= dict(_read(file, environ))
    given = {name: value for name, value in environ.items() if _may_have(name, variables)}
    told |= dict(_read(folder / ".npmrc", given))
    for name, value in environ.items():
        key = name.lower()
        if key.startswith("npm_config_") and value:
            setting = key.removeprefix("npm_config_")
            # of places and scopes the name is kept as it is, of others _ stands for -
            exact = name[len("npm_config_") :]
            told[exact if exact.startswith(("//", "@")) else setting.replace("_", "-")] = value
    return Npm(told, environ)


def _may_have(name: str, variables: Collection[str]) -> bool:
    return name.upper().startswith(("NPM_", "NODE_AUTH_")) or name in variables


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files of npm's settings of the machine and the user, the later ones over those."""
    home = Path(environ.get("HOME", "/nonexistent"))

    def named(name: str, otherwise: Path) -> Path:
        return Path(environ.get(name) or environ.get(name.upper()) or otherwise)

    yield named("npm_config_globalconfig", Path("/etc/npmrc"))
    yield named("npm_config_userconfig", home / ".npmrc")


def _read(file: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for line in text.splitlines():
        plain = line.strip()
        if plain and not plain.startswith((";", "#", "[")) and "=" in plain:
            key, _, value = plain.partition("=")
            yield _filled(key.strip(), environ), _filled(value.strip().strip("\"'"), environ)


def _filled(text: str, environ: Mapping[str, str]) -> str:
    """Return a text with the variables that it names; an unknown one stays, as with npm."""
    return _VARIABLE.sub(lambda found: environ.get(found[1].rstrip("?"), found[0]), text)
