"""A Sentry on loopback that speaks its web API, as its documentation and its serializers have it.

It is told of events as libraries send them, groups them by nothing but what the test says, and
answers as Sentry does: issues with their counts as texts and their hours as pairs, events in
entries, cursors in Link headers, refusals in `{"detail": …}`.
Source: https://docs.sentry.io/api/
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "sntryu_0123456789abcdef0123456789abcdef"
_MEMBERS = {"abs_path": "absPath", "lineno": "lineNo", "colno": "colNo", "in_app": "inApp"}
_RESERVED = ("level", "environment", "server_name", "logger", "transaction", "release", "dist")

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Held:
    """An issue there: its events as they came, the latest last, and when each was received."""

    id: int
    short_id: str
    project: str
    first_seen: datetime
    events: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    more: list[datetime] = field(default_factory=list)  # events that only count
    status: str = "unresolved"
    details: dict[str, Any] = field(default_factory=dict)
    category: str = "error"

    @property
    def seen(self) -> list[datetime]:
        """When each of its events was received."""
        return [*(at for at, _ in self.events), *self.more]

    @property
    def last_seen(self) -> datetime:
        """When the last one was."""
        return max(self.seen, default=self.first_seen)


@dataclass
class FakeSentry:
    """The server: its issues, what it was asked, and how else to answer."""

    url: str
    organization: str = "acme"
    projects: tuple[str, ...] = ("shop",)
    issues: dict[int, Held] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)  # issues that are others now
    page: int = 100
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    answers: Callable[[str], Answer | None] = lambda _: None

    def hold(self, at: datetime, event: dict[str, Any], **more: Any) -> Held:  # noqa: ANN401
        """Have a new issue with one event."""
        number = len(self.issues) + len(self.merged) + 1
        given = {"project": "shop", "first_seen": at, **more}
        issue = Held(number, f"SHOP-{number}", **given)
        issue.events.append((at, event))
        self.issues[number] = issue
        return issue

    def merge(self, issue: Held, into: Held) -> None:
        """Let an issue be another one: asked for by its number, that answers."""
        into.events = sorted([*into.events, *issue.events], key=lambda one: one[0])
        into.more += issue.more
        del self.issues[issue.id]
        self.merged[issue.id] = into.id

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request that carries the token."""
        parts = path.strip("/").split("/")[2:]  # behind api/0
        match parts:
            case ["projects", self.organization, project, "issues"] if project in self.projects:
                return self._listed(path, project, query)
            case ["organizations", self.organization, "issues", id_]:
                return self._issue(method, id_, body)
            case ["organizations", self.organization, "issues", id_, "events", "latest"]:
                held = self.issues.get(int(id_))
                if held is not None and held.events:
                    return _json(told(*held.events[-1], issue=held))
            case ["organizations", self.organization, "shortids", short_id]:
                for held in self.issues.values():
                    if held.short_id == short_id:
                        return _json({"groupId": str(held.id), "shortId": short_id})
        return _json({"detail": "The requested resource does not exist"}, 404)

    def _issue(self, method: str, id_: str, body: bytes) -> Answer:
        held = self.issues.get(self.merged.get(int(id_), int(id_)))
        if held is None:
            return _json({"detail": "The requested resource does not exist"}, 404)
        if method == "PUT":
            wish = json.loads(body)
            self.bodies.append(wish)
            held.status, held.details = wish["status"], wish.get("statusDetails", {})
        return _json(self._said(held))

    def _listed(self, path: str, project: str, query: Mapping[str, str]) -> Answer:
        assert (query["query"], query["sort"]) == ("is:unresolved", "date")
        begin = int(query.get("cursor", "0:0:0").split(":")[1])
        found = sorted(
            (one for one in self.issues.values() if one.project == project),
            key=lambda one: one.last_seen,
            reverse=True,
        )
        found = [one for one in found if one.status == "unresolved"]
        end = begin + min(self.page, int(query["limit"]))
        rest = {name: value for name, value in query.items() if name != "cursor"}
        links = [
            f'<{self.url}{path}?{urlencode(rest)}&cursor=0:{place}:{back}>; rel="{rel}"; '
            f'results="{str(there).lower()}"; cursor="0:{place}:{back}"'
            for rel, place, back, there in (
                ("previous", max(begin - self.page, 0), 1, begin > 0),
                ("next", end, 0, end < len(found)),
            )
        ]
        page = [self._said(one) for one in found[begin:end]]
        return _json(page, headers={"Link": ", ".join(links)})

    def _said(self, held: Held) -> dict[str, Any]:
        this = self.now().replace(minute=0, second=0, microsecond=0)
        hours = [this - timedelta(hours=back) for back in range(23, -1, -1)]
        counts = [
            [hour.timestamp(), sum(hour <= at < hour + timedelta(hours=1) for at in held.seen)]
            for hour in hours
        ]
        return {
            "id": str(held.id),
            "shortId": held.short_id,
            "title": "an error",
            "count": str(len(held.seen)),
            "userCount": 1,
            "firstSeen": _moment(held.first_seen),
            "lastSeen": _moment(held.last_seen),
            "status": held.status,
            "statusDetails": held.details,
            "issueCategory": held.category,
            "permalink": f"{self.url}/organizations/{self.organization}/issues/{held.id}/",
            "project": {"id": "2", "name": held.project, "slug": held.project},
            "stats": {"24h": counts},
        }


def told(received: datetime, event: Mapping[str, Any], issue: Held | None = None) -> dict[str, Any]:
    """Return an event as Sentry's API tells it, of how a library sent it."""
    if isinstance(event.get("message"), str):  # as it is normalised there
        event = {**event, "logentry": {"formatted": event["message"], "message": None}}
    tags = {name: event[name] for name in _RESERVED if event.get(name)}
    tags |= {"level": event.get("level", "error"), **event.get("tags", {})}
    user = event.get("user")
    if user:
        tags["user"] = f"id:{user['id']}"
    entries = [
        {"type": kind, "data": turn(event[name])}
        for name, (kind, turn) in _ENTRIES.items()
        if event.get(name)
    ]
    release = event.get("release")
    return {
        "id": event["event_id"],
        "eventID": event["event_id"],
        "groupID": str(issue.id) if issue else "1",
        "projectID": "2",
        "dist": event.get("dist"),
        "message": "",
        "title": "an error",
        "location": "shop/cart.py",
        "culprit": event.get("transaction", ""),
        "user": user,
        "contexts": event.get("contexts", {}),
        "sdk": event.get("sdk"),
        "context": event.get("extra", {}),
        "packages": event.get("modules", {}),
        "type": "error" if event.get("exception") else "default",
        "metadata": {},
        "tags": [{"key": key, "value": str(value)} for key, value in sorted(tags.items())],
        "platform": event.get("platform", "other"),
        "dateReceived": _moment(received),
        "dateCreated": event.get("timestamp"),
        "errors": [],
        "entries": entries,
        "fingerprints": ["c4a4d06bc314205bb3b6bdb612dde7f1"],
        "release": {"version": release, "shortVersion": release} if release else None,
    }


def _stack(stack: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not stack:
        return None
    return {"frames": [_frame(one) for one in stack["frames"]], "framesOmitted": None}


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    around = ("context_line", "pre_context", "post_context")
    said = {_MEMBERS.get(name, name): value for name, value in frame.items() if name not in around}
    line, before = frame.get("lineno"), frame.get("pre_context") or []
    context = []
    if line is not None and frame.get("context_line") is not None:
        lines = [*before, frame["context_line"], *(frame.get("post_context") or [])]
        context = [[line - len(before) + place, text] for place, text in enumerate(lines)]
    return {"absPath": None, "module": None, "package": None, **said, "context": context}


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "values": [
            {**one, "stacktrace": _stack(one.get("stacktrace")), "rawStacktrace": None}
            for one in given["values"]
        ],
        "excOmitted": None,
    }


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    query = given.get("query_string")
    return {
        "method": given.get("method"),
        "url": given.get("url"),
        "query": [list(one) for one in parse_qs(query).items()]
        if isinstance(query, str)
        else query,
        "data": given.get("data"),
        "headers": sorted(given.get("headers", {}).items()),
        "cookies": [["session", "secret"]],
        "env": given.get("env"),
    }


_ENTRIES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "exception": ("exception", _values),
    "threads": ("threads", _values),
    "breadcrumbs": (
        "breadcrumbs",
        lambda given: given if isinstance(given, dict) else {"values": given},
    ),
    "request": ("request", _asked),
    "logentry": ("message", dict),
}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    said = {"Content-Type": "application/json", **(headers or {})}
    return status, said, json.dumps(document).encode()


@contextmanager
def a_sentry() -> Iterator[FakeSentry]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sentry.asked.append(f"{self.command} {self.path}")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            given = sentry.answers(self.path)
            if given is None and self.headers["Authorization"] != f"Bearer {TOKEN}":
                given = _json({"detail": "Invalid token"}, 401)
            self._say(given or sentry.answer(self.command, parts.path, query, body))

        do_PUT = do_GET  # noqa: N815 - http.server's name

        def _say(self, answer: Answer) -> None:
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sentry = FakeSentry(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield sentry
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
