"""What is known of an issue's error, as people read it in a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fettle.frontends.report.blocks import Block, Prose
from fettle.frontends.report.visible import visible
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.frontends.report.solving_document import KnownOfIssue


def known(found: "KnownOfIssue | None") -> Iterator[Block]:
    """Tell which known error an issue is, what cures it, and what may be done about it."""
    if found is None or not found["answered"]:
        return
    first = found["matches"][0]
    yield Prose(
        visible(f"{first['title']} ({first['class']}, {say_share(first['confidence'])} sure)")
    )
    for place, does in enumerate(first["solutions"], 1):
        yield Prose(visible(does), lead=f"{place}. ")
    for remedy in found["remedies"]:
        said = f"{remedy['remedy']} on {remedy['target']}: {remedy['may']}, {remedy['why']}"
        yield Prose(visible(said), "dim", lead="- ")
