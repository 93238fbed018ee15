"""Images are offered in the forms of today, and pages change by nothing else."""

import pytest

from fettle.model.experiment import Written
from fettle.optimisation.actions.redraw_images import improve
from fettle.optimisation.gates.image import image_gate
from fettle.optimisation.pictures import Decoded, examine
from tests.optimisation import drawn
from tests.optimisation.sites import passed, site, written

HERO = drawn.jpeg(drawn.photograph(320, 240))
OFFERED = (
    '<picture style="display:contents"><source type="image/avif" srcset="hero.jpg.avif">'
    '<source type="image/webp" srcset="hero.jpg.webp"><img src="hero.jpg"></picture>'
)


def test_an_image_is_offered_smaller_and_stays_for_who_knows_no_other() -> None:
    found = written(improve, site({"index.html": '<p>a <img src="hero.jpg"> b', "hero.jpg": HERO}))

    assert found["index.html"].decode() == f"<p>a {OFFERED} b"
    assert "hero.jpg" not in found
    assert len(found["hero.jpg.avif"]) < len(found["hero.jpg.webp"]) < len(HERO) * 0.9


def test_what_is_offered_passes_the_gate_of_images() -> None:
    original = examine("hero.jpg", HERO)
    assert isinstance(original, Decoded)
    changes = improve(site({"index.html": '<img src="hero.jpg">', "hero.jpg": HERO}))
    images = [one for one in changes if isinstance(one, Written) and one.of == "hero.jpg"]

    assert len(images) == 2
    assert not any(image_gate(original, one.content, len(HERO)) for one in images)


def test_what_shows_through_goes_on_to() -> None:
    found = written(improve, site({"index.html": "<img src=a.png>", "a.png": drawn.see_through()}))
    original = examine("a.png", drawn.see_through())

    assert isinstance(original, Decoded)
    assert image_gate(original, found["a.png.webp"], 10**6) is None


def test_addresses_are_kept_as_they_are_written() -> None:
    page = '<img src="../img/my%20hero.jpg?v=1&amp;w=2">'
    of = site({"shop/index.html": page, "img/my hero.jpg": HERO}, page="shop/index.html")
    found = written(improve, of)

    assert 'srcset="../img/my%20hero.jpg.avif?v=1&amp;w=2"' in found["shop/index.html"].decode()
    assert "img/my hero.jpg.avif" in found


@pytest.mark.parametrize(
    "page",
    [
        "<picture><img src=hero.jpg></picture>",
        "<img src=hero.jpg srcset='hero.jpg 2x'>",
        "<noscript><img src=hero.jpg></noscript>",
        "<img src=https://elsewhere.example/hero.jpg>",
        "<base href=/other/><img src=hero.jpg>",
        "<img id=big src=hero.jpg><script>document.getElementById('big').src = next</script>",
        "<img src=hero.jpg><script>document.querySelector('main img').src = next</script>",
        "<img src=../../../hero.jpg.gone>",
    ],
)
def test_what_would_show_otherwise_is_left_alone(page: str) -> None:
    assert written(improve, site({"index.html": page, "hero.jpg": HERO})) == {}


def test_a_script_that_has_to_do_with_other_images_does_not_matter() -> None:
    page = "<img src=hero.jpg><script>document.getElementById('other').src = next</script>"

    assert "hero.jpg.avif" in written(improve, site({"index.html": page, "hero.jpg": HERO}))


def test_odd_images_are_named_with_the_reason() -> None:
    files: dict[str, bytes | str] = {
        "index.html": "<img src=c.jpg><img src=t.jpg><img src=m.png>",
        "c.jpg": drawn.cmyk(),
        "t.jpg": drawn.turned(),
        "m.png": drawn.moving_png(),
    }

    assert written(improve, site(files)) == {}
    assert passed(improve, site(files)) == {
        "c.jpg": "it is CMYK",
        "t.jpg": "it is turned by its EXIF",
        "m.png": "it moves",
    }


def test_what_is_there_already_is_not_written_over() -> None:
    files: dict[str, bytes | str] = {
        "index.html": "<img src=hero.jpg>",
        "hero.jpg": HERO,
        "hero.jpg.webp": b"theirs",
    }

    assert written(improve, site(files)) == {}


def test_a_page_that_is_promised_stays() -> None:
    of = site({"index.html": "<img src=hero.jpg>", "hero.jpg": HERO}, kept={"index.html": "why"})

    assert written(improve, of) == {}
    assert passed(improve, of) == {"index.html": "why"}
