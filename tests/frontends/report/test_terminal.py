"""The report on a terminal."""

import io
import re

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from fettle.frontends.report import terminal, text
from tests.frontends.report.pictures import TextPicture
from tests.frontends.report.sample import HEALTHY, SAMPLE, UNREACHABLE

ESCAPE = re.compile(r"\x1b\[([\d;]*)m")


def shown(width: int, *, no_color: bool = False) -> str:
    screen = io.StringIO()
    console = Console(
        file=screen,
        width=width,
        force_terminal=True,
        color_system="standard",
        no_color=no_color,
        highlight=False,
        _environ={},
    )
    terminal.show([SAMPLE, HEALTHY, UNREACHABLE], verbose=False, console=console)
    return screen.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_is_seen(snapshot: SnapshotAssertion, width: int) -> None:
    """The escapes are written as {31}, so that a snapshot shows what is coloured."""
    seen = ESCAPE.sub(lambda match: f"{{{match[1]}}}", shown(width))

    assert seen == snapshot(extension_class=TextPicture)
    assert "\x1b" not in seen


def test_without_its_colours_it_is_the_plain_report() -> None:
    seen = [line.rstrip() for line in ESCAPE.sub("", shown(80)).splitlines()]

    assert seen == text.write([SAMPLE, HEALTHY, UNREACHABLE], False, 80).splitlines()


def test_no_color_leaves_no_colour() -> None:
    codes = {
        code for match in ESCAPE.finditer(shown(80, no_color=True)) for code in match[1].split(";")
    }

    assert codes <= {"0", "1", "2", "4", "7"}


def test_markup_of_rich_in_a_name_is_text() -> None:
    assert "[bold red]loud[/bold red]" in ESCAPE.sub("", shown(120))


def test_a_line_to_copy_is_one_line_however_narrow_the_terminal() -> None:
    lines = [line.strip() for line in ESCAPE.sub("", shown(60)).splitlines()]

    assert "ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';" in lines
