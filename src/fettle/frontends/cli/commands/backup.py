"""`fettle backup`: write Fettle's own store into a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@options.store
@options.config
@click.pass_obj
def command(
    application: "Application",
    /,
    directory: Path,
    data: Path | None,
    database_url: str | None,
    config: Path | None,
) -> int:
    """Write a backup of Fettle's own store into DIRECTORY, which is made."""

    async def run() -> None:
        from fettle.store.backup import backup

        settings = options.with_store(application.settings(config), data, database_url)
        async with application.store(settings) as store:
            await backup(store, directory, application.clock.now())

    loop.run(run())
    progress.say(f"The store is in {directory}; fettle restore {directory} brings it back.")
    return exits.OK
