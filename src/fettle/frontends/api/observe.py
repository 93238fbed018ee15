"""What the server says of itself: a line in the log for each request, and its own figures."""

import logging
import re
import secrets
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import fettle
from fettle.frontends import logs

_LOG = logging.getLogger("fettle.server")
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What is asked every few seconds by programs, and says nothing when it goes well.
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})


class Figures:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        version = Gauge("fettle_info", "The version", ("version",), registry=self.registry)
        version.labels(fettle.__version__).set(1)
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
        logs.REQUEST.set(request_id)  # of this request's task; what fails further out has it too
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
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._figures.requests.labels(method, str(status)).inc()
        self._figures.seconds.observe(seconds)
        fields = {
            "request": request_id,
            "method": method,
            "path": logs.cut_path(scope["path"]),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "client": scope["client"][0] if scope.get("client") else None,
        }
        _LOG.log(_level(scope["path"], status), "request", extra={"fields": fields})


def _level(path: str, status: int) -> int:
    if status >= 500 and path not in _WATCHED:
        return logging.ERROR
    return logging.DEBUG if path in _WATCHED else logging.INFO


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return bytes(value).decode()
    return None
