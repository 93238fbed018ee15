"""`fettle new`: write the files of a unit of your own, with their test."""

import keyword
import re
from pathlib import Path

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, progress

_TEMPLATES = Path(__file__).parents[1] / "templates"
_ID = re.compile(r"[a-z][a-z0-9_]*")


@click.command()
@click.argument("kind", type=click.Choice(("check", "fix")))
@click.argument("id_", metavar="ID")
def command(kind: str, id_: str) -> int:
    """Write the files of a check or a fix into the current folder, with its test.

    A check is named for the bad state (sequence_exhaustion), a fix begins with a verb
    (drop_unused_index). A package makes its units known by an entry point `fettle.checks` or
    `fettle.fixes` that names the package they are in.
    """
    id_ = id_.replace("-", "_")
    _refuse_unusable(kind, id_)
    files = {
        Path(f"{id_}.py"): _TEMPLATES / f"{kind}.py.txt",
        Path(f"{id_}.sql"): _TEMPLATES / f"{kind}.sql.txt",
        Path(f"test_{id_}.py"): _TEMPLATES / f"test_{kind}.py.txt",
    }
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
    if id_ in (unit.checks() if kind == "check" else unit.fixes()):
        raise WrongUsage(f"there is a {kind} called {id_} already", remedy="name another id")
