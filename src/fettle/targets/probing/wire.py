"""Connections, each part of which is measured by itself: the name, the socket, TLS."""

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import certifi

from fettle.errors import Unreachable
from fettle.model.probed import Step
from fettle.targets.permitted import IpAddress, address_of

# A resolver that is there answers within that, or has asked in vain: resolv.conf's own default.
_LOOKUP_S = 5.0
# RFC 8305: how long one address may be silent before the next is tried beside it.
_STAGGER_S = 0.25
_MOST_ADDRESSES = 8
_NO_WAY_OUT = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
# Nobody says, as against: there is no such name.
_NOBODY_SAYS = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM})

_SAID_OF_TLS = {
    "WRONG_VERSION_NUMBER": "what answers there speaks no TLS",
    "HTTP_REQUEST": "what answers there speaks plain HTTP, and no TLS",
    "UNSUPPORTED_PROTOCOL": "it offers only versions of TLS that are no longer safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it takes no version of TLS that is safe today",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it agrees to no way of encryption",
    "TLSV1_UNRECOGNIZED_NAME": "it knows no site of that name",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it wants to be shown a certificate",
    "DH_KEY_TOO_SMALL": "its keys are too short to be safe",
}


_Told = tuple[Any, float]  # what getaddrinfo says, or raises, and the seconds it took


class NoAnswer(Unreachable):
    """No whole answer came; `step` is where it got stuck. It leaves this package as a reading.

    `local` says that it is this machine that has no way there.
    """

    def __init__(self, step: Step, reason: str, *, local: bool = False) -> None:
        super().__init__(reason)
        self.step = step
        self.local = local


@dataclass(frozen=True)
class Endpoint:
    """An address, and the way getaddrinfo writes it for a socket."""

    address: IpAddress
    family: int
    place: Any


@dataclass(frozen=True)
class Known:
    """What a name means, and how many seconds it took; None where it was an address itself."""

    endpoints: Sequence[Endpoint]
    took_s: float | None


@dataclass(frozen=True)
class Encrypted:
    """A connection with TLS, or none because the certificate was not believed: `distrusted`."""

    reader: asyncio.StreamReader | None
    writer: asyncio.StreamWriter | None
    certificate: bytes | None
    distrusted: ssl.SSLCertVerificationError | None = None


async def lookup(host: str, port: int) -> Known:
    """Return what a name means; raises NoAnswer."""
    if _is_address(host):
        answer, _ = _ask(host, port, socket.AI_NUMERICHOST)
        took = None
    else:
        answer, took = await _asked(host, port)
    if isinstance(answer, socket.gaierror) and answer.errno in _NOBODY_SAYS:
        raise NoAnswer(Step.RESOLVER, f"no resolver says what {host} means: {answer.strerror}")
    if isinstance(answer, Exception):
        said = getattr(answer, "strerror", None) or str(answer)
        raise NoAnswer(Step.LOOKUP, f"the name {host} is not known: {said}")
    endpoints = [Endpoint(address_of(one), one[0], one[4]) for one in answer]
    return Known(list(_alternating(endpoints)), took)


def _ask(host: str, port: int, flags: int = 0) -> _Told:
    """Return what getaddrinfo says, or why it does not, and how many seconds that took."""
    began = time.perf_counter()
    answer: Any
    try:
        answer = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError) as error:
        answer = error
    return answer, time.perf_counter() - began


async def _asked(host: str, port: int) -> _Told:
    """Ask the resolver.

    A thread of its own waits for it, and is left behind when nobody waits any more: it cannot be
    stopped, and must neither hold a place that others need nor the end of the process.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Future[_Told] = loop.create_future()

    def ask() -> None:
        said = _ask(host, port)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(_tell, told, said)

    threading.Thread(target=ask, name=f"lookup of {host}", daemon=True).start()
    try:
        return await asyncio.wait_for(told, _LOOKUP_S)
    except TimeoutError:
        said = f"no resolver said within {_LOOKUP_S:g} s what {host} means"
        raise NoAnswer(Step.RESOLVER, said) from None


def _tell(told: "asyncio.Future[_Told]", said: _Told) -> None:
    if not told.done():
        told.set_result(said)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _alternating(endpoints: Sequence[Endpoint]) -> Iterator[Endpoint]:
    """Yield one family after the other: where all of one are dead, that is soon known."""
    first = [one for one in endpoints if one.family == endpoints[0].family]
    others = [one for one in endpoints if one.family != endpoints[0].family]
    for place in range(max(len(first), len(others))):
        yield from first[place : place + 1]
        yield from others[place : place + 1]


async def connect(endpoints: Sequence[Endpoint]) -> socket.socket:
    """Return a socket to the first address that takes a connection; raises NoAnswer."""
    trying: dict[asyncio.Task[socket.socket], Endpoint] = {}
    waiting = list(endpoints[:_MOST_ADDRESSES])
    errors: list[tuple[Endpoint, OSError]] = []
    try:
        while waiting or trying:
            if waiting:
                one = waiting.pop(0)
                trying[asyncio.create_task(_connect(one))] = one
            done, _ = await asyncio.wait(
                trying,
                timeout=_STAGGER_S if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                error = task.exception()
                if error is None:
                    trying.pop(task)
                    return task.result()
                if not isinstance(error, OSError):
                    raise error
                errors.append((trying.pop(task), error))
    finally:
        await _let_go(list(trying))
    raise _not_taken(errors)


async def _connect(endpoint: Endpoint) -> socket.socket:
    sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, endpoint.place)
    except BaseException:
        sock.close()
        raise
    return sock


async def _let_go(tasks: "Sequence[asyncio.Task[socket.socket]]") -> None:
    for task in tasks:
        task.cancel()
    for left in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(left, socket.socket):
            left.close()


def _not_taken(errors: Sequence[tuple[Endpoint, OSError]]) -> NoAnswer:
    """Return why no address took a connection; that this machine has no way there, only if none."""
    theirs = [pair for pair in errors if pair[1].errno not in _NO_WAY_OUT]
    said = dict.fromkeys(
        f"{endpoint.address}: {_said(error)}" for endpoint, error in theirs or errors
    )
    local = bool(errors) and not theirs
    return NoAnswer(Step.CONNECTION, f"no connection to {'; '.join(said)}", local=local)


def _said(error: OSError) -> str:
    return (os.strerror(error.errno) if error.errno else str(error)).lower()


async def encrypt(sock: socket.socket, host: str) -> Encrypted:
    """Agree on TLS; a certificate that is not believed is no error here. Raises NoAnswer."""
    try:
        reader, writer = await asyncio.open_connection(
            sock=sock, ssl=believing(), server_hostname=host
        )
    except ssl.SSLCertVerificationError as error:
        sock.close()
        return Encrypted(None, None, None, error)
    except (ssl.SSLError, OSError, EOFError) as error:
        sock.close()
        raise NoAnswer(Step.TLS, _why_no_tls(error)) from None
    agreed = writer.get_extra_info("ssl_object")
    return Encrypted(reader, writer, agreed.getpeercert(binary_form=True))


def _why_no_tls(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        known = _SAID_OF_TLS.get(error.reason, error.reason.lower().replace("_", " "))
        return f"TLS was not agreed on: {known}"
    if isinstance(error, ConnectionResetError | BrokenPipeError | EOFError):
        return "it hung up while TLS was agreed on"
    return f"TLS was not agreed on: {str(error) or type(error).__name__}"


async def shown_certificate(sock: socket.socket, host: str) -> bytes | None:
    """Return the certificate that is shown, believed or not: nothing is sent, and all is let go."""
    try:
        _, writer = await asyncio.open_connection(
            sock=sock, ssl=_believing_all(), server_hostname=host
        )
    except (OSError, EOFError):
        sock.close()
        return None
    shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return shown


@cache
def believing() -> ssl.SSLContext:
    """Return what believes the authorities that this machine does (SSL_CERT_FILE has its say).

    Those of the web, where it has none. Read once: it takes longer than an answer.
    """
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    own = bool(paths.cafile) or (folder is not None and any(folder.glob("*.0")))
    context = ssl.create_default_context(cafile=None if own else certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def _believing_all() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
