"""What the server says of itself: a line of JSON for each request, and figures for Prometheus."""

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("fettle.server")
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_SECRET = re.compile(r"/hooks/[^/]+|/ping/[^/]+")


class JsonLines(logging.Formatter):
    """Each record as a line of JSON: at, level, logger, message, and the extra `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Figures:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fettle_http_requests",
            "Requests answered",
            ("method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "fettle_http_request_seconds",
            "Time from the request's first byte to the answer's last",
            registry=self.registry,
        )
        self.arrived = Counter(
            "fettle_deliveries",
            "Deliveries of signals, by what the door said",
            ("vendor", "answer"),
            registry=self.registry,
        )


class Observed:
    """Give each request an id, which its answer carries, and count and log it.

    An id that the client gives in X-Request-ID is kept when it is a plain one.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or secrets.token_hex(8)
        scope.setdefault("state", {})["id"] = request_id
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        self._figures.requests.labels(scope["method"], str(status)).inc()
        self._figures.seconds.observe(seconds)
        level = logging.ERROR if status >= 500 else logging.INFO
        fields = {
            "request": request_id,
            "method": scope["method"],
            "path": _SECRET.sub(lambda match: match[0].rpartition("/")[0] + "/…", scope["path"]),
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        _LOG.log(level, "request", extra={"fields": fields})


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return bytes(value).decode()
    return None
