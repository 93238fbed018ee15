"""`fettle update history`: what was seen, tried, applied and taken back."""

from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, updating

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.option("--project", metavar="NAME", help="Of this project alone.")
@options.limit
@options.form
@click.pass_obj
@options.settings
def command(
    application: "Application", /, settings: "Settings", project: str | None, limit: int, form: str
) -> int:
    """List looks for updates, and what was tried, applied and taken back, the latest first."""
    return loop.run(_history(application, settings, project, limit, form))


async def _history(
    application: "Application", settings: "Settings", project: str | None, limit: int, form: str
) -> int:
    from fettle.frontends.cli import updating_text
    from fettle.frontends.report import write
    from fettle.frontends.report.rehearsal_document import of_history
    from fettle.store import update_checks, update_watches, updates

    async with updating.opened(application, settings) as work:
        runs = await updates.runs(work.connection, project=project, limit=limit)
        document = of_history(
            await updates.rehearsals(work.connection, project=project, limit=limit),
            runs,
            await update_watches.of_runs(work.connection, runs),
            await update_watches.quarantined(work.connection, project),
            [] if project else await update_checks.checks(work.connection, limit=limit),
        )
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(updating_text.history(document))
    return exits.OK
