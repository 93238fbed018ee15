"""`fettle settings`: every option, what it does, and what it is set to."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application


@click.command()
@options.form
@options.config
@click.pass_obj
def command(application: "Application", /, form: str, config: Path | None) -> int:
    """List every setting with its value, its default and what it does.

    Each stands in fettle.toml under its section, or in the environment as FETTLE_SECTION__NAME.
    """
    from fettle.settings import described

    entries = described(application.settings(config))
    if form == "json":
        document = {"schema": "fettle.settings/1", "settings": [vars(entry) for entry in entries]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return exits.OK
    for entry in entries:
        changed = "" if entry.value == entry.default else f"  (default {entry.default or 'none'})"
        sys.stdout.write(f"{entry.name} = {entry.value or 'none'}{changed}\n    {entry.help}\n")
    return exits.OK
