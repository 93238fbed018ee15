"""Images get the room that they will take, and no other shape."""

import pytest

from fettle.model.experiment import Shown
from fettle.optimisation.actions.size_images import improve
from tests.optimisation.drawn import jpeg, turned
from tests.optimisation.sites import site, written

HERO = {"hero.jpg": jpeg()}  # 160 × 120
HALF = Shown("hero.jpg", 80, 60, seen=True)


def page(tag: str, *shown: Shown) -> str | None:
    found = written(improve, site({"index.html": tag, **HERO}, *shown))
    return found["index.html"].decode() if found else None


def test_an_image_gets_its_size_and_a_height_that_follows() -> None:
    assert page("<img src=hero.jpg>", HALF) == (
        '<img src=hero.jpg width="160" height="120" style="height:auto">'
    )
    assert page('<img style="width:50%;" src=hero.jpg>', HALF) == (
        '<img style="width:50%;height:auto" src=hero.jpg width="160" height="120">'
    )
    assert page('<img style="max-height:9em" src=hero.jpg>', HALF) == (
        '<img style="max-height:9em" src=hero.jpg width="160" height="120">'
    )


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("<img src=hero.jpg width=80>", HALF),
        ("<img src=hero.jpg height=60>", HALF),
        ("<img src=hero.jpg srcset='hero.jpg 2x'>", HALF),
        ("<img src=hero.jpg>", Shown("hero.jpg", 80, 80, seen=True)),
        ("<img src=hero.jpg>", Shown("other.jpg", 80, 60, seen=True)),
        ("<img src=hero.jpg>", Shown("hero.jpg", 0, 0, seen=True)),
    ],
)
def test_what_has_a_size_or_another_shape_is_left_alone(tag: str, shown: Shown) -> None:
    assert page(tag, shown) is None


def test_another_shape_on_one_screen_is_enough() -> None:
    assert page("<img src=hero.jpg>", HALF, Shown("hero.jpg", 80, 40, seen=True)) is None


def test_an_image_that_its_exif_turns_is_left_alone() -> None:
    of = site({"index.html": "<img src=t.jpg>", "t.jpg": turned()}, Shown("t.jpg", 160, 120, True))

    assert written(improve, of) == {}
