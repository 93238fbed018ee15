"""Fonts are offered packed better, and text does not wait for them."""

import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from fettle.optimisation.actions.modernise_fonts import improve
from tests.optimisation.sites import passed, site, written


def font() -> bytes:
    """Return a font of many letters, which are all boxes."""
    names = [".notdef", *(f"g{number}" for number in range(200))]
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({0x41 + place: name for place, name in enumerate(names[1:])})
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 700), (500, 700), (500, 0)):
        pen.lineTo(point)
    pen.closePath()
    glyph = pen.glyph()
    made.setupGlyf(dict.fromkeys(names, glyph))
    made.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    written_ = io.BytesIO()
    made.save(written_)
    return written_.getvalue()


FACE = '@font-face { font-family: "Boxes"; src: url("../f/boxes.ttf") format("truetype") }'


def test_a_font_is_packed_and_named_first() -> None:
    of = site(
        {
            "index.html": "",
            "css/a.css": f"/* @font-face {{}} */ {FACE} p {{}}",
            "f/boxes.ttf": font(),
        }
    )
    found = written(improve, of)

    assert found["css/a.css"].decode() == (
        '/* @font-face {} */ @font-face {font-display:swap; font-family: "Boxes"; '
        'src: url("../f/boxes.ttf.woff2") format("woff2"),url("../f/boxes.ttf") '
        'format("truetype") } p {}'
    )
    packed = TTFont(io.BytesIO(found["f/boxes.ttf.woff2"]))
    assert packed.flavor == "woff2"
    assert packed.getBestCmap() == TTFont(io.BytesIO(font())).getBestCmap()


def test_two_faces_of_one_sheet_are_both_changed() -> None:
    of = site({"index.html": "", "css/a.css": FACE + FACE, "f/boxes.ttf": font()})

    assert written(improve, of)["css/a.css"].decode().count("swap") == 2


def test_what_is_modern_is_left_alone() -> None:
    modern = "@font-face{font-display:optional;src:url(a.woff2),url(a.ttf)}"

    assert written(improve, site({"index.html": "", "a.css": modern, "a.ttf": font()})) == {}


def test_a_broken_font_is_named() -> None:
    of = site({"index.html": "", "css/a.css": FACE, "f/boxes.ttf": b"broken"})

    assert "cannot be read as a font" in passed(improve, of)["f/boxes.ttf"]
    assert "woff2" not in written(improve, of)["css/a.css"].decode()


def test_a_sheet_that_is_promised_stays() -> None:
    of = site({"index.html": "", "css/a.css": FACE, "f/boxes.ttf": font()}, kept={"css/a.css": "x"})

    assert written(improve, of) == {}
