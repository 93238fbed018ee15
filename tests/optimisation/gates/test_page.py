"""The gate of pages: what people would see is seen; what moves by itself is nobody's fault."""

from dataclasses import replace

import numpy as np
import pytest

from fettle.optimisation.gates.page import View, moving, page_gate
from tests.optimisation.drawn import Pixels, photograph


def page(height: int = 640) -> Pixels:
    """Draw a page: white, with lines like those of a text, and a picture."""
    drawn = np.full((height, 412, 3), 255, dtype=np.uint8)
    drawn[20:200:12, 20:390] = 40
    drawn[260:380, 40:200] = photograph()
    return drawn


BEFORE = View("phone", page())


def reasons(
    after: View, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | None = None
) -> str:
    return " / ".join(one.reason for one in page_gate(BEFORE, after, mask))


def test_the_same_page_is_let_through() -> None:
    assert reasons(View("phone", page())) == ""


def test_a_page_that_became_shorter_is_refused() -> None:
    assert reasons(View("phone", page(600))) == "the page was 412×640 and is 412×600 pixels"


def test_a_picture_that_is_distorted_is_refused_though_the_page_is_as_long() -> None:
    after = page()
    after[260:380, 40:200] = 255
    after[260:380, 40:120] = photograph()[:, ::2]

    assert "it looks different at" in reasons(View("phone", after))


def test_something_small_that_is_gone_is_seen() -> None:
    after = page()
    after[80:140, 20:80] = 255

    assert "SSIM of" in reasons(View("phone", after))


def test_a_shade_that_nobody_sees_is_let_through() -> None:
    after = np.clip(page().astype(int) - 1, 0, 255).astype(np.uint8)

    assert reasons(View("phone", after)) == ""


def test_what_moves_by_itself_is_masked() -> None:
    ticking, again = page(), page()
    again[400:440, 300:390] = photograph(90, 40)
    mask = moving(View("phone", ticking), View("phone", again))
    after = page()
    after[400:440, 300:390] = photograph(90, 40, seed=9)

    assert mask.any()
    assert reasons(View("phone", after)) != ""
    assert reasons(View("phone", after), mask) == ""
    after[20:80, 20:80] = 0
    assert reasons(View("phone", after), mask) != "", "the rest is looked at all the same"


def test_a_page_that_moves_as_a_whole_cannot_be_compared() -> None:
    mask = moving(BEFORE, View("phone", 255 - page()))

    assert "cannot be compared" in reasons(View("phone", page()), mask)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (replace(BEFORE, said=frozenset({"x is undefined"})), "new error: x is undefined"),
        (replace(BEFORE, missing=frozenset({"/a.avif"})), "is missing that was there: /a.avif"),
    ],
)
def test_new_complaints_are_refused(after: View, says: str) -> None:
    assert says in reasons(after)


def test_old_complaints_are_not_held_against_a_step() -> None:
    noisy = replace(BEFORE, said=frozenset({"old"}), missing=frozenset({"/favicon.ico"}))

    assert page_gate(noisy, noisy) == []
