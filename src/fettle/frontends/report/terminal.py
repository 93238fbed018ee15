"""A Diagnosis on a terminal, in colour; NO_COLOR leaves bold and dim."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from fettle.frontends.report.layout import Line, lines
from fettle.frontends.report.story import BRIEF, WHOLE, story
from fettle.model.diagnosis import Diagnosis

# Wider lines are hard to read.
WIDEST = 120

# The terminal's own sixteen colours, which its owner has chosen to be readable.
_STYLES = {
    "critical": "bold red",
    "high": "bold magenta",
    "medium": "yellow",
    "low": "cyan",
    "info": "bright_blue",
    "ok": "green",
    "unknown": "bold yellow",
    "accepted": "dim",
    "new": "bold red",
    "worse": "bold magenta",
    "gone": "green",
    "title": "bold",
    "heading": "bold underline",
    "name": "bold",
    "label": "dim",
    "dim": "dim",
    "rule": "dim",
    "code sql": "cyan",
    "code shell": "green",
}
_BADGES = {
    "critical": "bold white on red",
    "high": "bold white on magenta",
    "medium": "bold black on yellow",
    "low": "bold black on cyan",
    "ok": "bold black on green",
    "unknown": "bold black on yellow",
}


def show(diagnoses: Sequence[Diagnosis], *, verbose: bool, console: Console | None = None) -> None:
    """Print the report."""
    console = console or Console(highlight=False)
    width = min(console.width, WIDEST)
    for number, diagnosis in enumerate(diagnoses):
        if number:
            console.print()
        draw(lines(story(diagnosis, WHOLE if verbose else BRIEF), width), console)


def draw(laid: Iterable[Line], console: Console) -> None:
    """Print lines in colour."""
    for line in laid:
        # soft_wrap: what is to be copied stays one line
        console.print(_coloured(line, plain=console.no_color), soft_wrap=True, highlight=False)


def _coloured(line: Line, *, plain: bool) -> Text:
    text = Text()
    for span in line:
        tone = span.tone.removeprefix("badge ")
        if span.tone.startswith("badge"):
            text.append(span.text, "bold reverse" if plain else _BADGES.get(tone, "bold reverse"))
        else:
            text.append(span.text, _STYLES.get(tone, ""))
    return text
