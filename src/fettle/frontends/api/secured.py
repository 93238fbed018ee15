"""Headers that every answer carries, and a request that nobody may have written."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fettle.frontends.api.problems import problem

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What is shown is somebody's, and a moment old: no cache keeps it, but where a route says so.
_CACHE = (b"cache-control", b"no-store")
_HEADERS = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    # Under no-referrer browsers would say that our own forms come from nowhere: `Origin: null`.
    (b"referrer-policy", b"same-origin"),
)


_LENGTHS = {b"content-length", b"transfer-encoding"}


class Secured:
    """Add them.

    A request that gives its length in two ways is refused, and its connection closed (RFC 9112,
    6.1): where a proxy has read it the other way, what comes next was written by somebody else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                cache = [] if any(name == _CACHE[0] for name, _ in given) else [_CACHE]
                message["headers"] = [*given, *_HEADERS, *cache]
            await send(message)

        if scope["type"] == "http" and {name for name, _ in scope["headers"]} >= _LENGTHS:
            said = "the request gives its length in two ways"
            await problem(400, said, headers={"Connection": "close"})(scope, receive, sending)
            return
        await self._app(scope, receive, sending)
