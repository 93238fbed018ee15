"""What was promised and is due first is told; what was kept, also too late, hides nothing."""

from typing import Literal

import pytest

from fettle.frontends.report.issue_document import ClockDocument
from fettle.frontends.report.promised import promised

Clock = tuple[str | None, Literal["running", "paused", "met", "breached"], str | None]
EARLY, LATE, LATER = (f"2026-01-01T0{hour}:00:00Z" for hour in (1, 2, 3))


@pytest.mark.parametrize(
    ("response", "update", "resolution", "first"),
    [
        ((EARLY, "running", None), (LATE, "running", None), (LATER, "running", None), "response"),
        ((EARLY, "met", EARLY), (LATER, "running", None), (LATE, "breached", None), "resolution"),
        ((EARLY, "breached", LATE), (LATER, "running", None), None, "update"),
        ((EARLY, "breached", LATE), None, (None, "paused", None), None),
        (None, None, None, None),
    ],
)
def test_what_is_due_first_is_told(
    response: Clock | None, update: Clock | None, resolution: Clock | None, first: str | None
) -> None:
    def clock(given: Clock | None) -> ClockDocument | None:
        return given and {"due": given[0], "state": given[1], "met_at": given[2]}

    found = promised(
        {"response": clock(response), "update": clock(update), "resolution": clock(resolution)}
    )
    assert (found and found[0]) == first
