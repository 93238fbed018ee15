"""Steps that are known to do harm, each as it was met: the gates are to stop every one of them."""

from tests.optimisation.harms import (
    defer_and_join,
    minify_whole_pages,
    size_without_style,
    write_anew,
)

NOTHING = write_anew.improve
HARMS = (minify_whole_pages.improve, size_without_style.improve, defer_and_join.improve)
