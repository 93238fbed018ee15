"""Large fonts are proposed to be cut down; nothing is written."""

from fettle.optimisation.actions.subset_fonts import improve
from tests.optimisation.sites import patches, site, written


def test_the_command_is_given() -> None:
    of = site({"index.html": "", "large.woff2": b"x" * 50_000, "small.woff2": b"x" * 20_000})

    assert written(improve, of) == {}
    assert patches(improve, of)["large.woff2"].startswith("pyftsubset ./large.woff2")
    assert set(patches(improve, of)) == {"large.woff2"}
