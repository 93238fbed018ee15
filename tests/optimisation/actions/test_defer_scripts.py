"""Scripts that hold the page up are proposed to wait; nothing is written."""

from fettle.optimisation.actions.defer_scripts import improve
from tests.optimisation.sites import patches, site, written

PAGE = """<html><head>
<script src="a.js"></script>
<script src="b.js" async></script>
<script src="https://elsewhere.example/c.js"></script>
<script>inline()</script>
</head><body><script src="d.js"></script></body>
"""


def test_it_is_a_patch_of_the_page() -> None:
    of = site({"index.html": PAGE})

    assert written(improve, of) == {}
    changed = [line for line in patches(improve, of)["index.html"].splitlines() if line[0] in "+-"]
    assert changed == [
        "--- a/index.html",
        "+++ b/index.html",
        '-<script src="a.js"></script>',
        '+<script src="a.js" defer></script>',
    ]


def test_where_none_holds_it_up_nothing_is_proposed() -> None:
    assert patches(improve, site({"index.html": "<head><script src=a.js defer></script>"})) == {}
