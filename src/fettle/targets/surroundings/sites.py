"""Where a site is reached, by what its package or its web server is configured to."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LARGEST = 1024**2
_NOT_ITS_OWN = ("github.com", "gitlab.com", "bitbucket.org", "example.com")
_SERVER_NAME = re.compile(r"^\s*server_name\s+([^;]+);", re.MULTILINE)
_ACCESS_LOG = re.compile(r"^\s*access_log\s+(/[^\s;]+)", re.MULTILINE)
_CADDY_SITE = re.compile(r"^([a-z0-9*.,: /-]+?)\s*\{\s*$", re.MULTILINE | re.IGNORECASE)
_HOST = re.compile(r"(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class FoundSite:
    """An address, and by what it was found."""

    url: str
    because: str


def sites(folder: Path, machine: Path = Path("/")) -> Iterator[FoundSite]:
    """Yield where sites are reached; the surest first."""
    yield from _of_package(folder / "package.json")
    yield from _of_vercel(folder / "vercel.json")
    for path in (folder / "Caddyfile", machine / "etc/caddy/Caddyfile"):
        for addresses in _CADDY_SITE.findall(_text(path)):
            yield from _hosts(re.split(r"[,\s]+", addresses), str(path))
    for path in _nginx(folder, machine):
        for names in _SERVER_NAME.findall(_text(path)):
            yield from _hosts(names.split(), str(path))


def access_logs(folder: Path, machine: Path = Path("/")) -> Iterator[Path]:
    """Yield the access logs that are there: those that nginx is told of, and the usual ones."""
    told = [
        Path(found)
        for path in _nginx(folder, machine)
        for found in _ACCESS_LOG.findall(_text(path))
    ]
    usual = ("nginx/access.log", "apache2/access.log", "caddy/access.log", "traefik/access.log")
    usual_ = [machine / "var/log" / name for name in usual]
    for path in dict.fromkeys((*told, *usual_)):
        try:
            if path.is_file():
                yield path
        except OSError:  # its folder is not for us
            continue


def package_name(folder: Path) -> str | None:
    """Return what a package calls itself."""
    name = _json(folder / "package.json").get("name")
    return name.rpartition("/")[2] if isinstance(name, str) and name else None


def _of_package(path: Path) -> Iterator[FoundSite]:
    homepage = _json(path).get("homepage")
    if isinstance(homepage, str) and homepage.startswith(("http://", "https://")):
        host = urlsplit(homepage).hostname or ""
        if not any(host == other or host.endswith(f".{other}") for other in _NOT_ITS_OWN):
            yield FoundSite(homepage, f"{path.name}: homepage")


def _of_vercel(path: Path) -> Iterator[FoundSite]:
    alias = _json(path).get("alias")
    names = [alias] if isinstance(alias, str) else alias if isinstance(alias, list) else []
    yield from _hosts([str(name) for name in names], path.name)


def _hosts(names: list[str], where: str) -> Iterator[FoundSite]:
    for name in names:
        host = re.sub(r"^https?://|:\d+$|/.*$", "", name)
        if _HOST.fullmatch(host) and not host.endswith((".local", ".test", ".localhost")):
            scheme = "http" if name.startswith("http://") or name.endswith(":80") else "https"
            yield FoundSite(f"{scheme}://{host}", where)


def _nginx(folder: Path, machine: Path) -> list[Path]:
    places = (
        (folder, ("nginx.conf", "nginx/*.conf", "deploy/nginx*.conf", "docker/nginx*.conf")),
        (machine / "etc/nginx", ("sites-enabled/*", "conf.d/*.conf")),
    )
    return [path for base, globs in places for one in globs for path in sorted(base.glob(one))]


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
