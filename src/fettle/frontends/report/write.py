"""Choose the format, and where the report goes."""

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from fettle.errors import WrongUsage
from fettle.model.diagnosis import Diagnosis

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")


def report(
    diagnoses: Sequence[Diagnosis], form: str, output: Path | None, *, verbose: bool
) -> None:
    """Write the report to standard output, or whole to a file."""
    to_terminal = output is None and sys.stdout.isatty()
    if form == "text" and to_terminal:
        from fettle.frontends.report import terminal

        terminal.show(diagnoses, verbose=verbose)
        return
    text = _renderer(form)(diagnoses, verbose)
    if output is None:
        sys.stdout.write(text)
    else:
        _replace(output, text)


def _renderer(form: str) -> Callable[[Sequence[Diagnosis], bool], str]:
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
    """Write beside the file and rename: a full disk leaves the old report as it was."""
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(output)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise WrongUsage(
            f"{output} cannot be written: {error.strerror}", remedy="name another file"
        ) from error
