"""`fettle explain`: show the page of a check or a fix, or list them."""

import textwrap
from collections.abc import Mapping

import click

from fettle.frontends.cli import complete, exits


@click.command()
@click.argument("id_", required=False, metavar="[ID]", shell_complete=complete.units)
def command(id_: str | None) -> int:
    """Show the page of a check or a fix; without ID, list them all."""
    from fettle.frontends.report import write

    write.plain_lines((_page(id_) if id_ else _contents()).splitlines())
    return exits.OK


def _page(given: str) -> str:
    from fettle import unit
    from fettle.diagnosis.ask import known

    units: dict[str, unit.Unit] = {**unit.checks(), **unit.fixes()}
    found = units[known(units, given)]
    lines = [f"{found.id}: {found.page.title}", ""]
    for label, text in found.page.sections.items():
        folded = textwrap.wrap(" ".join(text.split()), 76, break_long_words=False)
        lines += [label, *(f"    {line}" for line in folded), ""]
    if isinstance(found, unit.Check):
        limits = unit.default_limits(found)
        lines += ["Limits", *(f"    {name} = {shown}" for name, shown in limits)] if limits else []
        cures = [fix.id for fix in unit.fixes().values() if found.id in fix.cures]
        lines += ["", f"Fixes\n    {', '.join(cures)}"] if cures else []
    else:
        lines += [f"Cures\n    {', '.join(found.cures)}"]
    return "\n".join(lines).rstrip() + "\n"


def _contents() -> str:
    from fettle import unit

    lines = []
    groups: dict[str, Mapping[str, unit.Unit]] = {"Checks": unit.checks(), "Fixes": unit.fixes()}
    for name, units in groups.items():
        width = max(map(len, units), default=0)
        lines += [f"{name}:"]
        lines += [f"  {found.id:{width}}  {found.page.title}" for found in units.values()]
        lines += [""]
    return "\n".join(lines)
