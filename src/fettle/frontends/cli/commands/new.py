"""`fettle new`: write the files of a unit of your own, with their test."""

import keyword
import re
from collections.abc import Mapping
from pathlib import Path

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, progress

_TEMPLATES = Path(__file__).parents[1] / "templates"
_ID = re.compile(r"[a-z][a-z0-9_]*")


@click.command()
@click.argument("kind", type=click.Choice(("check", "fix", "task", "source", "optimisation")))
@click.argument("id_", metavar="ID")
def command(kind: str, id_: str) -> int:
    """Write the files of a check, a fix, a task, an update source or an optimisation here.

    Its test comes with it. A check is named for the bad state (sequence_exhaustion), a fix and an
    optimisation begin with a verb (drop_unused_index). A package makes its units known by an entry
    point `fettle.checks`, `fettle.fixes`, `fettle.tasks`, `fettle.update_sources` or
    `fettle.optimisations` that names the package they are in.
    """
    id_ = id_.replace("-", "_")
    _refuse_unusable(kind, id_)
    files = {
        Path(f"{id_}.py"): _TEMPLATES / f"{kind}.py.txt",
        Path(f"test_{id_}.py"): _TEMPLATES / f"test_{kind}.py.txt",
    }
    if kind in ("check", "fix"):
        files[Path(f"{id_}.sql")] = _TEMPLATES / f"{kind}.sql.txt"
    if there := [str(path) for path in files if path.exists()]:
        raise WrongUsage(f"already there: {', '.join(there)}", remedy="name another id")
    for path, template in files.items():
        path.write_text(template.read_text(encoding="utf-8").replace("{id}", id_), encoding="utf-8")
        progress.say(f"wrote {path}")
    return exits.OK


def _refuse_unusable(kind: str, id_: str) -> None:
    from fettle import unit

    if not _ID.fullmatch(id_) or keyword.iskeyword(id_):
        raise WrongUsage(
            f"{id_} is no id: lower-case words joined by _", remedy="fettle new --help"
        )
    known: dict[str, Mapping[str, unit.Unit]] = {
        "check": unit.checks(),
        "fix": unit.fixes(),
        "task": unit.tasks(),
        "source": unit.sources(),
        "optimisation": unit.optimisations(),
    }
    if id_ in {one.replace("-", "_") for one in known[kind]}:
        raise WrongUsage(f"there is a {kind} called {id_} already", remedy="name another id")
