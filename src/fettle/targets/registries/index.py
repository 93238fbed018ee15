"""A registry's address, and what lets us in; neither is ever printed with a password."""

import base64
import netrc
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit


@dataclass(frozen=True)
class Index:
    """A registry: its address without a password, and the header that lets us in.

    One that is `explicit` has only what a project takes from it by its `name`.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)
    name: str = ""
    explicit: bool = False

    @property
    def host(self) -> str:
        """The host with its port, as people read it."""
        return urlsplit(self.url).netloc


def index_of(url: str, name: str = "") -> Index | None:
    """Return the registry of an address that may hold a password; None where it is no web's."""
    try:
        parted = urlsplit(url.strip())
        user, password = parted.username, parted.password
    except ValueError:
        return None
    if parted.scheme not in ("http", "https") or not parted.hostname:
        return None
    bare = parted._replace(netloc=parted.netloc.rpartition("@")[2])
    address = urlunsplit(bare).rstrip("/")
    if user is None:
        return Index(address, name=name)
    return Index(address, basic(unquote(user), unquote(password or "")), name)


def basic(user: str, password: str) -> str:
    """Return the header of a user with a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def with_netrc(index: Index, environ: Mapping[str, str]) -> Index:
    """Return a registry with the password that .netrc has of its host, where it has none."""
    if index.authorization is not None:
        return index
    file = Path(environ.get("NETRC") or Path(environ.get("HOME", "/nonexistent")) / ".netrc")
    try:
        found = netrc.netrc(file).authenticators(urlsplit(index.url).hostname or "")
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        return index
    if found is None:
        return index
    user, _, password = found
    return replace(index, authorization=basic(user, password or ""))
