"""`fettle error known`: what is known of errors, and what people write of them in the store."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, solving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_PATH = "/api/v1/known-errors"
_FILE = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.toml"
)
_BROAD = click.option(
    "--broad", is_flag=True, help="Keep it although it would match half of everything."
)


class _ShowOrAct(click.Group):
    """A group that shows what it is given, unless that is the name of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before what is no command."""
        if args[:1] != ["--help"] and (not args or args[0] not in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("known", cls=_ShowOrAct, subcommand_metavar="[ID] | COMMAND [ARGS]...")
def command() -> None:
    """Say how often what helped against the known error ID, or against each; or write one.

    What is written is words: recognised on all servers within seconds, kept with every version.
    What Fettle may do about it is a [[remedy]] of fettle.toml that names its id.
    """


@command.command()
@click.argument("id_", required=False, metavar="[ID]")
@options.form
@click.pass_obj
@options.reach
def show(application: "Application", /, reach: "Reach", id_: str | None, form: str) -> int:
    """Say how often what helped against the known error ID, or against each."""
    return loop.run(solving.known(application, reach, id_, form))


@command.command()
@_FILE
@_BROAD
@options.form
@click.pass_obj
@options.reach
def add(application: "Application", /, reach: "Reach", file: Path, broad: bool, form: str) -> int:
    """Write the known error of FILE.toml into the store; the file's name is its id."""
    return loop.run(_write(application, reach, file, form, broad=broad, version=None))


@command.command()
@_FILE
@click.option(
    "--version",
    type=click.IntRange(min=1),
    required=True,
    metavar="N",
    help="The version that you have read; a later one is not written over.",
)
@_BROAD
@options.form
@click.pass_obj
@options.reach
def change(
    application: "Application",
    /,
    reach: "Reach",
    file: Path,
    version: int,
    broad: bool,
    form: str,
) -> int:
    """Let the known error of that id say what FILE.toml says."""
    return loop.run(_write(application, reach, file, form, broad=broad, version=version))


@command.command()
@click.argument("id_", metavar="ID")
@options.form
@click.pass_obj
@options.reach
def retire(application: "Application", /, reach: "Reach", id_: str, form: str) -> int:
    """Let the known error ID be matched no more; it is kept, and can be brought back."""
    return loop.run(_move(application, reach, id_, "retire", form))


@command.command()
@click.argument("id_", metavar="ID")
@options.form
@click.pass_obj
@options.reach
def restore(application: "Application", /, reach: "Reach", id_: str, form: str) -> int:
    """Let the known error ID, which was retired, be matched again."""
    return loop.run(_move(application, reach, id_, "restore", form))


async def _write(
    application: "Application",
    reach: "Reach",
    file: Path,
    form: str,
    *,
    broad: bool,
    version: int | None,
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.resolution.catalogue import OwnErrorFile, parsed

    written = parsed(file, OwnErrorFile).model_dump(mode="json", exclude_defaults=True)
    id_ = solving.known_id(file.stem)
    async with reached(application, reach) as api:
        if version is None:
            document = await api.post(_PATH, {**written, "id": id_, "broad": broad})
        else:
            given = {**written, "version": version, "broad": broad}
            document = await api.put(f"{_PATH}/{id_}", given)
    return _said(document, form)


async def _move(application: "Application", reach: "Reach", given: str, act: str, form: str) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.post(f"{_PATH}/{solving.known_id(given)}/{act}")
    return _said(document, form)


def _said(document: "Mapping[str, Any]", form: str) -> int:
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        stands = "retired" if document["retired"] else "matched"
        write.plainly(f"{document['class']}: version {document['version']}, {stands}")
    return exits.OK
