"""`fettle update plan`: say what of what is newer would be taken, and why the rest is held."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, progress
from fettle.frontends.cli.updates.check import looked

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.model.update import UpdateCheck
    from fettle.settings import Settings


@click.command()
@click.argument(
    "path", required=False, metavar="[PATH]", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--only", multiple=True, metavar="SOURCE", help="Ask this source only; repeatable.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
)
@click.option("--now", is_flag=True, help="Look now, whatever a server has seen by itself.")
@click.pass_obj
@options.settings
def command(
    application: "Application",
    /,
    settings: "Settings",
    path: Path | None,
    only: tuple[str, ...],
    form: str,
    now: bool,
) -> int:
    """Say which updates would be taken, in which groups, and why others are held.

    What a server has seen by itself is told as it was kept, with when that was. Otherwise, and with
    --now, PATH or --only, it looks as `fettle update check` does. Nothing is changed. What has
    changed in each update is shown where its changelog tells. Exit codes: 3 where something could
    not be looked at, 0 otherwise.
    """
    from fettle.frontends.report import update_document, update_markdown, update_text, write

    told = loop.run(_known(application, settings, path, only, now=now))
    match form:
        case "json":
            write.document(update_document.of_plan(told))
        case "markdown":
            write.plain_lines(update_markdown.plan(told))
        case _:
            write.plain_lines(update_text.plan(told))
    return exits.OK if told.whole else exits.UNKNOWN


async def _known(
    application: "Application",
    settings: "Settings",
    path: Path | None,
    only: tuple[str, ...],
    *,
    now: bool,
) -> "UpdateCheck":
    """Return what was seen last, where that still counts; else look."""
    if path is None and not only and not now and application.store_runs(settings):
        from fettle.flow.update_looks import counts
        from fettle.store import update_checks

        async with application.looking_into_store(settings) as connection:
            kept = await update_checks.known_as_it_is(connection)
        if kept is not None and counts(kept.check.at, application.clock.now(), settings):
            progress.say(f"as it was seen at {kept.check.at:%Y-%m-%d %H:%M} UTC; --now looks again")
            return kept.as_told
    return await looked(application, settings, path, only, notes=True)
