"""Where docker takes images from, and what lets it in: config.json and daemon.json."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fettle.errors import CannotLook
from fettle.targets.registries.index import Index, basic, index_of

_DAEMON = Path("/etc/docker/daemon.json")


@dataclass(frozen=True)
class Docker:
    """docker's settings: passwords by host, and what stands for images without a host."""

    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    mirrors: tuple[str, ...] = ()
    insecure: tuple[str, ...] = ()

    def place(self, image: str) -> tuple[Index, str]:
        """Return the registry of an image, and what the image is called there.

        Raises CannotLook for one without a host, where no mirror is set.
        """
        first, slash, rest = image.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            index = index_of(f"{self._scheme(first)}://{first}")
            if index is None:
                raise CannotLook(f"{first} is no host of a registry")
            return self._let_in(index), rest
        if not self.mirrors:
            raise CannotLook(
                f"no registry is known of images without a host, like {image}",
                remedy=f"name one: registry-mirrors in {_DAEMON}, or a host before the image",
            )
        index = index_of(self.mirrors[0])
        if index is None:
            raise CannotLook(f"registry-mirrors in {_DAEMON} is no address")
        return self._let_in(index), image if slash else f"library/{image}"

    def _let_in(self, index: Index) -> Index:
        return Index(index.url, self.passwords.get(index.host))

    def _scheme(self, host: str) -> str:
        """Return how a host is asked: openly only what is this machine's own, or set so."""
        name = host.rpartition(":")[0] or host
        local = name in ("localhost", "127.0.0.1", "[::1]")
        return "http" if local or host in self.insecure else "https"


def of_docker(environ: Mapping[str, str], daemon: Path = _DAEMON) -> Docker:
    """Return what docker is set to."""
    home = Path(environ.get("HOME", "/nonexistent"))
    folder = Path(environ.get("DOCKER_CONFIG") or home / ".docker")
    told = _json(folder / "config.json").get("auths")
    passwords = {}
    for host, given in (told if isinstance(told, dict) else {}).items():
        if isinstance(given, dict) and (header := _header(given)) is not None:
            passwords[host.removeprefix("https://").removeprefix("http://").split("/")[0]] = header
    settings = _json(daemon)
    return Docker(
        passwords, _texts(settings, "registry-mirrors"), _texts(settings, "insecure-registries")
    )


def _header(given: Mapping[str, Any]) -> str | None:
    pair = given.get("auth")
    try:
        user, colon, password = base64.b64decode(str(pair or "")).decode().partition(":")
    except ValueError:
        return None
    return basic(user, password.rstrip("\0")) if colon and user else None


def _texts(settings: Mapping[str, Any], key: str) -> tuple[str, ...]:
    told = settings.get(key)
    return tuple(one for one in told if isinstance(one, str)) if isinstance(told, list) else ()


def _json(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
