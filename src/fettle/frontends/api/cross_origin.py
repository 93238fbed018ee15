"""What browsers are told about requests from pages of other places; see fetch.spec.whatwg.org.

Nothing is sent with credentials of the browser's: whoever has the key may send, from anywhere.
"""

from starlette.requests import Request
from starlette.responses import Response

_ALLOWED = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Baggage, Content-Encoding, Content-Type, "
    "Origin, Sentry-Trace, Traceparent, X-Fettle-Key, X-Requested-With, X-Sentry-Auth",
    "Access-Control-Max-Age": "86400",
}
_SEEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After, X-Request-Id, X-Sentry-Error, "
    "X-Sentry-Rate-Limits",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


async def asked_before(_: Request) -> Response:
    """Answer what a browser asks before it sends."""
    return Response(status_code=204, headers={**_SEEN, **_ALLOWED})


def readable(response: Response) -> Response:
    """Return an answer that pages of other places may read."""
    response.headers.update(_SEEN)
    return response
