"""What is to be done first of what was promised about an issue."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fettle.frontends.report.issue_document import ClockDocument, ClocksDocument


def promised(clocks: "ClocksDocument") -> "tuple[str, ClockDocument] | None":
    """Return the promise that is due first, or was; None where none waits to be kept.

    One that was kept too late waits for nobody.
    """
    named = (
        ("response", clocks["response"]),
        ("update", clocks["update"]),
        ("resolution", clocks["resolution"]),
    )
    waits = [
        (clock["due"], name, clock)
        for name, clock in named
        if clock and clock["due"] and clock["met_at"] is None
        if clock["state"] in ("running", "breached")
    ]
    return min(waits)[1:] if waits else None
