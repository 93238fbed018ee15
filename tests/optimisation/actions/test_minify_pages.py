"""Pages that hold much that is not read are proposed without it; they are never changed."""

import random
from pathlib import Path

import pytest

from fettle.optimisation.actions.minify_pages import improve
from tests.optimisation.applying import applied
from tests.optimisation.sites import patches, site, written


def much() -> str:
    dice = random.Random(1)
    return "".join(f"<!-- {dice.randbytes(40).hex()} -->\n" for _ in range(200))


def tidied(folder: Path, page: str) -> str:
    """Return a page as the patch leaves it, without what is there to make it worth while."""
    whole = f"{page}\n<hr>{much()}"
    told = patches(improve, site({"index.html": whole}))["index.html"]
    after = applied(folder, {"index.html": whole.encode()}, told)["index.html"].decode()
    return after.partition("\n<hr>")[0]


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ("<p>a</p>\n\n\n  <p>b</p>", "<p>a</p>\n<p>b</p>"),
        ("<img src=a>\n<img src=b>", "<img src=a>\n<img src=b>"),
        ("<b>a</b>   <b>b</b>", "<b>a</b> <b>b</b>"),
        ("a<!-- x -->b", "ab"),
        ("a <!-- x --> b", "a b"),
        ("<p>a</p>\n<!-- x -->\n<!-- y -->\n<p>b", "<p>a</p>\n<p>b"),
        ("<pre>a\n\n  <!-- x -->b</pre>", "<pre>a\n\n  <!-- x -->b</pre>"),
        ("<textarea>a\n\n  b</textarea>", "<textarea>a\n\n  b</textarea>"),
        ("<script>'<!-- a -->'\n\n b</script>", "<script>'<!-- a -->'\n\n b</script>"),
        ('<img alt="a   b  > c"  src=a>', '<img alt="a   b  > c"  src=a>'),
        ("<!--[if IE]><p><![endif]-->", "<!--[if IE]><p><![endif]-->"),
        ("<!--#include file='a'--><!-- ko if: a --><!-- /ko -->",) * 2,
        ("a\u00a0\u00a0 b", "a\u00a0\u00a0 b"),
    ],
)
def test_one_blank_stays_wherever_there_is_one(tmp_path: Path, page: str, after: str) -> None:
    assert tidied(tmp_path, page) == after


def test_nothing_is_written() -> None:
    of = site({"index.html": f"<p>text</p>{much()}"})

    assert written(improve, of) == {}
    assert patches(improve, of)


def test_a_page_without_much_of_it_is_left_alone() -> None:
    assert patches(improve, site({"index.html": "<p>text</p>" * 100})) == {}
