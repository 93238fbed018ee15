"""Whose browser it is: the cookie, and the session that it stands for.

1. Over https the cookie is `__Host-fettle`, which no other site and no plain http can set or read.
   Over http of this machine alone it is `fettle-8470`, by the port: browsers give a cookie to every
   port of a host, and two Fettles on one machine would log people out of one another. Over any
   other http nobody logs in, unless the settings say so.
2. A browser that is not logged in has a cookie too, so that its forms can be told from forged ones.
   Logging in replaces it: whoever planted it holds nothing.
3. What forms carry follows from the cookie, by a key of this installation. It is kept nowhere.
4. A browser in which somebody has logged in carries a sign of it for a year, which lets nobody in:
   whoever guesses at their name elsewhere does not keep them out.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from fettle.flow.people import devices
from fettle.flow.people.log_in import Browser
from fettle.frontends.api.serving import Serving, serving
from fettle.model.user import Session
from fettle.store import log_ins
from fettle.store.statements import Connection

NAME = "fettle"
DEVICE = "fettle-device"
_DEVICE_S = 365 * 86_400
_LONGEST = 200


def is_secure(request: Request) -> bool:
    """Whether the browser speaks https, if not with us then with what stands before us."""
    site = urlsplit(serving(request).settings.server.public_url or "")
    behind = site.scheme == "https" and request.url.hostname == site.hostname
    return request.url.scheme == "https" or behind


def may_log_in(request: Request) -> bool:
    """Whether a cookie that is sent here can be read by nobody on the way."""
    local = _is_local(request.url.hostname or "")
    return is_secure(request) or local or serving(request).settings.log_in.plain_http


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cookie(request: Request, name: str = NAME) -> str | None:
    """Return what a cookie of ours holds; None where there is none."""
    value = request.cookies.get(_called(request, name), "")
    return value if 0 < len(value) <= _LONGEST or (value and name != NAME) else None


def set_cookie(
    request: Request, response: Response, value: str, name: str = NAME, lasts_s: int | None = None
) -> None:
    """Let the browser keep a cookie of ours."""
    longest = serving(request).settings.log_in.longest
    response.set_cookie(
        _called(request, name),
        value,
        max_age=int(longest.total_seconds()) if lasts_s is None else lasts_s,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def forget_cookie(request: Request, response: Response, name: str = NAME) -> None:
    """Let the browser forget a cookie of ours."""
    response.delete_cookie(
        _called(request, name),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


async def of_request(
    connection: Connection, request: Request, *, noted: bool = True
) -> Session | None:
    """Return the session of a request; None when nobody is logged in, or not any more.

    That they were there is not `noted` where the caller holds a user afterwards: who ends sessions
    holds their user first, and the two would wait for each other.
    """
    value = cookie(request)
    if value is None or not may_log_in(request):
        return None
    shared = serving(request)
    by_itself = "x-live" in request.headers or request.url.path == "/live"
    return await log_ins.find_session(
        connection,
        value,
        csrf_of(shared, value),
        shared.clock.now(),
        shared.settings.log_in.idle,
        noted=noted and not by_itself,
    )


def csrf_of(shared: Serving, value: str) -> str:
    """Return what the forms of a browser carry that has this cookie."""
    return shared.people.sealing.keyed("csrf", value).hex()


def visitor() -> str:
    """Return a cookie for who is not logged in."""
    return log_ins.new_secret("v")


def browser(request: Request) -> Browser:
    """Return where a request comes from."""
    client = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    return Browser(client, agent, request.state.id, cookie(request, DEVICE) or "")


def entered(request: Request, response: Response, user: str, value: str) -> None:
    """Let a browser be logged in as a user, and known as one in which they have been."""
    set_cookie(request, response, value)
    device = devices.known_by(serving(request).people.sealing, browser(request).device, user)
    set_cookie(request, response, device, DEVICE, _DEVICE_S)


def _called(request: Request, name: str) -> str:
    if is_secure(request):
        return f"__Host-{name}"
    return name if request.url.port is None else f"{name}-{request.url.port}"
