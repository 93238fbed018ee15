"""`fettle logs`: what the lines of logs have in common, how often, and what is new or gone."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, options

if TYPE_CHECKING:
    from fettle.intake.logs.files import Reading
    from fettle.intake.logs.templates import Template

_MOST = 40


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--assign", metavar="FILE", help="Say of each line of FILE which template it is of.")
@click.option("--all", "every", is_flag=True, help="Show every template, not the first 40 only.")
@options.form
def command(files: tuple[str, ...], assign: str | None, every: bool, form: str) -> int:
    """Show what the lines of FILEs have in common, the most frequent first; `-` is standard input.

    Any text will do, a line each; times and levels before the message are left out, values are
    shown as <*>, and a name that ends in .gz is unpacked. Several files are read from the oldest
    to the newest: what is new in the last one, or gone from it, is said. With --assign each line
    is answered with {"line": 1, "template": "t42"}, when all have been read, and then come the
    {"templates": {"t42": "…"}}.
    """
    if bool(files) == (assign is not None):
        raise WrongUsage("either FILEs or --assign FILE", remedy="fettle logs app.log")
    from fettle.intake.logs import files as logs

    if assign is not None:
        return _assigned(logs.read([assign]))
    reading = logs.read(files)
    if form == "json":
        from fettle.frontends.report.as_json import dumped
        from fettle.frontends.report.logs_document import of_reading

        sys.stdout.write(dumped(of_reading(files, reading)) + "\n")
        return exits.OK
    from fettle.frontends.report import write

    write.plain_lines(_lines(files, reading, every=every))
    return exits.OK


def _assigned(reading: "Reading") -> int:
    from fettle.frontends.report.as_json import dumped

    for number, template in enumerate(reading.of_line, 1):
        sys.stdout.write(dumped({"line": number, "template": template}) + "\n")
    sys.stdout.write(dumped({"templates": {one.id: one.text for one in reading.templates}}) + "\n")
    return exits.OK


def _lines(files: Sequence[str], reading: "Reading", *, every: bool) -> Iterator[str]:
    lines = len(reading.of_line)
    yield f"{lines:,} lines, {len(reading.templates):,} templates"
    for change, said in (("new", f"New in {files[-1]}:"), ("gone", f"Gone from {files[-1]}:")):
        changed = [one for one in reading.templates if reading.change(one.id) == change]
        if changed:
            yield ""
            yield said
            yield from _table(changed, every=every)
    yield ""
    if len(files) > 1:
        yield "All:"
    yield from _table(reading.templates, every=every)


def _table(templates: "Sequence[Template]", *, every: bool) -> Iterator[str]:
    shown = templates if every else templates[:_MOST]
    width = max((len(f"{one.lines:,}") for one in shown), default=0)
    yield from (f"{one.lines:{width},}  {one.text}" for one in shown)
    if len(shown) < len(templates):
        left = templates[len(shown) :]
        count = sum(one.lines for one in left)
        yield f"{'':{width}}  … and {len(left):,} more of {count:,} lines, with --all"
