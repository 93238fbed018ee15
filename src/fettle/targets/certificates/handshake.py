"""The certificate that a host shows: TLS at once, or as SMTP and PostgreSQL begin it."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import certifi

from fettle.errors import CannotLook, Unreachable
from fettle.model.certificates import Host
from fettle.targets.probing import wire
from fettle.targets.probing.certificates import Shown
from fettle.targets.probing.wire import Endpoint

_WITHIN_S = 10.0
_LONGEST_LINE = 2048
_MOST_LINES = 100
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")  # PostgreSQL's, 53.7 of its manual


@dataclass(frozen=True)
class Agreed:
    """What a handshake came to: the certificate, and the version and cipher that were agreed on."""

    shown: Shown
    version: str = ""
    cipher: str = ""


async def shown(
    host: Host,
    at: str | None = None,
    authority: Path | None = None,
    within_s: float = _WITHIN_S,
) -> Agreed:
    """Return the certificate that a host shows, believed or not; raises CannotLook."""
    try:
        async with asyncio.timeout(within_s):
            known = await wire.lookup(at or host.host, host.port)
            return await _shown(host, known.endpoints, authority)
    except TimeoutError:
        raise Unreachable(f"{host.name} agreed on no TLS within {within_s:g} s") from None
    except (OSError, EOFError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unreachable(f"{host.name} agreed on no TLS: {said}") from None


async def _shown(host: Host, endpoints: Sequence[Endpoint], authority: Path | None) -> Agreed:
    try:
        return await _agree(host, endpoints, believing(authority), None)
    except ssl.SSLCertVerificationError as error:
        return await _agree(host, endpoints, believing_all(), error)


async def _agree(
    host: Host,
    endpoints: Sequence[Endpoint],
    context: ssl.SSLContext,
    distrusted: ssl.SSLCertVerificationError | None,
) -> Agreed:
    sock = await wire.connect(endpoints)
    try:
        await _BEGINS.get(host.protocol, _at_once)(sock)
        _, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=host.host)
    except BaseException:
        sock.close()
        raise
    agreed = writer.get_extra_info("ssl_object")
    der, version, cipher = agreed.getpeercert(binary_form=True), agreed.version(), agreed.cipher()
    writer.transport.abort()
    await asyncio.sleep(0)  # the loop closes what it was told to let go
    return Agreed(
        Shown(host.host, host.name, der or b"", distrusted),
        version or "",
        cipher[0] if cipher else "",
    )


async def _at_once(_sock: socket.socket) -> None:
    """Begin TLS without a word before it."""


async def _smtp(sock: socket.socket) -> None:
    """Ask a mail server for TLS (RFC 3207)."""
    loop = asyncio.get_running_loop()
    await _answered(sock, "220")
    await loop.sock_sendall(sock, b"EHLO fettle.invalid\r\n")
    await _answered(sock, "250")
    await loop.sock_sendall(sock, b"STARTTLS\r\n")
    await _answered(sock, "220")


async def _answered(sock: socket.socket, code: str) -> None:
    """Read an answer of a mail server to its last line; raises Unreachable for another one."""
    for _ in range(_MOST_LINES):
        line = await _line(sock)
        if not line.startswith(code):
            raise Unreachable(f"the mail server begins no TLS: it says {line[:100]!r}")
        if line[3:4] != "-":
            return
    raise Unreachable("the mail server's answer has no end")


async def _line(sock: socket.socket) -> str:
    """Read a line, byte by byte: what comes after it belongs to TLS."""
    loop = asyncio.get_running_loop()
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        byte = await loop.sock_recv(sock, 1)
        if not byte:
            raise EOFError("it hung up")
        line += byte
    return line.decode("ascii", "replace").rstrip()


async def _postgresql(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, _SSL_REQUEST)
    answer = await loop.sock_recv(sock, 1)
    if answer != b"S":
        said = "it has no TLS (ssl = off)" if answer == b"N" else "what answers is no PostgreSQL"
        raise CannotLook(f"no certificate is shown: {said}")


_BEGINS: Mapping[str, Callable[[socket.socket], Awaitable[None]]] = {
    "smtp": _smtp,
    "postgresql": _postgresql,
}


def believing(authority: Path | None) -> ssl.SSLContext:
    """Return what believes the machine's authorities, and those of a file; raises CannotLook."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    own = bool(paths.cafile) or (folder is not None and any(folder.glob("*.0")))
    context = ssl.create_default_context(cafile=None if own else certifi.where())
    if authority is not None:
        try:
            context.load_verify_locations(cafile=authority)
        except (OSError, ssl.SSLError) as error:
            raise CannotLook(
                f"{authority} cannot be read: {error.strerror or error}",
                remedy="[[certificate]] authority names a file of certificates in PEM",
            ) from None
    return context


@cache
def believing_all() -> ssl.SSLContext:
    """Return what asks for nothing but to be shown a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
