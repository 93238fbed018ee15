"""The commands of `fettle issue` that tell of the work on one: stages, steps, its cause, roles."""

from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import issues, loop, options
from fettle.model.stage import Stage

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_STATUSES = ("investigating", "identified", "fixing", "monitoring")


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.argument("stage", type=click.Choice((*_STATUSES, *map(str, Stage))))
@click.option("--text", "--note", "text", default="", help="What there is to say of it.")
@click.option("--undone", "how", flag_value="undone", help="It is not done, after all.")
@click.option("--not-needed", "how", flag_value="not needed", help="It is not needed here.")
@options.form
@click.pass_obj
@options.reach
def stage(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    stage: str,
    text: str,
    how: str | None,
    form: str,
) -> int:
    """Say how far the work on issue N is, or tick a stage of its checklist.

    investigating, identified, fixing and monitoring are how far it is; the others are ticked.
    """
    if stage not in _STATUSES:
        body = {"done": how != "undone", "needed": how != "not needed", "note": text}
        return loop.run(issues.act(application, reach, number, f"stages/{stage}", body, form))
    if how:
        raise WrongUsage(f"{stage} is how far the work is", remedy="name the stage that it is in")
    body = {"stage": stage, "text": text}
    return loop.run(issues.act(application, reach, number, "stage", body, form))


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.argument("step", type=click.IntRange(min=1))
@click.option("--note", default="", help="What there is to say of it.")
@click.option("--undone", is_flag=True, help="It is not done, after all.")
@options.form
@click.pass_obj
@options.reach
def step(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    step: int,
    note: str,
    undone: bool,
    form: str,
) -> int:
    """Tick STEP of the runbooks of issue N; `show` tells their numbers."""
    body = {"done": not undone, "note": note}
    return loop.run(issues.act(application, reach, number, f"steps/{step}", body, form))


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.argument("name")
@options.form
@click.pass_obj
@options.reach
def runbook(
    application: "Application", /, reach: "Reach", number: int, name: str, form: str
) -> int:
    """Work on issue N by the runbook NAME as well, like 'service shop'."""
    return loop.run(issues.act(application, reach, number, "runbooks", {"name": name}, form))


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.argument("text")
@options.form
@click.pass_obj
@options.reach
def cause(application: "Application", /, reach: "Reach", number: int, text: str, form: str) -> int:
    """State the root cause of issue N; the last word stands."""
    return loop.run(issues.act(application, reach, number, "root-cause", {"text": text}, form))


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.argument("role", type=click.Choice(("lead", "communications")))
@click.argument("person", required=False)
@options.form
@click.pass_obj
@options.reach
def role(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    role: str,
    person: str | None,
    form: str,
) -> int:
    """Give ROLE in issue N to PERSON; to nobody any more, when none is named."""
    return loop.run(issues.act(application, reach, number, "roles", {role: person}, form))


@click.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@options.form
@click.pass_obj
@options.reach
def similar(application: "Application", /, reach: "Reach", number: int, form: str) -> int:
    """List past issues that are like issue N, why, and what helped then."""
    return loop.run(issues.similar(application, reach, number, form))


COMMANDS = (stage, step, runbook, cause, role, similar)
