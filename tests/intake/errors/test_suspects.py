"""Commits that touched the file in which a bug was raised are its suspects; others are not."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from fettle.intake.errors.suspects import suspects
from fettle.model.commit import Commit
from fettle.model.error_event import ErrorEvent, Frame, Raised

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def raised_in(*files: str) -> ErrorEvent:
    """Return an event whose exception was raised in the last of these files, of one's own."""
    frames = tuple(Frame("f", None, file, None, 1, None, True) for file in files)
    return ErrorEvent(UUID(int=1), NOON, "python", raised=(Raised("KeyError", "", None, frames),))


def commit(*files: str) -> Commit:
    """Return a commit that touched files."""
    return Commit("1.0", "c", "Ada", NOON, "", files)


SAME = [
    ("src/cart.ts", "src/cart.ts"),
    ("shop/cart.py", "backend/shop/cart.py"),
    ("/srv/app/shop/cart.py", "shop/cart.py"),
    ("webpack:///./src/cart.ts?a1b2", "web/src/cart.ts"),
    ("..\\shop\\cart.cs", "shop/cart.cs"),
    ("cart.py", "cart.py"),
]
OTHERS = [
    ("src/cart.ts", "src/checkout.ts"),
    ("shop/cart.py", "wiki/cart.py"),
    ("shop/cart.py", "cart.py"),
    ("cart.py", "shop/cart.py"),
    ("shop/smart_cart.py", "shop/cart.py"),
]


@pytest.mark.parametrize(("raised", "touched"), SAME)
def test_it_touched_the_file(raised: str, touched: str) -> None:
    assert len(suspects(raised_in("main.py", raised), [commit("x", touched)])) == 1


@pytest.mark.parametrize(("raised", "touched"), OTHERS)
def test_it_touched_another(raised: str, touched: str) -> None:
    assert suspects(raised_in(touched, raised), [commit("main.py", touched)]) == []


def test_some_are_told_and_an_event_without_a_stack_has_none() -> None:
    many = [commit("shop/cart.py")] * 9

    assert len(suspects(raised_in("shop/cart.py"), many)) == 5
    assert suspects(ErrorEvent(UUID(int=1), NOON), many) == []
