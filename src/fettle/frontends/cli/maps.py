"""`fettle error maps`: source maps, by which minified stacks are readable."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, issues, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_PATH = "/api/v1/errors"
_PACKED = 2 * 1024**2  # from there on the next request begins: the proxies of deploy/ take 4 MB


@click.group("maps")
def command() -> None:
    """Upload and list source maps, by which minified stacks are readable."""


@command.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.option("--project", required=True, metavar="NAME", help="Whose errors they are for.")
@click.option("--release", metavar="R", help="Its release; maps without debug ids need it.")
@click.option("--dist", metavar="D", help="Which build of the release.")
@options.form
@click.pass_obj
@options.reach
def upload(
    application: "Application",
    /,
    reach: "Reach",
    folder: Path,
    project: str,
    form: str,
    **build: str | None,
) -> int:
    """Upload each source map (*.map) in DIR, or DIR itself where it is one."""
    files = sorted(folder.rglob("*.map")) if folder.is_dir() else [folder]
    if not files:
        raise WrongUsage(f"{folder} holds no source map (*.map)", remedy="build with source maps")
    base = folder if folder.is_dir() else folder.parent
    return loop.run(_upload(application, reach, _zips(files, base), project, build, form))


@command.command("list")
@click.option("--project", metavar="NAME", help="Those of this application.")
@click.option("--release", metavar="R", help="Those of this release.")
@options.limit
@options.form
@click.pass_obj
@options.reach
def list_(
    application: "Application",
    /,
    reach: "Reach",
    limit: int,
    form: str,
    **asked: Any,  # noqa: ANN401 - click's options
) -> int:
    """List source maps, those uploaded last first."""
    return loop.run(_list(application, reach, asked, limit, form))


def _zips(files: Sequence[Path], base: Path) -> Iterator[bytes]:
    """Yield ZIPs of files, each of a size that one request may have."""
    made = io.BytesIO()
    archive = zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED)
    for file in files:
        try:
            archive.write(file, file.relative_to(base).as_posix())
        except OSError as error:
            raise WrongUsage(f"{file} cannot be read: {error}") from None
        if made.tell() > _PACKED:
            archive.close()
            yield made.getvalue()
            made = io.BytesIO()
            archive = zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED)
    some = bool(archive.namelist())
    archive.close()
    if some:
        yield made.getvalue()


async def _upload(
    application: "Application",
    reach: "Reach",
    zips: Iterator[bytes],
    project: str,
    build: dict[str, str | None],
    form: str,
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    path, maps, new = f"{_PATH}/{quote(project, safe='')}/maps", 0, 0
    async with reached(application, reach) as api:
        for body in zips:
            taken = await api.send(path, build, body)
            maps, new = maps + taken["maps"], new + taken["new"]
    if form == "json":
        document = {"schema": "fettle.maps_taken/1", "project": project, "maps": maps, "new": new}
        write.document(document)
    else:
        write.plainly(f"{maps} source maps of {project}, {new} of them new")
    return exits.OK


async def _list(
    application: "Application", reach: "Reach", asked: dict[str, Any], limit: int, form: str
) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import error_story, layout, write

    async with reached(application, reach) as api:
        items, cursor = await issues.paged(api, f"{_PATH}/maps", asked, limit)
        first = await api.get(f"{_PATH}/maps", {**asked, "limit": 1})
    if form == "json":
        projects = first["projects"]
        shown = {"schema": "fettle.maps/1", "items": items, "projects": projects, "next": cursor}
        write.document(shown)
    elif items:
        more = "there are more, with a higher --limit" if cursor else ""
        write.draw(partial(layout.plain, [error_story.maps(items, more)]))
    else:
        progress.say("There are none.")
    return exits.OK
