"""What a real library sends, packed as it packs it, is read: Python's, over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope as Sent
from sentry_sdk.envelope import Item

from fettle.intake.errors.envelope import Envelope, read_envelope
from fettle.intake.errors.packed import unpacked
from fettle.intake.errors.scrub import Scrubbing
from fettle.model.error_event import ErrorLevel

PASSWORD = "tr0ub4dor"


class PaymentError(Exception):
    """Something could not be paid."""


class Receiving(ThreadingHTTPServer):
    """Takes what is sent, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: list[tuple[str | None, bytes]] = []


class Receiver(BaseHTTPRequestHandler):
    server: Receiving

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.headers.get("Content-Encoding"), body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiving]:
    server = Receiving()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def charge(order: int, password: str) -> None:
    try:
        int(password)
    except ValueError as error:
        raise PaymentError(f"order {order} could not be charged") from error


def go_wrong(scope: sentry_sdk.Scope) -> None:
    scope.set_tag("area", "checkout")
    scope.set_user({"id": "42"})
    scope.add_breadcrumb({"category": "cart", "message": "3 items", "level": "info"})
    try:
        charge(4711, PASSWORD)
    except PaymentError as error:
        scope.capture_exception(error)
    scope.capture_message("stock is low \0\ud800", level="warning")


@pytest.fixture(params=["gzip", "br"])
def sent(request: pytest.FixtureRequest) -> Iterator[tuple[Envelope, ...]]:
    """What Python's library sends of an exception, of a message, and besides."""
    with receiving() as server:
        client = sentry_sdk.Client(
            dsn=f"http://0123456789abcdef@127.0.0.1:{server.server_port}/7",
            default_integrations=False,
            release="shop@2.1.0",
            environment="production",
            server_name="web-1",
            in_app_include=["tests"],
            _experiments={"transport_compression_algo": request.param},
        )
        with sentry_sdk.new_scope() as scope:
            scope.set_client(client)
            go_wrong(scope)
        other = Sent()
        other.add_item(Item(b"screenshot\n{}", type="attachment"))
        assert client.transport is not None
        client.transport.capture_envelope(other)
        client.close(timeout=10)
        assert {encoding for encoding, _ in server.received} == {request.param}
        yield tuple(
            read_envelope(unpacked(body, encoding), datetime.now(UTC))
            for encoding, body in server.received
        )


def test_all_that_python_sends_is_read(sent: tuple[Envelope, ...]) -> None:
    raised, message = [event for envelope in sent for event in envelope.events]

    cause, top = raised.raised
    assert (cause.type, top.type) == ("ValueError", "PaymentError")
    assert top.value == "order 4711 could not be charged"
    assert (top.frames[-1].function, top.frames[-1].in_app) == ("charge", True)
    assert top.frames[-1].names["order"] == "4711"
    assert "raise PaymentError" in (top.frames[-1].context or "")
    assert isinstance(raised.id, UUID)
    assert datetime.now(UTC) - raised.at < timedelta(minutes=1)
    assert (raised.platform, raised.level) == ("python", ErrorLevel.ERROR)
    assert (raised.release, raised.environment, raised.server) == (
        "shop@2.1.0",
        "production",
        "web-1",
    )
    assert (raised.user, raised.tags["area"]) == ("42", "checkout")
    assert [(crumb.category, crumb.message) for crumb in raised.crumbs] == [("cart", "3 items")]
    assert (raised.sdk or "").startswith("sentry.python/")
    assert (message.message, message.level) == ("stock is low \ufffd\ufffd", ErrorLevel.WARNING)
    assert (raised.notes, message.notes) == ((), ())


def test_what_is_no_error_is_counted(sent: tuple[Envelope, ...]) -> None:
    ignored = [dict(envelope.ignored) for envelope in sent if not envelope.events]

    assert {"attachment": 1} in ignored


def test_what_was_held_under_a_secrets_name_is_not_left(sent: tuple[Envelope, ...]) -> None:
    """What the cause says, `invalid literal for int(): 'tr0ub4dor'`, nobody knows for a secret."""
    event = Scrubbing().event(sent[0].events[0])

    assert "password" in event.raised[-1].frames[-1].names
    assert PASSWORD not in repr(event.raised[-1])
