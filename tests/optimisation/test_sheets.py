"""Style sheets are read where they stand, comments and texts stepped over."""

from fettle.optimisation.sheets import addresses, faces, imported, last_src, without

SHEET = """/* @font-face { src: url(no.ttf) } */
a::before { content: "@font-face { src: url(no.ttf) }" }
@font-face { font-family: A; src: url(a.eot); src: url('a.woff') format("woff"), url(a.ttf) }
@FONT-FACE{font-display : optional;src:url( "b.ttf" )}
@media print { p { color: red } }
"""


def test_faces_are_found_with_their_sources_and_how_they_are_shown() -> None:
    first, second = faces(SHEET)

    assert [(one.address, one.format) for one in first.sources] == [
        ("a.eot", ""),
        ("a.woff", "woff"),
        ("a.ttf", ""),
    ]
    assert (first.display, second.display) == (None, "optional")
    where = last_src(SHEET, first)
    assert where is not None
    assert SHEET[where:].startswith("url('a.woff')"), "the last src counts"


def test_imports_are_found_in_each_of_their_forms() -> None:
    text = (
        '@import "a.css"; @import url(b.css) screen; /* @import "c.css"; */ @import url("d.css");'
    )

    found = [(one.address, one.when) for one in imported(text)]
    assert found == [("a.css", ""), ("b.css", "screen"), ("d.css", "")]
    assert without("/* a */\n@import 'a.css';\n@import 'b.css';\np {}", 1) == (
        "/* a */\n@import 'b.css';\np {}"
    )
    assert addresses("p { background: url( 'x.png' ) }") == ["x.png"]


def test_a_sheet_that_is_cut_off_has_no_face() -> None:
    assert list(faces("@font-face { src: url(a.ttf)")) == []
    assert list(faces("@font-face; a { src: url(a.ttf) }")) == []
