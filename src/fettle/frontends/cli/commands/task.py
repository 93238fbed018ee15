"""`fettle task`: what upkeep there is, when each of it comes, and what came of it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import loop, options, task_verbs, tasks

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_TASKS = click.option(
    "--tasks",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The [[task]]s and [[freeze]]s of this file alone, whatever targets there are.",
)


@click.group()
def command() -> None:
    """Say what upkeep there is and when each of it comes, have it done, and decide about runs.

    A task is a [[task]] of fettle.toml or of a file in the folder that [maintenance] tasks names,
    or one that Fettle brings along.
    """


task_verbs.install(command)


@command.command("list")
@_TASKS
@options.form
@click.pass_obj
@options.reach
def list_(application: "Application", /, reach: "Reach", file: Path | None, form: str) -> int:
    """List the tasks there are, with when each may begin next."""
    return loop.run(tasks.list_(application, reach, file, form))


@command.command()
@click.argument("id_", metavar="ID")
@_TASKS
@options.form
@click.pass_obj
@options.reach
def show(
    application: "Application", /, reach: "Reach", id_: str, file: Path | None, form: str
) -> int:
    """Show a task, and what it would do."""
    return loop.run(tasks.show(application, reach, file, id_, form))


@command.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--days", type=click.IntRange(1, 36_525), help="For so many days.  [default: 30]")
@click.option(
    "--from", "start", metavar="T", help="From then on, as 2026-03-01T00:00Z; now if not given."
)
@click.option("--to", "end", metavar="T", help="Until before then, instead of --days.")
@_TASKS
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "ics")),
    default="text",
    show_default=True,
)
@click.pass_obj
@options.reach
def plan(  # noqa: PLR0913 - click's options
    application: "Application",
    /,
    *,
    reach: "Reach",
    ids: tuple[str, ...],
    days: int | None,
    start: str | None,
    end: str | None,
    file: Path | None,
    form: str,
) -> int:
    """Say when tasks, all or those named, may run, and which times are skipped and why."""
    stretch = _stretch(application.clock.now(), start, end, days)
    return loop.run(tasks.plan(application, reach, file, ids, stretch, form))


def _stretch(
    now: datetime, start: str | None, end: str | None, days: int | None
) -> tuple[datetime, datetime]:
    if end is not None and days is not None:
        raise WrongUsage("either --to or --days says until when")
    first = options.moment("--from", start, now) or now
    try:
        last = options.moment("--to", end, now) or first + timedelta(days=days or 30)
    except OverflowError:
        raise WrongUsage("--days: no calendar goes that far") from None
    return first, last
