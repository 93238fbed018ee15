"""Pictures that are kept are small, however large the page is."""

import io

import numpy as np
from PIL import Image

from fettle.model.browser import Frame
from fettle.model.loaded import Shot, When
from fettle.model.ports_experiment import Sight
from fettle.optimisation import shots
from tests.optimisation import drawn


def screen(width: int, height: int, *, noisy: bool = False) -> Shot | None:
    pixels = np.full((height, width, 3), 200, np.uint8)
    if noisy:
        pixels = np.random.default_rng(1).integers(0, 255, pixels.shape, np.uint8)
    return shots.screen("index.html", When.AFTER, Sight("phone", drawn.png(pixels)))


def test_a_screen_is_as_wide_as_words_need_and_no_taller_than_is_kept() -> None:
    shot = screen(1350, 16_000)
    assert shot is not None
    assert (shot.width, shot.height) == (shots.WIDEST, shots.TALLEST)
    with Image.open(io.BytesIO(shot.content)) as image:
        assert (image.format, image.size) == ("WEBP", (shot.width, shot.height))
    assert (shot.kind, shot.media, shot.profile, shot.when) == (
        "screen",
        "image/webp",
        "phone",
        When.AFTER,
    )


def test_a_phones_screen_is_kept_as_it_is() -> None:
    shot = screen(412, 823)
    assert shot is not None
    assert (shot.width, shot.height) == (412, 823)


def test_what_packs_badly_is_packed_harder_or_not_kept() -> None:
    shot = screen(900, 700, noisy=True)
    assert shot is None or len(shot.content) <= shots.LARGEST
    assert screen(900, 4000, noisy=True) is None


def test_both_strips_of_a_page_have_the_same_step() -> None:
    picture = drawn.jpeg()
    slow = [Frame(at, picture) for at in (100, 150, 900, 5900)]
    quick = [Frame(at, picture) for at in (100, 150, 900)]
    found = shots.strips("index.html", "phone", {When.BEFORE: slow, When.AFTER: quick})
    assert [(one.when, one.at_ms) for one in found] == [
        (When.BEFORE, 150),
        (When.BEFORE, 900),
        (When.BEFORE, 5900),
        (When.AFTER, 150),
        (When.AFTER, 900),
    ]
    assert {(one.kind, one.media, one.width, one.height) for one in found} == {
        ("frame", "image/jpeg", 160, 120)
    }


def test_a_frame_that_is_too_large_is_not_kept() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (480, 320, 3), np.uint8)
    large = Frame(100, drawn.jpeg(noise, quality=98))
    assert shots.strips("index.html", "phone", {When.BEFORE: [large], When.AFTER: []}) == []
