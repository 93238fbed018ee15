"""What style sheets take in is asked for with the page; their order stays as it was."""

import pytest

from fettle.optimisation.actions.preload_imports import improve
from tests.optimisation.sites import passed, site, written

LINK = '<link rel="stylesheet" href="/css/a.css">'
PAGE = f"<head><title>a</title>{LINK}</head>"
SHEET = '/* @import "no.css"; */\n@import "base.css";\n@import url(more/all.css);\np {}\n'
FILES = {
    "index.html": PAGE,
    "css/a.css": SHEET,
    "css/base.css": "body {}",
    "css/more/all.css": '@import "deep.css"; @import "../a.css";',
    "css/more/deep.css": "b {}",
    "css/no.css": "i {}",
}


def preloaded(**changed: str) -> str | None:
    files = {**FILES, **{name.replace("__", "/") + ".css": text for name, text in changed.items()}}
    found = written(improve, site(files))
    assert found.keys() <= {"index.html"}
    return found["index.html"].decode() if found else None


def of_page(text: str) -> str | None:
    found = written(improve, site({**FILES, "index.html": text}))
    return found["index.html"].decode() if found else None


def test_all_that_is_imported_is_asked_for_before_the_sheet_that_does() -> None:
    links = "".join(
        f'<link rel="preload" as="style" href="{path}">\n'
        for path in ("css/base.css", "css/more/all.css", "css/more/deep.css")
    )

    assert preloaded() == PAGE.replace(LINK, links + LINK)


def test_what_two_sheets_import_is_asked_for_once() -> None:
    more = '<link rel="stylesheet" href="css/more/all.css">'

    assert str(of_page(PAGE + more)).count("css/base.css") == 1
    assert 'as="style" href="css/more/all.css' not in str(of_page(PAGE + more))


@pytest.mark.parametrize(
    "sheet",
    [
        '@import "base.css" print;',
        '@import "https://elsewhere.example/a.css";',
        '@import "gone.css";',
        '/* @import "base.css"; */',
        '@import "a.css";',
    ],
)
def test_what_may_not_be_needed_or_is_not_there_is_left_alone(sheet: str) -> None:
    assert preloaded(css__a=sheet) is None


@pytest.mark.parametrize("media", [' media="print"', " disabled", ' title="dark"'])
def test_what_a_page_has_for_some_only_is_left_alone(media: str) -> None:
    assert of_page(PAGE.replace("<link", f"<link{media}")) is None


def test_what_a_page_asks_for_itself_is_left_alone() -> None:
    names = "".join(f'<link rel="preload" as="style" href="css/{name}.css">' for name in
                    ("base", "more/all", "more/deep"))  # fmt: skip

    assert of_page(names + PAGE) is None


def test_pages_that_must_stay_are_passed_by() -> None:
    of = site(FILES, kept={"index.html": "promised"})

    assert written(improve, of) == {}
    assert passed(improve, of) == {"index.html": "promised"}
