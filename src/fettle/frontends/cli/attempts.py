"""The commands of `fettle error` about remedies: what was done, who decides, how all is stopped."""

from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import loop, options, solving

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach


@click.command()
@click.option(
    "--state",
    multiple=True,
    type=click.Choice(("waiting", "declined", "queued", "acting", "watching", "ended")),
    help="Only those in this state. Repeatable.",
)
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="Only those for this issue.")
@options.form
@click.pass_obj
@options.reach
def attempts(
    application: "Application",
    /,
    reach: "Reach",
    state: tuple[str, ...],
    issue: int | None,
    form: str,
) -> int:
    """List the latest uses of remedies, and what came of each."""
    query = {"state": list(state) or None, "issue": issue}
    return loop.run(solving.attempts(application, reach, query, form))


@click.command()
@click.argument("attempt")
@options.form
@click.pass_obj
@options.reach
def approve(application: "Application", /, reach: "Reach", attempt: str, form: str) -> int:
    """Let a remedy begin that waits for a yes: ATTEMPT is its id, or the beginning of it."""
    return loop.run(solving.decide(application, reach, attempt, "approve", None, form))


@click.command()
@click.argument("attempt")
@click.option("--reason", required=True, help="Why it is not to be used.")
@options.form
@click.pass_obj
@options.reach
def decline(
    application: "Application", /, reach: "Reach", attempt: str, reason: str, form: str
) -> int:
    """Say that a remedy that waits for a yes is not to be used."""
    body = {"reason": reason}
    return loop.run(solving.decide(application, reach, attempt, "decline", body, form))


@click.command()
@click.argument("attempt")
@options.form
@click.pass_obj
@options.reach
def undo(application: "Application", /, reach: "Reach", attempt: str, form: str) -> int:
    """Let what a remedy did be taken back, by its undo."""
    return loop.run(solving.decide(application, reach, attempt, "undo", None, form))


@click.command()
@click.option("--reason", required=True, help="Why; everybody sees it.")
@options.form
@click.pass_obj
@options.reach
def stop(application: "Application", /, reach: "Reach", reason: str, form: str) -> int:
    """Let no remedy act any more, from this moment on."""
    return loop.run(solving.state(application, reach, "stop", {"reason": reason}, form))


@click.command()
@options.form
@click.pass_obj
@options.reach
def start(application: "Application", /, reach: "Reach", form: str) -> int:
    """Let remedies act again."""
    return loop.run(solving.state(application, reach, "start", None, form))


@click.command("solving")
@options.form
@click.pass_obj
@options.reach
def solving_(application: "Application", /, reach: "Reach", form: str) -> int:
    """Say whether remedies act, how much of their budgets is used, and what waits for a yes."""
    return loop.run(solving.state(application, reach, None, None, form))


COMMANDS = (attempts, approve, decline, undo, stop, start, solving_)
