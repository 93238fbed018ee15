"""How OTLP/HTTP is answered where something is refused: in the encoding of the request.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fettle.errors import FettleError
from fettle.frontends.api import problems

PROTOBUF, JSON = "application/x-protobuf", "application/json"
# What gRPC calls the statuses of HTTP, by number.
_CODES = {400: 3, 401: 16, 403: 7, 408: 4, 413: 3, 415: 3, 429: 8, 503: 14}


def taken(request: Request, body: bytes) -> Response:
    """Return the answer to what is kept, which says what of it is not."""
    return Response(body, media_type=JSON if _is_json(request) else PROTOBUF)


def refused(request: Request, error: FettleError) -> Response:
    """Return the answer to what is refused, as a google.rpc.Status."""
    made = problems.of_error(error)
    headers = {
        name: value
        for name, value in made.headers.items()
        if name in ("retry-after", "connection", "www-authenticate")
    }
    code = _CODES.get(made.status_code, 2)
    said = error.reason + (f" ({error.remedy})" if error.remedy else "")
    if _is_json(request):
        return JSONResponse({"code": code, "message": said}, made.status_code, headers)
    return Response(_status(code, said), made.status_code, headers, media_type=PROTOBUF)


def _is_json(request: Request) -> bool:
    """Whether a request is in JSON; else it is in protobuf."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON


def _status(code: int, message: str) -> bytes:
    """Return google.rpc.Status in protobuf: field 1 is the code, 2 the message."""
    text = message.encode("utf-8", "replace")
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
