"""Images are packed better, and every pixel is the same."""

import io

from PIL import Image

from fettle.optimisation.actions.shrink_images import improve
from tests.optimisation import drawn
from tests.optimisation.sites import passed, site, written


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGBA").tobytes()


def test_every_pixel_is_the_same() -> None:
    files = {"a.png": drawn.png(), "b/c.JPG": drawn.jpeg(), "d.png": drawn.see_through()}
    found = written(improve, site({"index.html": "", **files}))

    assert set(found) == set(files)
    for path, content in found.items():
        assert len(content) < len(files[path])
        assert pixels(content) == pixels(files[path])


def test_odd_broken_and_promised_images_stay_as_they_are() -> None:
    files = {
        "cmyk.jpg": drawn.cmyk(),
        "profiled.jpg": drawn.profiled(),
        "turned.jpg": drawn.turned(),
        "deep.png": drawn.deep(),
        "wide.png": drawn.wide(),
        "bright.png": drawn.bright(),
        "moving.png": drawn.moving_png(),
        "moving.gif": drawn.moving_gif(),
        "broken.jpg": drawn.jpeg()[:3000],
        "really.png": drawn.jpeg(),
        "nameless": drawn.png(),
        "signed.png": drawn.png(),
        "script.svg": b"<svg><script>1</script></svg>",
    }
    of = site({"index.html": "", **files}, kept={"signed.png": "its signature"})

    assert written(improve, of) == {}
    assert set(passed(improve, of)) == set(files) - {"moving.gif", "nameless", "script.svg"}


def test_an_image_that_names_the_colours_that_all_have_is_packed() -> None:
    assert set(written(improve, site({"index.html": "", "a.png": drawn.plain_primaries()})))


def test_what_cannot_be_packed_better_is_not_written() -> None:
    once = written(improve, site({"index.html": "", "a.png": drawn.png()}))

    assert written(improve, site({"index.html": "", **once})) == {}
