"""`fettle backup`: write Fettle's own store into a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
@options.settings
def command(
    application: "Application",
    /,
    directory: Path,
    settings: "Settings",
) -> int:
    """Write a backup of Fettle's own store into DIRECTORY, which is made."""

    async def run() -> None:
        from fettle.store.backup import backup

        async with application.store(settings) as store:
            await backup(store, directory, application.clock.now())

    loop.run(run())
    progress.say(f"The store is in {directory}; fettle restore {directory} brings it back.")
    return exits.OK
