"""`fettle update compare`: order versions, and judge ranges, as their ecosystem does."""

import sys

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import batch


@click.command()
@click.option("--batch", "lines", is_flag=True, help="Read JSON lines from standard input.")
def command(lines: bool) -> int:
    """Order versions, and say whether they are inside ranges, as PyPA, npm, dpkg and others do.

    Each line is like {"ecosystem": "pypi", "a": "1.0rc1", "b": "1.0"}, which is answered with
    {"order": -1}, or like {"ecosystem": "npm", "version": "1.2.0", "range": "^1.1"}, which is
    answered with {"inside": true}; a bad line is answered with {"error": "…"}, and the rest goes
    on. Ecosystems are pypi, npm, deb, oci (tags), postgresql, python and node.
    """
    if not lines:
        raise WrongUsage(
            "versions are compared from JSON lines",
            remedy="fettle update compare --batch < versions.jsonl",
        )
    from fettle.updates.versions.document import ComparedLine, of_line

    return batch.answer(sys.stdin.buffer, ComparedLine, of_line)
