"""What an experiment decides about a step, before anything is written."""

import brotli
import pytest

from fettle.model.experiment import LeftAlone, PageSeen, Shown, Site, Written
from fettle.model.measurement import LargestPaint, Picture, Request, Visit
from fettle.optimisation.experiment import (
    Overlay,
    files_saved,
    is_good,
    loaded,
    proposed,
    seen,
    timed,
)
from fettle.testing import GivenTree

URL = "http://127.0.0.1:8000/"
TREE = GivenTree(
    {"index.html": b"page", "hero.jpg": b"jpeg", "hero.jpg.avif": b"a", "x.avif": b"x"}
)
PAGE = PageSeen("index.html", "https://shop.example/")


def visit(**figures: float) -> Visit:
    return Visit(
        URL,
        "browser",
        figures,
        requests=(
            Request(URL, "document", 0, transferred=100),
            Request(f"{URL}hero.jpg.avif", "image", 0, transferred=900),
            Request("https://elsewhere.example/a.js", "script", 0, transferred=1000),
        ),
        largest_paint=LargestPaint(1, "img", f"{URL}hero.jpg.avif", 1, 1, 1, 1),
        pictures=(
            Picture(f"{URL}hero.jpg.avif", 100, 50, 200, 100, True, False, True),
            Picture("https://elsewhere.example/b.jpg", 1, 1, 1, 1, True, False, True),
        ),
    )


def test_a_picture_in_another_form_is_the_image_that_it_stands_for() -> None:
    page = seen(PAGE, [visit(lcp=1)], TREE)

    assert page.largest == {"hero.jpg"}
    assert page.pictures == (Shown("hero.jpg", 200, 100, seen=True),)


def test_what_a_page_loads_are_the_files_of_the_root() -> None:
    assert loaded([visit(lcp=1)], PAGE) == {"index.html", "hero.jpg.avif"}


@pytest.mark.parametrize(
    ("figures", "good"),
    [
        ({"lcp": 1700, "fcp": 900, "cls": 0.05}, True),
        ({"lcp": 1900, "fcp": 900, "cls": 0.05}, False),
        ({"lcp": 1700, "fcp": 900, "cls": 0.2}, False),
        ({"fcp": 900}, True),
        ({}, False),
    ],
)
def test_a_page_that_keeps_the_budgets_is_good(figures: dict[str, float], good: bool) -> None:
    assert is_good([visit(**figures)] * 3) is good


def test_scripts_that_are_too_heavy_make_no_page_good() -> None:
    heavy = Visit(URL, "b", {"fcp": 1}, (Request(URL, "script", 0, transferred=200 * 1024),))

    assert not is_good([heavy])


def test_what_must_stay_is_not_written_and_what_is_packed_is_packed_anew() -> None:
    tree = GivenTree({"a.css": b"a" * 99, "a.css.br": b"old", "b.css": b"b"})
    what = proposed(
        [Written("a.css", b"new"), Written("b.css", b"x"), LeftAlone("c", "why")],
        Site(tree, kept={"b.css": "promised"}),
    )

    assert set(what.files) == {"a.css", "a.css.br"}
    assert brotli.decompress(what.files["a.css.br"]) == b"new"
    assert what.passed == (LeftAlone("c", "why"), LeftAlone("b.css", "promised"))
    assert files_saved(what, tree) == 99 - 3 + 3 - len(what.files["a.css.br"])


def test_what_is_packed_into_what_must_stay_is_not_written() -> None:
    tree = GivenTree({"a.css": b"a", "a.css.gz": b"old"})
    what = proposed([Written("a.css", b"new")], Site(tree, kept={"a.css.gz": "it is signed"}))

    assert not what.files
    assert what.passed == (
        LeftAlone("a.css", "a.css.gz is packed from it, and stays: it is signed"),
    )


def test_the_form_that_browsers_take_stands_for_the_image() -> None:
    both = [Written("a.jpg.webp", b"", "a.jpg"), Written("a.jpg.avif", b"", "a.jpg")]
    one = [Written("b.jpg.webp", b"", "b.jpg"), Written("c.png", b"", "c.png")]

    assert proposed([*both, *one], Site(TREE)).instead == {
        "a.jpg": "a.jpg.avif",
        "b.jpg": "b.jpg.webp",
    }


def test_figures_that_some_visit_lacks_are_not_compared() -> None:
    told = timed("index.html", "phone", [visit(lcp=1, fcp=1)], [visit(lcp=2)])

    assert (dict(told.before), dict(told.after)) == ({"lcp": [1]}, {"lcp": [2]})
    assert told.bytes_before == [2000]


def test_files_lie_over_others() -> None:
    tree = Overlay(TREE, {"hero.jpg": b"other!", "new.css": b"n"})

    assert tree.paths() == ["hero.jpg", "hero.jpg.avif", "index.html", "new.css", "x.avif"]
    assert (tree.read("hero.jpg"), tree.size("hero.jpg"), tree.size("index.html")) == (
        b"other!", 6, 4,
    )  # fmt: skip
