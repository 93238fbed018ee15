"""`fettle restore`: bring Fettle's own store back from a backup."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Give up what the store holds now.")
@click.pass_obj
@options.settings
def command(
    application: "Application",
    /,
    directory: Path,
    replace: bool,
    settings: "Settings",
) -> int:
    """Bring the store back from the backup in DIRECTORY."""

    async def run() -> None:
        from fettle.store.backup import restore

        async with application.store(settings) as store:
            await restore(store, directory, replace=replace)

    loop.run(run())
    progress.say("The store is back as it was when the backup was made.")
    return exits.OK
