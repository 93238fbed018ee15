"""Call the API within its own process, on somebody's behalf."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from fettle.frontends.api.acting import InProcess
from fettle.model.role import Caller


@dataclass(frozen=True)
class Answer:
    """What it answered: a document, or a problem where the status is 400 or above."""

    status: int
    document: Any

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status < 400

    @property
    def reason(self) -> str:
        """Why it was not done."""
        return str(self.document.get("detail", "")) if self.document else ""

    @property
    def remedy(self) -> str | None:
        """What can be done about it."""
        remedy = self.document.get("remedy") if self.document else None
        return None if remedy is None else str(remedy)


async def call(
    app: ASGIApp,
    caller: Caller,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Call one route; `path` may carry a query, and its parts are quoted as in any address."""
    path, _, query = path.partition("?")
    given = {"content-type": "application/json", "host": "fettle", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.replace("%2F", "%252F")),  # what is one part stays one
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": None,
        "server": ("fettle", 80),
        "state": {},
    }
    told = iter([{"type": "http.request", "body": body, "more_body": False}])
    answered = _Answered()

    async def receive() -> Message:
        return next(told, {"type": "http.disconnect"})

    await InProcess(app, caller)(scope, receive, answered.take)
    return Answer(answered.status, json.loads(answered.body) if answered.body else None)


class _Answered:
    def __init__(self) -> None:
        self.status = 500
        self.body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
