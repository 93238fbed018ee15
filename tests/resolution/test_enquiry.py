"""Where to look for what nobody knows, and what that rests on."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from fettle.model.deploy import Deploy
from fettle.model.error_event import ErrorEvent, Frame, Raised
from fettle.resolution.enquiry import About, Around, CameIn, Found, application_frame, enquiries
from fettle.testing import START

PYTHON = """Traceback (most recent call last):
  File "/srv/shop/views.py", line 10, in checkout
    total(cart)
  File "/srv/shop/cart.py", line 42, in total
    return sum(prices)
  File "/venv/lib/python3.11/site-packages/money/core.py", line 7, in __add__
    raise Oddity("it is odd")
Oddity: it is odd"""
NODE = """Oddity: it is odd
    at check (/srv/shop/node_modules/money/index.js:7:3)
    at node:internal/process/task_queues:95:5
    at total (/srv/shop/src/cart.ts:42:11)
    at checkout (/srv/shop/src/views.ts:10:5)"""
JAVA = """example.Oddity: it is odd
\tat java.base/java.util.ArrayList.get(ArrayList.java:427)
\tat org.springframework.web.Filter.doFilter(Filter.java:116)
\tat com.example.shop.Cart.total(Cart.java:42)
\tat com.example.shop.Views.checkout(Views.java:10)"""
RUBY = """it is odd (Oddity)
\tfrom /usr/lib/ruby/3.2.0/set.rb:7:in `add'
\tfrom /srv/shop/app/cart.rb:42:in `total'"""
GO = """panic: it is odd
goroutine 1 [running]:
main.total(...)
\t/srv/shop/cart.go:42 +0x1d"""
PHP = """Oddity: it is odd in /srv/shop/Cart.php:42
#0 /srv/shop/vendor/money/Money.php(7): Money->add()
#1 /srv/shop/Cart.php(42): Cart->total()"""
DOTNET = """Example.Oddity: it is odd
   at System.Linq.Enumerable.Sum(IEnumerable`1 source) in /_/src/Sum.cs:line 7
   at Shop.Cart.Total() in /srv/shop/Cart.cs:line 42"""


@pytest.mark.parametrize("text", [PYTHON, NODE, JAVA, RUBY, GO, PHP, DOTNET])
def test_the_applications_own_call_is_found_behind_the_librarys(text: str) -> None:
    frame = application_frame(text)

    assert frame is not None
    assert (frame.line, "art." in (frame.file or "")) == (42, True)


@pytest.mark.parametrize("text", ["", "it is odd", 'File "x', "at at at (", "\0" * 9000])
def test_without_a_stack_there_is_none(text: str) -> None:
    assert application_frame(text) is None


OURS = Frame("total", "shop.cart", "shop/cart.py", line=42, in_app=True)
OUTER = Frame("checkout", "shop.views", "shop/views.py", line=10, in_app=True)
THEIRS = Frame("add", "money", "money/core.py", line=7, in_app=False)


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ((OUTER, OURS, THEIRS), "look at shop/cart.py, line 42, in total"),
        ((THEIRS, OUTER), "look at shop/views.py, line 10, in checkout"),
        ((replace(OURS, file=None, line=None),), "look at shop.cart, in total"),
        ((replace(OURS, function=None),), "look at shop/cart.py, line 42"),
        ((THEIRS,), None),
        ((replace(OURS, in_app=None),), None),
        ((replace(OURS, file="app.min.js", line=1, column=48_221),), None),
        ((), None),
    ],
)
def test_of_an_error_that_was_sent_the_applications_own_call_is_known(
    frames: tuple[Frame, ...], says: str | None
) -> None:
    event = ErrorEvent(uuid4(), START, raised=(Raised("Cause"), Raised("Oddity", frames=frames)))

    found = [one.says for one in enquiries("it is odd", Around(event=event))]

    assert found == ([] if says is None else [says])


def test_an_error_without_anything_raised_has_no_call() -> None:
    assert enquiries("it is odd", Around(event=ErrorEvent(uuid4(), START))) == ()


def test_what_went_live_shortly_before_is_a_suspect_and_nothing_else() -> None:
    deploys = [
        Deploy("shop", "2", START - timedelta(minutes=20), "ci"),
        Deploy("shop", "1", START - timedelta(hours=9), "ci"),
        Deploy("shop", "3", START + timedelta(minutes=1), "ci"),
    ]

    (found,) = enquiries("it is odd", Around(START, deploys))

    assert found.about is About.DEPLOY
    assert "shop 2" in found.says
    assert "20 min before" in found.evidence


@pytest.mark.parametrize(("ago", "told"), [(0, True), (90, True), (150, False), (-1, False)])
def test_the_release_that_it_came_with_is_a_suspect(ago: int, told: bool) -> None:
    came = CameIn("shop@2", START - timedelta(minutes=ago), "shop@1")

    found = enquiries("it is odd", Around(START, came_in=came))

    assert [one.about for one in found] == [About.RELEASE] * told
    assert all("shop@2 with shop@1" in one.says for one in found)


def test_each_line_says_what_it_rests_on() -> None:
    found = [Found("main-db", "A lock is waited for", "public.orders", "high")]

    lines = enquiries(f"{PYTHON}\nasked main-db", Around(found=found, needed=["main-db", "mail"]))

    assert [one.about for one in lines] == [About.FRAME, About.FINDING, About.DEPENDENCY]
    assert all(one.evidence for one in lines)
    assert "main-db" in lines[-1].says
