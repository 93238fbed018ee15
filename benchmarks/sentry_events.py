"""Errors of a shop, as Sentry's library for Python sends them: made once, sent again and again.

Each is an error of its own, raised inside a request that a WSGI application answers.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4
from wsgiref.util import setup_testing_defaults

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
from sentry_sdk.transport import Transport

BUGS = 20
_CRUMBS = 12

Basket = dict[str, list[dict[str, str]]]


class OutOfStock(Exception):
    """There is none left of what was ordered."""


class _Kept(Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)


class Replayed:
    """The errors, as many as are wanted, each with an id that no other has, packed."""

    def __init__(self) -> None:
        self._bodies = [*_made()]

    @property
    def size(self) -> int:
        """How many bytes one has on average when it is unpacked."""
        return sum(len(body) for _, body in self._bodies) // len(self._bodies)

    @property
    def packed_size(self) -> int:
        """How many bytes one has on average as it is sent."""
        return sum(len(body) for body in self.some(BUGS)) // BUGS

    def some(self, many: int) -> list[bytes]:
        """Return some, the bugs by turns."""
        return [self._one(number) for number in range(many)]

    def _one(self, number: int) -> bytes:
        id_, body = self._bodies[number % len(self._bodies)]
        packing = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        return packing.compress(body.replace(id_, uuid4().hex.encode())) + packing.flush()


def _made() -> Iterator[tuple[bytes, bytes]]:
    """Yield each error: its id, and the envelope that holds it."""
    kept = _Kept()
    client = sentry_sdk.Client(
        dsn="http://0123456789abcdef@127.0.0.1/1",
        transport=kept,
        default_integrations=False,
        release="shop@2.1.0",
        environment="production",
        server_name="web-1",
        in_app_include=["benchmarks"],
    )
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        for number in range(BUGS):
            _ask(_shop(number), number)
    for envelope in kept.envelopes:
        event = envelope.get_event()
        if event is not None:
            yield str(event["event_id"]).encode(), envelope.serialize()


def _ask(shop: Callable[..., Any], number: int) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/checkout/{number}",
        "QUERY_STRING": "step=pay&coupon=SPRING",
        "HTTP_HOST": "shop.example",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml",
        "HTTP_ACCEPT_LANGUAGE": "de,en;q=0.5",
        "HTTP_REFERER": "https://shop.example/cart",
        "HTTP_X_FORWARDED_FOR": "192.0.2.7",
    }
    setup_testing_defaults(environ)
    try:
        SentryWsgiMiddleware(shop)(environ, lambda *_: None)
    except (OutOfStock, LookupError, ValueError, ArithmeticError):
        return
    raise AssertionError("each request goes wrong")


def _shop(number: int) -> Callable[..., Any]:
    """Return the application, which goes wrong in its own way for each number."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        scope = sentry_sdk.get_isolation_scope()
        scope.set_user({"id": str(1000 + number)})
        scope.set_tag("area", environ["PATH_INFO"].split("/")[1])
        scope.set_tag("shop", f"shop-{number % 3}")
        for step in range(_CRUMBS):
            scope.add_breadcrumb(
                category="query",
                message=f"SELECT id, price FROM item WHERE basket = $1 LIMIT {step + 1}",
                data={"rows": step, "ms": 1.5 * step},
            )
        basket = {"items": [{"sku": f"A-{place}", "price": "19.90"} for place in range(3)]}
        paid = _pay(_WORDS[number], basket, coupon="SPRING")
        start("200 OK", [])
        return [paid.encode()]

    return answer


def _pay(name: str, basket: Basket, coupon: str | None) -> str:
    total = sum(float(item["price"]) for item in basket["items"])
    return _reserve(name, basket, total * 0.9 if coupon else total)


def _reserve(name: str, basket: Basket, total: float) -> str:
    warehouse = {"id": f"w-{len(name)}", "region": "eu-central", "free": "0", "worth": str(total)}
    return _GO_WRONG[_WORDS.index(name) % len(_GO_WRONG)](name, basket, warehouse)


def _take(name: str, basket: Basket, warehouse: dict[str, str]) -> str:
    if int(warehouse["free"]) < len(basket["items"]):
        raise OutOfStock(f"{name} is out of stock in {warehouse['region']}")
    return name


def _address(name: str, basket: Basket, warehouse: dict[str, str]) -> str:
    return str({**basket, **warehouse}[f"{name}_address"])


def _sum_up(name: str, basket: Basket, warehouse: dict[str, str]) -> str:
    try:
        return str(int(name) * len(basket["items"]) * int(warehouse["free"]))
    except ValueError as error:
        raise ArithmeticError(f"the price of {name} cannot be summed up") from error


def _quote(name: str, basket: Basket, warehouse: dict[str, str]) -> str:
    reply = f"<html>{name}: {len(basket['items'])} from {warehouse['id']}</html>"
    return str(json.loads(reply))


_GO_WRONG = (_take, _address, _sum_up, _quote)
_WORDS = [
    *("apple", "apricot", "banana", "cherry", "currant", "damson", "elder", "fig", "gooseberry"),
    *("grape", "hazel", "lemon", "lime", "medlar", "melon", "olive", "orange", "peach", "pear"),
    "plum",
]
