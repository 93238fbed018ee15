"""What lines of logs have in common, as the JSON that programs read."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.intake.logs.files import Reading


class LogFileDocument(TypedDict):
    """A file that was read."""

    file: str
    lines: int


class LogTemplateDocument(TypedDict):
    """What lines have in common."""

    id: str
    text: str
    """The lines' text, with `<*>` for values."""
    lines: int
    first: int
    """The first line of it, counted from 1 over all files."""
    last: int
    files: list[int]
    """How many lines of it are in each file."""
    change: Literal["new", "gone"] | None
    """Whether it is new in the last file, or gone from it; null with one file."""


class _Headed(TypedDict):
    schema: Literal["fettle.logs/1"]


class LogsDocument(_Headed):
    """What the lines of files have in common, the most frequent first."""

    files: list[LogFileDocument]
    templates: list[LogTemplateDocument]


def of_reading(names: Sequence[str], reading: Reading) -> LogsDocument:
    """Return what was read as a document."""
    return {
        "schema": "fettle.logs/1",
        "files": [
            {"file": name, "lines": counts.total()}
            for name, counts in zip(names, reading.counts, strict=True)
        ],
        "templates": [
            {
                "id": one.id,
                "text": one.text,
                "lines": one.lines,
                "first": one.first,
                "last": one.last,
                "files": [counts[one.id] for counts in reading.counts],
                "change": reading.change(one.id),  # type: ignore[typeddict-item] # new, gone, None
            }
            for one in reading.templates
        ],
    }
