"""A Diagnosis as plain text, for pipes, logs and narrow terminals."""

from collections.abc import Iterable, Sequence

from fettle.frontends.report.layout import Line, lines
from fettle.frontends.report.story import BRIEF, WHOLE, story
from fettle.model.diagnosis import Diagnosis

WIDTH = 80
_NARROWEST, _WIDEST = 24, 120


def write(diagnoses: Sequence[Diagnosis], verbose: bool, width: int = WIDTH) -> str:
    """Return the report, wrapped to a width; only what is to be copied may be longer."""
    extent = WHOLE if verbose else BRIEF
    reports = (plain(lines(story(diagnosis, extent), fitting(width))) for diagnosis in diagnoses)
    return "\n".join(reports)


def fitting(width: int) -> int:
    """Return a width that can be read."""
    return min(max(width, _NARROWEST), _WIDEST)


def plain(laid: Iterable[Line]) -> str:
    """Return lines as plain text."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in laid)
