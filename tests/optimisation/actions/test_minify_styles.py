"""Style sheets lose what browsers do not read, where nobody else sees to it."""

import pytest

from fettle.optimisation.actions.minify_styles import improve
from tests.optimisation.sites import passed, site, written

SHEET = "/* a comment */\n\nbody  {\n    color : red ;\n}\n/*! licence */\n" * 3


def test_blanks_and_comments_go_and_licences_stay() -> None:
    found = written(improve, site({"index.html": "", "a.css": SHEET}))["a.css"].decode()

    assert found.startswith("body{color:red}/*! licence */")
    assert "a comment" not in found


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("a.min.css", SHEET, "it is minified"),
        ("a.css", "a{b:c}" * 100, "it is minified"),
        ("a.css", SHEET + "/*# sourceMappingURL=a.css.map */", "source map"),
        ("a.css", b"\xff\xfe", "not in UTF-8"),
        ("kept.css", SHEET, "promised"),
    ],
)
def test_what_somebody_has_seen_to_is_left_alone(path: str, text: str, why: str) -> None:
    of = site({"index.html": "", path: text}, kept={"kept.css": "promised"})

    assert written(improve, of) == {}
    assert why in passed(improve, of)[path]


@pytest.mark.parametrize(
    "other", ["_next/static/a.js", "assets/app.3f2a9c1b.js", "asset-manifest.json"]
)
def test_a_site_that_a_bundler_made_is_left_to_it(other: str) -> None:
    assert written(improve, site({"index.html": "", "a.css": SHEET, other: ""})) == {}
