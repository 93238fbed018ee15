"""The verbs of `fettle task` that have tasks done, and decide about runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import loop, options, task_runs

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_STATES = (
    *("running", "waiting", "passed", "failed"),
    *("unknown", "refused", "lapsed", "cancelled"),
)
_RUN = click.argument("run", metavar="RUN")
_STEP = click.argument("step", type=click.IntRange(min=0), metavar="STEP")
_REASON = click.option("--reason", required=True, help="Why.")


def install(group: click.Group) -> None:
    """Add the verbs to `fettle task`."""
    for verb in (run, approve, cancel, pause, resume, skip, done, failed, again, status):
        group.add_command(verb)
    for verb in (report, history):
        group.add_command(verb)


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--now", "reason", metavar="REASON", help="Outside of its window, for that reason.")
@click.option("--wait", is_flag=True, help="Follow it until it has ended, or waits for a person.")
@options.form
@click.pass_obj
@options.reach
def run(
    application: "Application",
    /,
    *,
    reach: "Reach",
    id_: str,
    reason: str | None,
    wait: bool,
    form: str,
) -> int:
    """Have a task done by the workers, in its window.

    Outside of it a task is refused; --now REASON is an admin's, and audited. With --wait the code
    is 0 when it passed, 1 when it was refused, 2 when it failed, and 3 when it could not check
    everything, or waits for a person.
    """
    return loop.run(task_runs.run(application, reach, id_, reason, form, wait=wait))


@click.command()
@click.argument("given", metavar="RUN|TASK")
@click.argument("step", type=click.IntRange(min=1), required=False, metavar="[STEP]")
@options.form
@click.pass_obj
@options.reach
def approve(
    application: "Application", /, reach: "Reach", given: str, step: int | None, form: str
) -> int:
    """Approve the step that a run waits with, or the next planned time of a task.

    STEP is the number of the step, by default that which is next. No time of a manual task is
    approved before it comes.
    """
    return loop.run(task_runs.approve(application, reach, given, step, form))


@click.command()
@_RUN
@_REASON
@options.form
@click.pass_obj
@options.reach
def cancel(application: "Application", /, reach: "Reach", run: str, reason: str, form: str) -> int:
    """Let a run end: what is at work is ended, what is undoable is taken back."""
    body = {"reason": reason}
    return loop.run(task_runs.decide(application, reach, run, "cancel", body, form))


@click.command()
@_RUN
@options.form
@click.pass_obj
@options.reach
def pause(application: "Application", /, reach: "Reach", run: str, form: str) -> int:
    """Let a run stop before its next step."""
    return loop.run(task_runs.decide(application, reach, run, "pause", None, form))


@click.command()
@_RUN
@options.form
@click.pass_obj
@options.reach
def resume(application: "Application", /, reach: "Reach", run: str, form: str) -> int:
    """Let a run that was paused go on."""
    return loop.run(task_runs.decide(application, reach, run, "resume", None, form))


@click.command()
@_RUN
@_STEP
@_REASON
@options.form
@click.pass_obj
@options.reach
def skip(
    application: "Application", /, *, reach: "Reach", run: str, step: int, reason: str, form: str
) -> int:
    """Leave the next step of a run out, for a reason."""
    return _say(application, reach, run, step, "skipped", reason, form)


@click.command()
@_RUN
@_STEP
@click.option("--note", default="", help="What was done.")
@options.form
@click.pass_obj
@options.reach
def done(
    application: "Application", /, *, reach: "Reach", run: str, step: int, note: str, form: str
) -> int:
    """Say that a step is done: one that is a person's, or was cut off and has acted."""
    return _say(application, reach, run, step, "passed", note, form)


@click.command()
@_RUN
@_STEP
@click.option("--note", required=True, help="What is wrong.")
@options.form
@click.pass_obj
@options.reach
def failed(
    application: "Application", /, *, reach: "Reach", run: str, step: int, note: str, form: str
) -> int:
    """Say that a step failed: one that is a person's, or was cut off and has not acted."""
    return _say(application, reach, run, step, "failed", note, form)


@click.command()
@_RUN
@_STEP
@options.form
@click.pass_obj
@options.reach
def again(application: "Application", /, reach: "Reach", run: str, step: int, form: str) -> int:
    """Let a step that was cut off be done once more."""
    return _say(application, reach, run, step, "again", "", form)


@click.command()
@_RUN
@click.option("--log", "step", type=click.IntRange(min=0), metavar="STEP", help="What it has said.")
@options.form
@click.pass_obj
@options.reach
def status(
    application: "Application", /, reach: "Reach", run: str, step: int | None, form: str
) -> int:
    """Show a run with its steps, or what one of them has said."""
    return loop.run(task_runs.show(application, reach, run, step, form))


@click.command()
@_RUN
@click.option(
    "--format",
    "form",
    type=click.Choice(("markdown", "json", "pdf")),
    default="markdown",
    show_default=True,
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Into this file.")
@click.pass_obj
@options.reach
def report(
    application: "Application", /, reach: "Reach", run: str, form: str, output: Path | None
) -> int:
    """Give the report of a run, as Markdown, JSON, or a PDF.

    It is the one that the run has written, else that of its steps once it has ended.
    """
    return loop.run(task_runs.report(application, reach, run, form, output))


@click.command()
@click.argument("task", required=False, metavar="[TASK]")
@click.option("--status", "states", multiple=True, type=click.Choice(_STATES), help="Only those.")
@options.limit
@options.form
@click.pass_obj
@options.reach
def history(
    application: "Application",
    /,
    *,
    reach: "Reach",
    task: str | None,
    states: tuple[str, ...],
    limit: int,
    form: str,
) -> int:
    """List runs, the latest first, and how reliable tasks are."""
    return loop.run(task_runs.history(application, reach, task, states, limit, form))


def _say(
    application: "Application",
    reach: "Reach",
    run: str,
    step: int,
    outcome: str,
    note: str,
    form: str,
) -> int:
    body = {"outcome": outcome, "note": note}
    return loop.run(task_runs.decide(application, reach, run, f"steps/{step}", body, form))
