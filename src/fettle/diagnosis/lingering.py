"""What was found before and is not over yet: between the level that raises and the one that ends.

A check says in its limits below which level (`clear`) what it found is over. To find out, it judges
the same readings again, with that level in the place of its lowest one. One whose levels are of
another kind says itself what its limits are then (`cleared`). A route of a service that is no worse
than all of it is told with it, and is not over then: routes are judged alone, too.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Protocol, runtime_checkable

from fettle.model.finding import Finding, Verdict
from fettle.unit import AnyCheck

# The names of lowest levels, by which limits are read.
_LOWEST = ("low", "medium", "mean", "rate")


@runtime_checkable
class SaysItself(Protocol):
    """Limits that know which ones hold until what was found is over."""

    def cleared(self) -> object:
        """Return them."""


def lingering(
    check: AnyCheck, rows: Sequence[Any], limits: object, verdicts: Sequence[Verdict]
) -> tuple[str, ...]:
    """Return the keys of what is no finding, and would not be over if it had been one."""
    relaxed = cleared(limits)
    if relaxed is None:
        return ()
    found = {one.subject for one in verdicts if isinstance(one, Finding)}
    alone = [row for row in rows if getattr(row, "route", None) is not None]
    again = [one for some in (rows, alone) if some for one in check(some, relaxed)]
    subjects = dict.fromkeys(one.subject for one in again if isinstance(one, Finding))
    return tuple(f"{check.id}:{subject}" for subject in subjects if subject not in found)


def cleared(limits: object) -> object | None:
    """Return the limits that hold until what was found is over; None where they are the same."""
    if isinstance(limits, SaysItself):
        return limits.cleared()
    if not is_dataclass(limits) or isinstance(limits, type):
        return None
    names = {one.name for one in fields(limits)}
    lowest = next((name for name in _LOWEST if name in names), None)
    if lowest is None or "clear" not in names:
        return None
    return replace(limits, **{lowest: vars(limits)["clear"]})
