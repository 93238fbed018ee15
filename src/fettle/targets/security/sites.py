"""Sites, asked what they give to whoever asks: their headers, their TLS, what nobody is to have.

Only the addresses of the settings are asked, with a few requests that change nothing, and none is
followed to another host. That a page is there that should not be is told by what it says, not by
its status: many sites answer everything with 200.
"""

import asyncio
import re
import ssl
import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace

from fettle.errors import CannotLook, WrongUsage
from fettle.model.certificates import Host
from fettle.model.quantity import Bytes
from fettle.model.security import Site, Skipped
from fettle.targets.certificates import handshake
from fettle.targets.permitted import Permitted
from fettle.targets.probing import address
from fettle.targets.probing.address import Address
from fettle.targets.probing.visit import Rules, Visit, visit

AREA = "sites"
_WITHIN_S = 10.0
_MOST_REDIRECTS = 5
_MOST = Bytes(64 * 1024)
_HTML = re.compile(rb"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_TOLD_BY = {
    "/.git/HEAD": re.compile(rb"\A(?:ref: refs/|[0-9a-f]{40}\s*\Z)"),
    "/.git/config": re.compile(rb"^\[core\]", re.MULTILINE),
    "/.env": re.compile(rb"^(?:export )?[A-Z][A-Z0-9_]+=", re.MULTILINE),
    "/server-status": re.compile(rb"Apache Server Status for"),
    "/phpinfo.php": re.compile(rb"<title>(?:PHP \S+ - )?phpinfo\(\)"),
}
_NOT_THERE = "/fettle-asks-for-a-page-that-is-not-there"
_DEBUGS = {
    "Django's debug page": re.compile(rb"You're seeing this error because you have <code>DEBUG"),
    "Werkzeug's debugger": re.compile(rb"Werkzeug Debugger|__debugger__"),
    "Rails' debug page": re.compile(rb"Rails\.root: |<h1>Routing Error</h1>"),
    "Laravel's debug page": re.compile(rb"Ignition|Whoops! There was an error"),
    "Symfony's debug page": re.compile(rb"Symfony Exception|sf-toolbar"),
    "a stack trace": re.compile(
        rb"Traceback \(most recent call last\)|^\s+at \S+ \(\S+:\d+:\d+\)"
        rb"|\bat [\w.$]+\(\w+\.java:\d+\)",
        re.MULTILINE,
    ),
}


async def site(subject: str, url: str, allowed: Collection[str]) -> Site | Skipped:
    """Return how a site answers."""
    try:
        start = address.read(url)
    except WrongUsage as error:
        return Skipped(AREA, subject, error.reason, error.remedy)
    rules = Rules(Permitted(allowed), _WITHIN_S, _MOST, follow=False)
    first = await _first(start, rules)
    if first.reply is None:
        problem = first.problem or (first.refused.reason if first.refused else "it did not answer")
        return Skipped(AREA, subject, f"{start.shown}: {problem}")
    seen = Site(subject, start.shown, first.reply.status, _headers(first))
    seen = replace(await _given(seen, start, rules), plain=await _plain(start, rules))
    return await _encryption(seen, start)


async def _first(start: Address, rules: Rules) -> Visit:
    """Return what a browser is shown first: behind redirects within the same place."""
    asked = start
    for _ in range(_MOST_REDIRECTS):
        told = await visit(asked, rules)
        location = told.reply.header("location") if told.reply is not None else None
        if told.reply is None or not 300 <= told.reply.status < 400 or location is None:
            return told
        try:
            asked = asked.to(location)
        except WrongUsage:
            return told
        if (asked.scheme, asked.place) != (start.scheme, start.place):
            return told
    return told


async def _given(seen: Site, start: Address, rules: Rules) -> Site:
    """Return what a site gives that nobody is to have, and what could not be asked of it."""
    exposed, unasked = [], []
    for path in _TOLD_BY:
        reply = (await visit(replace(start, target=path), rules)).reply
        if reply is None:
            unasked.append(path)
        elif reply.status == 200 and _tells(path, reply.body):
            exposed.append(path)
    reply = (await visit(replace(start, target=_NOT_THERE), rules)).reply
    if reply is None:
        return replace(seen, exposed=tuple(exposed), unasked=(*unasked, "a page that is not there"))
    debugs = next((name for name, told in _DEBUGS.items() if told.search(reply.body)), None)
    return replace(seen, exposed=tuple(exposed), unasked=tuple(unasked), debugs=debugs)


def _tells(path: str, body: bytes) -> bool:
    """Whether a body is what is feared: of a file, and not of a page about it."""
    page = path in ("/server-status", "/phpinfo.php")
    return bool(_TOLD_BY[path].search(body)) and (page or not _HTML.search(body))


async def _plain(start: Address, rules: Rules) -> str | None:
    """Return how the same name answers without TLS: `redirects`, `answers` or `nothing`.

    None where that is not to be known: on a port of its own nobody says where it would be.
    """
    if start.scheme != "https" or start.port != 443:
        return None
    reply = (await visit(replace(start, scheme="http", port=80, target="/"), rules)).reply
    if reply is None:
        return "nothing"
    led = (reply.header("location") or "").lower().startswith("https://")
    return "redirects" if led and 300 <= reply.status < 400 else "answers"


async def _encryption(seen: Site, start: Address) -> Site:
    if start.scheme != "https":
        return seen
    host = Host("https", start.host, start.port)
    try:
        agreed = await handshake.shown(host)
    except CannotLook:
        return seen
    return replace(
        seen,
        version=agreed.version,
        cipher=agreed.cipher,
        old_tls=await _agrees(host, old=True),
        weak_cipher=await _agrees(host, old=False),
    )


async def _agrees(host: Host, *, old: bool) -> str | bool | None:
    """Return what a host agrees on when it is offered nothing better; None: it was not asked."""
    context = _offering(old=old)
    if context is None:
        return None
    try:
        async with asyncio.timeout(_WITHIN_S):
            _, writer = await asyncio.open_connection(
                host.host, host.port, ssl=context, server_hostname=host.host
            )
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError, EOFError):
        return False
    except (OSError, TimeoutError):
        return None
    agreed = writer.get_extra_info("ssl_object")
    told = f"{agreed.version()} with {(agreed.cipher() or ('?',))[0]}"
    writer.transport.abort()
    await asyncio.sleep(0)
    return told


def _offering(*, old: bool) -> ssl.SSLContext | None:
    """Return what offers only old versions of TLS, or only weak ciphers; None where it cannot."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with warnings.catch_warnings():  # that they are old is the point
            warnings.simplefilter("ignore", DeprecationWarning)
            if old:
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
                context.set_ciphers("ALL:@SECLEVEL=0")
            else:
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers("3DES:RC4:aNULL:eNULL:DES:EXPORT:@SECLEVEL=0")
    except (ssl.SSLError, ValueError):
        return None
    return context


def _headers(first: Visit) -> Mapping[str, tuple[str, ...]]:
    told: dict[str, tuple[str, ...]] = {}
    for name, value in first.reply.headers if first.reply else ():
        told[name.lower()] = (*told.get(name.lower(), ()), value)
    return told
