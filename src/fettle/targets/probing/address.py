"""Addresses of web servers, taken apart as a request needs them."""

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin

import idna

from fettle.errors import WrongUsage
from fettle.targets.site_address import split

_PORTS = {"http": 80, "https": 443}
# What stands for itself in a path and a query (RFC 3986), and what is encoded already.
_AS_IT_IS = "/?:@!$&'()*+,;=%~-._[]|"


@dataclass(frozen=True)
class Address:
    """An address of a web server, taken apart; `host` is as DNS has it, `target` as HTTP has it.

    `login` is the value of the Authorization header that a user and a password in it mean.
    """

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    login: str | None = field(default=None, repr=False)

    @property
    def place(self) -> tuple[str, int]:
        """Where it leads, whatever is asked for there."""
        return self.host, self.port

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """What may be printed of it: no user, no password, no query."""
        path = self.target.partition("?")[0].rstrip("/")
        return f"{self.scheme}://{self.authority}{path}"

    def to(self, location: str) -> "Address":
        """Return where a redirect leads; raises WrongUsage when that is no web server."""
        base = f"{self.scheme}://{self.authority}{self.target}"
        return read(urljoin(base, location.strip()))


def read(url: str) -> Address:
    """Take an address apart; raises WrongUsage for what is no address of a web server."""
    parts, port = split(url)
    host = _host(str(parts.hostname))
    path = quote(parts.path or "/", safe=_AS_IT_IS)
    query = f"?{quote(parts.query, safe=_AS_IT_IS)}" if parts.query else ""
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], path + query, _login(parts))


def _host(name: str) -> str:
    """Return a host's name as DNS has it; raises WrongUsage."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if name.isascii():
        if not re.fullmatch(r"[\w.-]{1,253}", name):
            raise WrongUsage(
                f"that is no address of a site: no host is called {name[:80]!r}",
                remedy="write it like https://host",
            )
        return name.lower().rstrip(".")
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise WrongUsage(
            f"that is no address of a site: {error}", remedy="write it like https://host"
        ) from None


def _login(parts: SplitResult) -> str | None:
    if parts.username is None and parts.password is None:
        return None
    user, password = (unquote_to_bytes(part or "") for part in (parts.username, parts.password))
    return f"Basic {base64.b64encode(user + b':' + password).decode()}"
