"""A Diagnosis as plain text, for pipes, logs and narrow terminals."""

from collections.abc import Sequence

from fettle.frontends.report.layout import lines
from fettle.frontends.report.story import BRIEF, WHOLE, story
from fettle.model.diagnosis import Diagnosis

WIDTH = 80
_NARROWEST, _WIDEST = 24, 120


def write(diagnoses: Sequence[Diagnosis], verbose: bool, width: int = WIDTH) -> str:
    """Return the report, wrapped to a width; only what is to be copied may be longer."""
    extent = WHOLE if verbose else BRIEF
    width = min(max(width, _NARROWEST), _WIDEST)
    reports = (
        "".join(
            "".join(span.text for span in line).rstrip() + "\n"
            for line in lines(story(diagnosis, extent), width)
        )
        for diagnosis in diagnoses
    )
    return "\n".join(reports)
