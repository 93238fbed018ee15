"""Scripts that a gate will see run lose comments and blanks, and nothing else."""

from fettle.optimisation.actions.minify_scripts import improve
from tests.optimisation.sites import site, written

SCRIPT = """// a comment
/*! licence */
const   greeting = `two  blanks
  ${ 1 + 2 } stay`;
const found = /a  b/.test( greeting ) ;
"""


def test_texts_and_expressions_stay_as_they_are() -> None:
    of = site({"index.html": "<script src=a.js></script>", "a.js": SCRIPT})
    found = written(improve, of)["a.js"].decode()

    assert "`two  blanks\n  ${ 1 + 2 } stay`" in found
    assert "/a  b/.test(greeting)" in found
    assert "/*! licence */" in found
    assert "a comment" not in found


def test_one_that_no_measured_page_names_is_left_alone() -> None:
    of = site({"index.html": "<script src=a.js></script>", "b.js": SCRIPT, "a.js": "1"})

    assert written(improve, of) == {}
