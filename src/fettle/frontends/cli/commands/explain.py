"""`fettle explain`: show the page of a unit or a known error, or list them."""

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import complete, exits, loop, options, solving

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.model.known_error import KnownError
    from fettle.model.task import Task


@click.command()
@click.argument("id_", required=False, metavar="[ID]", shell_complete=complete.units)
@click.option("--record", is_flag=True, help="Of a known error: how often what helped here.")
@click.pass_obj
@options.reach
def command(application: "Application", /, reach: "Reach", id_: str | None, record: bool) -> int:
    """Show the page of a unit or a known error; without ID, list them all.

    With --record the store, or a --server, is asked what has helped against a known error.
    """
    from fettle.frontends.report import write

    write.plain_lines((_page(id_) if id_ else _contents()).splitlines())
    if record and id_ is not None:
        write.plain_lines(["", "Here"])
        return loop.run(solving.known(application, reach, id_, "text"))
    return exits.OK


def _page(given: str) -> str:
    from fettle import unit
    from fettle.diagnosis.ask import known
    from fettle.model.known_error import KnownError
    from fettle.resolution import catalogue
    from fettle.unit.limits import default_limits

    units: dict[str, unit.Unit | KnownError] = {
        **catalogue.shipped(),
        **unit.checks(),
        **unit.fixes(),
        **{_plain(id_): task for id_, task in unit.tasks().items()},
        **unit.optimisations(),
        **unit.sources(),
    }
    found = units[known(units, given)]
    if isinstance(found, KnownError):
        return _of_known(found)
    lines = [f"{found.id}: {found.page.title}", ""]
    for label, text in found.page.sections.items():
        folded = textwrap.wrap(" ".join(text.split()), 76, break_long_words=False)
        lines += [label, *(f"    {line}" for line in folded), ""]
    if isinstance(found, unit.TaskUnit):
        lines += _of_task(found.task)
    elif isinstance(found, unit.Check):
        limits = default_limits(found)
        lines += ["Limits", *(f"    {name} = {shown}" for name, shown in limits)] if limits else []
        cures = [fix.id for fix in unit.fixes().values() if found.id in fix.cures]
        lines += ["", f"Fixes\n    {', '.join(cures)}"] if cures else []
    elif isinstance(found, unit.Fix):
        lines += [f"Cures\n    {', '.join(found.cures)}"]
    return "\n".join(lines).rstrip() + "\n"


def _of_task(task: "Task") -> list[str]:
    from fettle.maintenance.procedures import doable
    from fettle.maintenance.words import NOT_RUN, schedule

    steps = [f"    {number}. {one.name}" for number, one in enumerate(task.procedure.steps, 1)]
    note = [] if doable(task) else ["", NOT_RUN]
    return ["When", f"    {schedule(task)}", "", "Steps", *steps, *note]


def _plain(id_: str) -> str:
    """Return the id of a task as other units are called."""
    return id_.replace("-", "_")


def _of_known(known: "KnownError") -> str:
    lines = [f"{known.id}: {known.title}", ""]
    for label, text in (("Cause", known.cause), ("How to tell", known.tell)):
        lines += [label, *(f"    {line}" for line in textwrap.wrap(text, 76)), ""]
    lines += ["Solutions"]
    for place, solution in enumerate(known.solutions, 1):
        first, *rest = textwrap.wrap(solution.does, 73)
        lines += [f"    {place}. {first}", *(f"       {line}" for line in rest)]
    for label, ids in (("Checks", known.checks), ("Fixes", known.fixes)):
        lines += ["", label, f"    {', '.join(ids)}"] if ids else []
    if known.rate is not None:
        lines += ["", "Elsewhere", f"    It was cured by them {known.rate} of the time."]
    return "\n".join(lines) + "\n"


def _contents() -> str:
    from fettle import unit
    from fettle.resolution import catalogue

    lines = []
    groups: dict[str, Mapping[str, unit.Unit]] = {
        "Checks": unit.checks(),
        "Fixes": unit.fixes(),
        "Tasks": unit.tasks(),
        "Optimisations": unit.optimisations(),
        "Update sources": unit.sources(),
    }
    for name, units in groups.items():
        width = max(map(len, units), default=0)
        lines += [f"{name}:"]
        lines += [f"  {found.id:{width}}  {found.page.title}" for found in units.values()]
        lines += [""]
    known = catalogue.shipped()
    width = max(map(len, known), default=0)
    lines += ["Known errors:", *(f"  {one.id:{width}}  {one.title}" for one in known.values())]
    return "\n".join(lines) + "\n"
