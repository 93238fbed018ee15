"""A report as it is kept: what a task found, in sections, for pages, Markdown and PDF alike."""

from dataclasses import dataclass

# Seconds since 1970, and the value then.
Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """One line of a chart, in the order of time."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    """Figures over time, all in one unit: `s`, `bytes`, `ratio`, or what is counted."""

    title: str
    unit: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Table:
    """Rows under named columns; cells are plain text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of a report: sentences, then a list, a table and charts, where it has them."""

    title: str
    sentences: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    table: Table | None = None
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True)
class Report:
    """What a run is remembered by; all text in it is plain, and may come from outside."""

    title: str
    summary: str
    sections: tuple[Section, ...] = ()


def in_words(report: Report, most: int) -> str:
    """Return what a report says without its tables and charts, in lines, up to so many letters."""
    lines = [report.summary]
    for section in report.sections:
        says = [*section.sentences, *(f"- {item}" for item in section.items)]
        lines += ["", section.title, *says] if says else []
    length = 0
    for place, line in enumerate(lines):
        length += len(line) + 1
        if place and length > most:
            return "\n".join([*lines[:place], "…"])
    return "\n".join(lines)
