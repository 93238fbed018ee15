"""What style sheets take in one by one is proposed to be named at once, in every page."""

from pathlib import Path

import pytest

from fettle.optimisation.actions.join_imports import improve
from tests.optimisation.applying import applied
from tests.optimisation.sites import passed, patches, site, written

PAGE = '<head>\n<link rel="stylesheet" href="/css/a.css">\n</head>\n'
SHEET = """/* @import "no.css"; */
@import "base.css";
@import url(https://elsewhere.example/b.css);
p { color: red }
"""
FILES = {
    "index.html": PAGE,
    "other/more.html": PAGE.replace("/css", "../css"),
    "css/a.css": SHEET,
    "css/base.css": "body {}\n",
}


def test_what_is_imported_is_named_in_each_page_that_names_the_sheet(tmp_path: Path) -> None:
    of = site(FILES)

    assert written(improve, of) == {}
    files = {path: text.encode() for path, text in FILES.items()}
    after = applied(tmp_path, files, patches(improve, of)["css/a.css"])
    base = b'<link rel="stylesheet" href="css/base.css">\n<link rel="stylesheet" href="/css/a.css">'
    assert base in after["index.html"]
    assert b'<link rel="stylesheet" href="../css/base.css">\n' in after["other/more.html"]
    assert after["css/a.css"].decode() == SHEET.replace('@import "base.css";\n', "")


@pytest.mark.parametrize(
    "sheet",
    [
        '@import "base.css" print;',
        '@import "base.css" layer(base);',
        '@layer reset; @import "base.css";',
        '@import "https://elsewhere.example/a.css"; @import "base.css";',
        '@import "gone.css";',
        '/* @import "base.css"; */',
    ],
)
def test_what_would_come_in_another_order_is_left_alone(sheet: str) -> None:
    assert patches(improve, site({**FILES, "css/a.css": sheet})) == {}


def test_a_sheet_that_a_page_names_from_elsewhere_is_left_alone_and_that_is_said() -> None:
    based = '<base href="/css/"><link rel="stylesheet" href="a.css">'
    of = site({**FILES, "other/more.html": based})

    assert patches(improve, of) == {}
    assert "<base>" in passed(improve, of)["css/a.css"]


def test_a_sheet_that_another_imports_too_is_left_alone() -> None:
    assert patches(improve, site({**FILES, "css/c.css": '@import "a.css";'})) == {}


def test_a_sheet_that_a_page_has_for_some_only_is_left_alone_and_that_is_said() -> None:
    some = PAGE.replace("<link", '<link media="print"')
    of = site({**FILES, "other/more.html": some})

    assert patches(improve, of) == {}
    assert "for some only" in passed(improve, of)["css/a.css"]
