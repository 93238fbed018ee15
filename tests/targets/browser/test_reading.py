"""What a page's watcher has seen becomes figures."""

from typing import Any

import pytest

from fettle.model.measurement import Request
from fettle.targets.browser import reading


@pytest.mark.parametrize(
    ("served", "heard", "told"), [(90.0, 40.0, 40.0), (90.0, None, 90.0), (None, None, None)]
)
def test_a_server_that_nobody_timed_has_no_time(
    served: float | None, heard: float | None, told: float | None
) -> None:
    seen: dict[str, Any] = {"figures": {"ttfb": 700.0}, "tasks": [], "frames": [], "served": served}
    document = Request("https://shop.example/", "document", 0, server_ms=heard)

    assert reading.figures(seen, seen, document).get("server_response") == told
