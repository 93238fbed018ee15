"""`fettle error known`: what is known of errors, and what people write of them in the store."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import CannotLook, StoreError
from fettle.frontends.cli import exits, loop, options, progress, solving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.model.known_error import Catalogue
    from fettle.resolution.recognise import Recogniser
    from fettle.settings import Settings

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


# What recognises errors on a command line


async def recogniser(application: "Application", reach: "Reach", *, quiet: bool) -> "Recogniser":
    """Return what recognises errors: of ours, of files, and of pages as far as they are reached.

    With `quiet` it is not said that no store is within reach.
    """
    from fettle.resolution import catalogue
    from fettle.resolution.recognise import Recogniser

    settings = reach.settings(application)
    files = catalogue.of_folder(settings.errors.known)
    written = await _written(application, reach, settings)
    if written is None and not quiet:
        progress.say(
            "Known errors that are written on pages are not asked: no store is within reach "
            "(--server, --data)."
        )
    return Recogniser(catalogue.together(files, written or {}))


async def _written(
    application: "Application", reach: "Reach", settings: "Settings"
) -> "Catalogue | None":
    """Return what is written on pages, and in files of a server; None where nobody is reached."""
    if reach.server is not None:
        return await _of_server(application, reach)
    named = reach.data is not None or reach.database_url is not None
    if not named and not application.store_runs(settings):
        return None
    try:
        return await _of_store(application, settings)
    except (StoreError, CannotLook) as error:
        if named:
            raise
        progress.say(f"Known errors that are written on pages are not asked: {error.reason}.")
        return {}


async def _of_server(application: "Application", reach: "Reach") -> "Catalogue":
    from fettle.frontends.cli.api import reached
    from fettle.model.known_error import Origin
    from fettle.model.written_error import read

    async with reached(application, reach) as api:
        document = await api.get(_PATH, {"documents": "true"})
    return {
        one["class"]: read(one["class"], one["document"], Origin(one["origin"]))
        for one in document["items"]
        if "document" in one and not one["retired"]
    }


async def _of_store(application: "Application", settings: "Settings") -> "Catalogue":
    from fettle.store import known_errors

    async with application.looking_into_store(settings) as connection:
        written = await known_errors.as_it_is(connection)
    return {id_: one.known for id_, one in written.items() if not one.retired}
