"""Where pip and uv take packages from: their own settings, and the environment."""

import configparser
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from fettle.targets.registries.index import Index, basic, index_of, with_netrc


@dataclass(frozen=True)
class Indexes:
    """The indexes that a client asks; `merged` are their answers, else the first one's counts.

    What a project takes from an index by its name (`taken_from`) is asked for there alone.
    """

    all: tuple[Index, ...] = ()
    merged: bool = False
    authorities: Path | None = None
    taken_from: Mapping[str, str] = field(default_factory=dict)

    def of(self, package: str) -> list[Index]:
        """Return the indexes that are asked for a package."""
        if (name := self.taken_from.get(package)) is not None:
            return [one for one in self.all if one.name == name]
        return [one for one in self.all if not one.explicit]


def of_pip(environ: Mapping[str, str]) -> Indexes:
    """Return what pip is set to; see pip's documentation of its configuration."""
    told: dict[str, str] = {}
    for file in _files_of_pip(environ):
        read = configparser.RawConfigParser(strict=False)
        try:
            read.read(file, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip itself says so
        for section in ("global", "install"):
            told |= dict(read.items(section)) if read.has_section(section) else {}
    for name in ("index-url", "extra-index-url", "cert"):
        if value := environ.get(f"PIP_{name.replace('-', '_').upper()}"):
            told[name] = value
    urls = [told.get("index-url", ""), *told.get("extra-index-url", "").split()]
    authorities = Path(told["cert"]) if told.get("cert") else None
    return Indexes(_indexes(urls, environ), merged=True, authorities=authorities)


def _files_of_pip(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files of pip's settings, the later ones over those before them."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path(environ.get("HOME", "/nonexistent"))
    for folder in reversed(environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")):
        yield Path(folder) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    if environ.get("VIRTUAL_ENV"):
        yield Path(environ["VIRTUAL_ENV"]) / "pip.conf"
    if named:
        yield Path(named)


def of_uv(folder: Path, environ: Mapping[str, str]) -> Indexes:
    """Return what uv is set to for a project; see uv's documentation of indexes."""
    named, default = list(_of_variables(environ)), ""
    if url := environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL"):
        default = url
    taken_from: dict[str, str] = {}
    for settings in _settings_of_uv(folder, environ):
        named += _others(settings)
        default = default or _default(settings)
        taken_from = {**_taken_from(settings), **taken_from}
    if default:
        named.append((*_named(default), False))
    found = (_named_index(name, url, environ, explicit=explicit) for name, url, explicit in named)
    return Indexes(tuple(one for one in found if one is not None), taken_from=taken_from)


def _tables(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = settings.get("index")
    each = told if isinstance(told, list) else []
    return [one for one in each if isinstance(one, dict) and isinstance(one.get("url"), str)]


def _others(settings: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield the indexes besides the default one: names, addresses, whether they are explicit."""
    for one in _tables(settings):
        if not one.get("default"):
            yield str(one.get("name", "")), one["url"], bool(one.get("explicit"))
    extra = settings.get("extra-index-url")
    yield from (("", url, False) for url in _list(extra) if isinstance(url, str))


def _default(settings: Mapping[str, Any]) -> str:
    for one in _tables(settings):
        if one.get("default"):
            return f"{one['name']}={one['url']}" if one.get("name") else str(one["url"])
    url = settings.get("index-url")
    return url if isinstance(url, str) else ""


def _taken_from(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the packages that a project takes from an index by its name."""
    sources = settings.get("sources")
    told = {
        canonicalize_name(name): str(one["index"])
        for name, given in (sources.items() if isinstance(sources, dict) else ())
        for one in (given if isinstance(given, list) else [given])
        if isinstance(one, dict) and "index" in one
    }
    return dict(told.items())


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _of_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    for variable in ("UV_INDEX", "UV_EXTRA_INDEX_URL"):
        for word in environ.get(variable, "").split():
            yield (*_named(word), False)


def _named(word: str) -> tuple[str, str]:
    """Return the name and the address of `name=https://…`; an address alone has no name."""
    name, equals, url = word.partition("=")
    return (name, url) if equals and "/" not in name and ":" not in name else ("", word)


def _named_index(
    name: str, url: str, environ: Mapping[str, str], *, explicit: bool
) -> Index | None:
    index = index_of(url, name)
    if index is None:
        return None
    variable = "UV_INDEX_" + "".join(c if c.isalnum() else "_" for c in name).upper()
    user, password = environ.get(f"{variable}_USERNAME"), environ.get(f"{variable}_PASSWORD")
    if name and (user or password):
        index = replace(index, authorization=basic(user or "", password or ""))
    return replace(with_netrc(index, environ), explicit=explicit)


def _settings_of_uv(folder: Path, environ: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield uv's settings: the project's or those of a folder above it, the user's, the system's.

    A uv.toml stands for the pyproject.toml beside it.
    """
    for place in (folder, *folder.parents):
        own = _toml(place / "uv.toml") or _toml(place / "pyproject.toml").get("tool", {}).get("uv")
        if isinstance(own, dict) and own:
            yield own
            break
    home = Path(environ.get("HOME", "/nonexistent"))
    yield _toml(Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml")
    yield _toml(Path("/etc/uv/uv.toml"))


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # where there is none, or none that uv would read


def _indexes(urls: list[str], environ: Mapping[str, str]) -> tuple[Index, ...]:
    found = (index_of(url) for url in urls if url)
    return tuple(with_netrc(index, environ) for index in found if index is not None)
