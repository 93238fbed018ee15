"""The errors of the shop's application, as its library would have told them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from fettle.demonstration.teller import Teller
from fettle.model.error_event import Asked, Crumb, ErrorEvent, ErrorLevel, Frame, Raised

PROJECT = "shop"
_OURS = UUID("5c1f5c9e-2f0b-4f0f-9a5e-0d6c7b1a9f3e")
_BUILD = UUID("0b6c6f1e-5a55-4c1e-9b8e-4a8f5d1c7e20")
_OLD, _NEW = "shop@2026.47.2", "shop@2026.47.3"


async def fail(teller: Teller) -> None:
    """Let it fail in three ways, now and then in the last two days.

    One of them is fixed; for another a remedy waits for somebody's yes.
    """
    begun = teller.clock.now() - timedelta(days=2)
    told = sorted(_all(begun), key=lambda event: event.at)
    await teller.fail(PROJECT, *told)
    for error in (await teller.read("errors?q=total"))["items"]:
        await teller.ask("ada", f"errors/{error['id']}/resolve", {"by": "next-release"})
    for error in (await teller.read("errors?q=pay"))["items"]:
        issue = (await teller.read(f"errors/{error['id']}"))["issue"]
        await teller.ask("ada", f"issues/{issue}/solve")


def _all(begun: datetime) -> Iterator[ErrorEvent]:
    for number in range(46):
        at = begun + timedelta(minutes=number * 61 + number * number % 17)
        yield _at(_locked(number), at, _OLD if number < 20 else _NEW, f"locked {number}")
    for number in range(7):
        at = begun + timedelta(hours=3 + 2 * number)
        yield _at(_no_price(), at, _OLD, f"no price {number}")
    for number in range(12):
        at = begun + timedelta(hours=46, minutes=9 * number)
        yield _at(_in_a_browser(number), at, _NEW, f"browser {number}")


def _at(event: ErrorEvent, at: datetime, release: str, name: str) -> ErrorEvent:
    return replace(event, id=uuid5(_OURS, name), at=at, release=release, environment="production")


_WHENEVER = datetime.min.replace(tzinfo=UTC)  # before it is dated


def _locked(number: int) -> ErrorEvent:
    pay = Frame(
        "pay",
        "shop.checkout",
        "shop/checkout.py",
        line=84,
        in_app=True,
        before=(
            "    with transaction.atomic():",
            "        order = Order.objects.select_for_update().get(pk=order_id)",
        ),
        context="        order.mark_paid(charge.id)",
        after=("        order.save()", "    return order"),
        names={"order_id": str(88_000 + number), "charge": "<Charge ch_3Q…>"},
    )
    execute = Frame(
        "_execute",
        "django.db.backends.utils",
        "django/db/backends/utils.py",
        line=105,
        in_app=False,
    )
    text = "canceling statement due to lock timeout\nCONTEXT:  while updating tuple in orders"
    cause = Raised("LockNotAvailable", text, "psycopg.errors", (execute,), handled=True)
    raised = Raised("OperationalError", text, "django.db.utils", (pay, execute), handled=False)
    return ErrorEvent(
        _OURS,
        _WHENEVER,
        "python",
        raised=(cause, raised),
        transaction="/checkout/pay",
        server="web-2",
        user=f"customer {number % 31}",
        sdk="sentry.python.django/2.75.0",
        tags={"browser": "Firefox" if number % 3 else "Safari", "server": "web-2"},
        asked=Asked("POST", "https://shop.example/checkout/pay", headers={"Cookie": "[scrubbed]"}),
        crumbs=(
            Crumb(None, "query", "info", "SELECT … FROM orders WHERE id = %s FOR UPDATE"),
            Crumb(None, "http", "info", "POST https://api.stripe.com/v1/charges 200"),
        ),
        contexts={"runtime": {"name": "CPython", "version": "3.13.1"}},
    )


def _no_price() -> ErrorEvent:
    frame = Frame(
        "total",
        "shop.cart",
        "shop/cart.py",
        line=31,
        in_app=True,
        before=("def total(items):",),
        context="    return sum(item['price'] * item['count'] for item in items)",
        names={"items": "[{'sku': 'walrus-mug', 'count': 2}]"},
    )
    raised = Raised("KeyError", "'price'", None, (frame,), handled=False)
    return ErrorEvent(
        _OURS, _WHENEVER, "python", raised=(raised,), transaction="/cart", user="customer 4"
    )


def _in_a_browser(number: int) -> ErrorEvent:
    said = (
        "Cannot read properties of undefined (reading 'lines')",
        'can\'t access property "lines", cart is undefined',
    )
    frame = Frame("CartSummary", None, "app:///cart/summary.js", line=1, column=48_211, in_app=True)
    raised = Raised("TypeError", said[number % 2], None, (frame,), handled=False)
    return ErrorEvent(
        _OURS,
        _WHENEVER,
        "javascript",
        ErrorLevel.ERROR,
        raised=(raised,),
        transaction="/cart",
        user=f"customer {number}",
        sdk="sentry.javascript.nextjs/10.8.0",
        tags={"browser": "Firefox" if number % 2 else "Chrome"},
        images={"app:///cart/summary.js": _BUILD},  # its source map was never uploaded
    )
