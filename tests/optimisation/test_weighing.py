"""What an image takes in a format of today is reckoned from pieces of it."""

import pytest

from fettle.optimisation.pictures import Decoded, Redrawing, redrawn
from fettle.optimisation.weighing import Weighing
from tests.optimisation.drawn import cmyk, jpeg, photograph, png


@pytest.mark.parametrize(
    "content",
    [
        jpeg(photograph(272, 264, grain=2)),
        png(photograph(120, 40)),
        png(photograph(600, 60)),
    ],
    ids=["soft", "small", "narrow"],
)
def test_it_is_as_much_as_all_of_it_would_take(content: bytes) -> None:
    drawn = redrawn(content)
    assert isinstance(drawn, Decoded)
    whole = Redrawing().smallest(content, drawn, "AVIF")
    weighed = Weighing().as_avif(content)
    assert weighed is not None
    really = len(content) if whole is None else len(whole)
    assert abs(weighed - really) < max(0.35 * really, 1500)


def test_what_has_much_grain_is_as_large_as_it_was() -> None:
    """What looks the same as grain takes as much: such a photograph is not heavy."""
    grain = jpeg(photograph(264, 258, grain=20), quality=50)
    assert Weighing().as_avif(grain) == len(grain)


@pytest.mark.parametrize("content", [cmyk(), jpeg()[:900], b""], ids=["cmyk", "broken", "empty"])
def test_what_is_better_left_alone_is_not_weighed(content: bytes) -> None:
    assert Weighing().as_avif(content) is None
