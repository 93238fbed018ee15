"""`fettle settings`: list every setting, what it does, and its value."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from typing_extensions import TypedDict

from fettle.frontends.cli import exits, options

if TYPE_CHECKING:
    from fettle.frontends.application import Application


class SettingEntry(TypedDict):
    """A setting, its value, its default and its help."""

    name: str
    """Its name in fettle.toml."""
    value: str
    default: str
    help: str


class SettingsDocument(TypedDict):
    """Every setting. Addresses, which can hold passwords, are not shown."""

    schema: Literal["fettle.settings/1"]
    settings: list[SettingEntry]


@click.command()
@options.form
@options.config
@click.pass_obj
def command(application: "Application", /, form: str, config: Path | None) -> int:
    """List every setting with its value, its default and what it does.

    Each stands in fettle.toml under its section, or in the environment as FETTLE_SECTION__NAME.
    """
    from fettle.frontends.report import write
    from fettle.settings.described import described

    entries = described(application.settings(config))
    if form == "json":
        document: SettingsDocument = {
            "schema": "fettle.settings/1",
            "settings": [
                {"name": one.name, "value": one.value, "default": one.default, "help": one.help}
                for one in entries
            ],
        }
        write.document(document)
        return exits.OK
    for entry in entries:
        changed = "" if entry.value == entry.default else f"  (default {entry.default or 'none'})"
        write.plain_lines((f"{entry.name} = {entry.value or 'none'}{changed}", f"    {entry.help}"))
    return exits.OK
