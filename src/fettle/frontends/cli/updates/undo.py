"""`fettle update undo`: take back what a run applied."""

from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import loop, options, updating

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.argument("run", metavar="RUN")
@options.form
@click.pass_obj
@options.settings
def command(application: "Application", /, settings: "Settings", run: str, form: str) -> int:
    """Take back what RUN applied: its files are to the byte what they were before.

    In place that is a commit on top of what is there now, which is refused where those files have
    changed since. A branch that nobody took is deleted.
    """
    return loop.run(_undo(application, settings, run, form))


async def _undo(application: "Application", settings: "Settings", run: str, form: str) -> int:
    from fettle.flow.updating import undo
    from fettle.frontends.cli import updating_text
    from fettle.frontends.report import write
    from fettle.frontends.report.moments import said
    from fettle.frontends.report.rehearsal_document import of_runs
    from fettle.store import updates

    async with updating.opened(application, settings) as work:
        undone = await undo(work, await updates.find_run(work.connection, run))
    document = of_runs([undone], said(application.clock.now()))
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(updating_text.runs(document["runs"]))
    return updating.applied_code([undone])
