"""`fettle update rehearse`: try updates on the project's own tests, where they can hurt nobody."""

from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import loop, options, updating

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@options.form
@click.pass_obj
@options.settings
def command(
    application: "Application", /, settings: "Settings", ids: tuple[str, ...], form: str
) -> int:
    """Try updates on their project's own tests, in a tree and a sandbox of their own.

    ID is one that `fettle update check` names, or a lock and what to raise in it:
    uv.lock#httpx==0.28.1. The tests run on what is there already, too: those that fail without the
    update judge nothing. Of several that fail together the bad ones are found, and the rest lands
    as one commit, which `fettle update apply` takes. The code is 0 when all passed, 1 when it was
    refused, 2 when some failed, and 3 when the tests cannot judge.
    """
    return loop.run(_rehearse(application, settings, ids, form))


async def _rehearse(
    application: "Application", settings: "Settings", ids: tuple[str, ...], form: str
) -> int:
    from fettle.flow.updating import rehearse
    from fettle.frontends.cli import updating_text
    from fettle.frontends.report import write
    from fettle.frontends.report.rehearsal_document import of_rehearsals

    async with updating.opened(application, settings) as work:
        wanted = await updating.wanted_by(work, ids, updating.looking(application, settings))
        done, ended = await updating.one_by_one(
            rehearse(work, project, these) for project, these in wanted.items()
        )
    document = of_rehearsals(done)
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(updating_text.rehearsals(document["rehearsals"]))
    if ended is not None:
        raise ended
    return updating.rehearsed_code(done)
