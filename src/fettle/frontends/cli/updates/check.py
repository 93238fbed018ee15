"""`fettle update check`: say what is newer than what is in use, and what closes a weakness."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import CannotLook, StoreError, WrongUsage
from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.update import UpdateCheck
    from fettle.settings import Settings
    from fettle.updates.history import Here

FORMATS = ("text", "json", "markdown", "sarif", "cyclonedx")


@click.command()
@click.argument(
    "path", required=False, metavar="[PATH]", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--only", multiple=True, metavar="SOURCE", help="Ask this source only; repeatable.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@options.fail_on
@click.option("--save", is_flag=True, help="Keep the result in Fettle's store, as a server does.")
@click.pass_obj
@options.settings
def command(
    application: "Application",
    /,
    settings: "Settings",
    path: Path | None,
    only: tuple[str, ...],
    form: str,
    fail_on: str | None,
    save: bool,
) -> int:
    """Say what is newer than what is in use, and what of it closes a weakness.

    PATH is the folder of a project. Without it everything in fettle.toml is looked at: each
    [[project]], this machine's packages, the server of each [[database]]. Nothing is changed.
    Registries are those that pip, uv, npm, apt and docker are set to. The format cyclonedx is a
    bill of materials: all that is in use, who needs it, and what is known of it. A server looks by
    itself, as often as [updates] every says, and keeps what it saw; --save does that once.

    Exit codes: 2 an update closes a weakness that is high or critical (or that nobody has rated),
    1 a medium one, 3 something could not be looked at, 0 otherwise.
    """
    severity = exits.severity(fail_on)
    if save and (path is not None or only):
        raise WrongUsage("--save keeps a look at everything", remedy="leave out PATH and --only")
    told = loop.run(_looked(application, settings, path, only, save=save))
    _write(told, form)
    return exits.of_updates(told, severity)


async def _looked(
    application: "Application",
    settings: "Settings",
    path: Path | None,
    only: tuple[str, ...],
    *,
    save: bool,
) -> "UpdateCheck":
    told = await looked(application, settings, path, only, notes=save)
    if save:
        from uuid import uuid4

        from fettle.flow.update_looks import Keeping, keep

        how = Keeping(uuid4(), application.actor, settings, settings.server.public_url)
        async with application.store(settings) as store, store.connection.transaction():
            await keep(store.connection, told, how)
    return told


async def looked(
    application: "Application",
    settings: "Settings",
    path: Path | None,
    only: tuple[str, ...],
    *,
    notes: bool = False,
) -> "UpdateCheck":
    """Look with every source, or with those named; raises WrongUsage.

    With `notes` what has changed in each update is read as well, and what all in use ask for.
    """
    from fettle import unit
    from fettle.diagnosis.ask import known
    from fettle.flow.update_check import look
    from fettle.flow.update_files import with_notes

    sources = unit.sources()
    wanted = [known(sources, name) for name in only] or list(sources)
    went = await _here(application, settings)
    async with application.outside(settings, path) as outside:
        judge = application.judging(settings, went)
        told = await look(outside, [sources[name] for name in wanted], judge, thorough=notes)
        return await with_notes(told, outside.releases, outside.machine) if notes else told


async def _here(application: "Application", settings: "Settings") -> "Here | None":
    """Return how updates went here; None where no store is at work, which none is started for."""
    from fettle.flow.updates_here import here

    if not application.store_runs(settings):
        return None
    try:
        async with application.looking_into_store(settings) as connection:
            return await here(connection)
    except (StoreError, CannotLook) as error:
        progress.say(f"How updates went here is not known: {error.reason}.")
        return None


def _write(told: "UpdateCheck", form: str) -> None:
    from fettle.frontends.report import update_document, update_markdown, update_text, write

    match form:
        case "json":
            write.document(update_document.of_check(told))
        case "markdown":
            write.plain_lines(update_markdown.check(told))
        case "sarif":
            from fettle.frontends.report import update_sarif

            write.document(update_sarif.log(told))
        case "cyclonedx":
            from uuid import uuid4

            from fettle.frontends.report import update_bill

            write.document(update_bill.bill(told, uuid4()))
        case _:
            write.plain_lines(update_text.check(told))
