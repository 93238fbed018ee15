"""`fettle update apply`: apply what passed its rehearsal; what does not work is taken back."""

from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import loop, options, updating

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.settings import Settings


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--without-rehearsal", "reason", metavar="REASON", help="Apply what nobody tried; it is kept."
)
@click.option(
    "--now",
    "hurry",
    metavar="REASON",
    help="Outside of its window, withdrawn, or with what is too young; it is kept.",
)
@options.form
@click.pass_obj
@options.settings
def command(
    application: "Application",
    /,
    settings: "Settings",
    ids: tuple[str, ...],
    reason: str | None,
    hurry: str | None,
    form: str,
) -> int:
    """Apply what passed a rehearsal: just these, on the very tree that they were tried on.

    [project.apply] says how: as a commit on a branch of its own, or in place, where it is checked
    then, and everything is taken back to the byte when it does not work. The code is 0 when it is
    done and verified, 1 when it was refused, 2 when it failed or was taken back, and 3 when it is
    done and nothing says whether it works. What was withdrawn since is refused, and what comes
    along must have been out for as long as [updates] age says. Packages of the machine
    (system#NAME==VERSION) are raised by apt, in the windows of their updates.
    """
    for option, given in (("--without-rehearsal", reason), ("--now", hurry)):
        if given is not None and not given.strip():
            raise WrongUsage(f"{option} needs a reason", remedy="say why it cannot wait")
    return loop.run(_apply(application, settings, ids, (reason, hurry), form))


async def _apply(
    application: "Application",
    settings: "Settings",
    ids: tuple[str, ...],
    reasons: tuple[str | None, str | None],
    form: str,
) -> int:
    from fettle.flow.updating import apply, apply_untested, found_for
    from fettle.frontends.cli import updating_text
    from fettle.frontends.report import write
    from fettle.frontends.report.moments import said
    from fettle.frontends.report.rehearsal_document import of_runs
    from fettle.store import update_watches

    reason, hurry = reasons
    async with updating.opened(application, settings, hurry) as work:
        wanted = await updating.wanted_by(work, ids, updating.looking(application, settings))
        if reason is None:
            found = [
                await found_for(work, project, [one.id for one in these])
                for project, these in wanted.items()
            ]
            runs, ended = await updating.one_by_one(apply(work, one) for one in found)
        else:
            runs, ended = await updating.one_by_one(
                apply_untested(work, project, these, reason) for project, these in wanted.items()
            )
        watches = await update_watches.of_runs(work.connection, runs)
    document = of_runs(runs, said(application.clock.now()), watches)
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(updating_text.runs(document["runs"]))
    if ended is not None:
        raise ended
    return updating.applied_code(runs)
