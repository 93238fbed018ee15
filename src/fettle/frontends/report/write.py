"""Choose the format, and where the report goes."""

import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fettle.errors import WrongUsage

if TYPE_CHECKING:
    from fettle.frontends.report.layout import Line
    from fettle.model.diagnosis import Diagnosis

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")


# Narrower than this, tables and badges have no room: plain text wraps better.
_NARROWEST_TERMINAL = 50


def report(
    diagnoses: "Sequence[Diagnosis]", form: str, output: Path | None, *, verbose: bool
) -> None:
    """Write the report to standard output, or whole to a file."""
    if output is not None:
        _replace(output, _renderer(form)(diagnoses, verbose))
    elif form == "text" and _draws():
        from fettle.frontends.report import terminal

        accept_all_letters()
        terminal.show(diagnoses, verbose=verbose)
    elif form == "text":
        from fettle.frontends.report import text

        accept_all_letters()
        sys.stdout.write(text.write(diagnoses, verbose, shutil.get_terminal_size().columns))
    else:
        accept_all_letters("utf-8")
        sys.stdout.write(_renderer(form)(diagnoses, verbose))


def whole(text: str, output: Path | None) -> None:
    """Write what another program reads to standard output, or whole to a file."""
    if output is not None:
        _replace(output, text)
    else:
        accept_all_letters("utf-8")
        sys.stdout.write(text)


def draw(lay: Callable[[int], Iterable["Line"]]) -> None:
    """Write what is laid out for a width to standard output: in colour on a terminal."""
    accept_all_letters()
    width = shutil.get_terminal_size().columns
    if _draws():
        from rich.console import Console

        from fettle.frontends.report import terminal

        terminal.draw(lay(min(width, terminal.WIDEST)), Console(highlight=False))
    else:
        from fettle.frontends.report import text

        sys.stdout.write(text.plain(lay(text.fitting(width))))


def document(entry: Mapping[str, object]) -> None:
    """Write a document as a line of JSON to standard output."""
    from fettle.frontends.report import as_json

    accept_all_letters("utf-8")
    sys.stdout.write(as_json.dumped(entry) + "\n")


def plainly(line: str) -> None:
    """Write a line of text to standard output; what came from outside is visible in it."""
    from fettle.frontends.report.visible import visible

    accept_all_letters()
    sys.stdout.write(visible(line) + "\n")


def plain_lines(lines: Iterable[str]) -> None:
    """Write lines of text to standard output, as they are to be copied; nothing in them acts."""
    from fettle.frontends.report.visible import visible_lines

    accept_all_letters()
    for line in lines:
        sys.stdout.write("".join(f"{part}\n" for part in visible_lines(line)))


def _draws() -> bool:
    """Whether standard output is a terminal that can show a drawn report."""
    wide = shutil.get_terminal_size().columns >= _NARROWEST_TERMINAL
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and wide


def accept_all_letters(encoding: str | None = None) -> None:
    """Let no name from outside end the report, whatever letters the locale has.

    What other programs read is UTF-8 everywhere.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _renderer(form: str) -> "Callable[[Sequence[Diagnosis], bool], str]":
    """Return the format's `write`; each format is imported only when it is wanted."""
    if form == "json":
        from fettle.frontends.report import as_json

        return as_json.write
    if form == "markdown":
        from fettle.frontends.report import markdown

        return markdown.write
    if form == "html":
        from fettle.frontends.report import html

        return html.write
    if form == "sarif":
        from fettle.frontends.report import sarif

        return sarif.write
    if form == "junit":
        from fettle.frontends.report import junit

        return junit.write
    from fettle.frontends.report import text

    return text.write


def _replace(output: Path, text: str) -> None:
    """Write beside the file and rename: a full disk leaves the old report as it was.

    What is no file, /dev/stdout or a pipe, is written to, and stays what it is; so do a link and
    the rights of a file that is there.
    """
    try:
        there = output.stat() if output.exists() else None
        if there is not None and not stat.S_ISREG(there.st_mode):
            output.write_text(text, encoding="utf-8")
            return
        mode = 0o644 if there is None else stat.S_IMODE(there.st_mode)
        _swap(output.resolve(), text, mode)
    except OSError as error:
        raise WrongUsage(
            f"{output} cannot be written: {error.strerror}", remedy="name another file"
        ) from error


def _swap(output: Path, text: str, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(output)
    finally:
        Path(name).unlink(missing_ok=True)
