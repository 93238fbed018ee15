"""`fettle init`: look around, and write a first fettle.toml."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fettle.frontends.application import Application
    from fettle.model.surroundings import Surroundings


@click.command()
@click.argument(
    "folder",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="[FOLDER]",
)
@click.option("--url", metavar="URL", help="Where the site is reached, https://….")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write it there; - is standard output. FOLDER/fettle.toml unless given.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.pass_obj
def command(
    application: "Application",
    /,
    folder: Path,
    url: str | None,
    output: Path | None,
    *,
    dry_run: bool,
) -> int:
    """Look around, and write a first fettle.toml; one that is there is never overwritten.

    It looks for databases and others' services by the names of variables (in the environment and
    in .env files; their values are never written), a site (in package.json, vercel.json, a
    Caddyfile, nginx's configuration), a compose file, access logs, and a Prometheus on this
    machine. Nothing else is called.
    """
    from fettle.settings.first_file import first_file

    path = output or folder / "fettle.toml"
    shown = dry_run or str(path) == "-"
    if not shown and path.exists():
        raise WrongUsage(
            f"{path} is there already, and is never overwritten",
            remedy="fettle init --dry-run shows what would be written; --output FILE writes it "
            "elsewhere",
        )
    _refuse_no_site(url)
    found = application.surroundings(folder, url)
    text = first_file(found)
    for line in _said(found):
        progress.say(line)
    if shown:
        click.echo(text, nl=False)
    else:
        _write(path, text)
    for line in _next(found, None if shown else path):
        progress.say(line)
    return exits.OK


def _refuse_no_site(url: str | None) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or parts.password:
        raise WrongUsage(
            f"--url: {url!r} is no address of a site", remedy="write it like https://shop.example"
        )


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise WrongUsage(f"{path} is there already", remedy="--output FILE") from None
    except OSError as error:
        raise WrongUsage(
            f"{path} cannot be written: {error.strerror}", remedy="--output FILE, or - to see it"
        ) from error


def _said(found: "Surroundings") -> "Iterator[str]":
    """Say what was found, and why it is thought to be that."""
    for database in found.databases:
        yield f"database    {database.name}: {database.because}"
        if database.hindered is not None:
            yield f"            psql does not read that as it stands: {database.hindered}"
    for service in found.services:
        at = f" at {service.url}" if service.url else ""
        yield f"service     {service.name}{at}: {service.because}"
        if service.access_log:
            yield f"access log  {service.access_log}, of {service.name}"
    yield from _said_beside(found)


def _said_beside(found: "Surroundings") -> "Iterator[str]":
    """Say what was found beside what the business runs."""
    for dependency in found.dependencies:
        yield f"dependency  {dependency.name}: {dependency.because}; nothing of it is called yet"
    if found.prometheus:
        yield f"prometheus  {found.prometheus}: {found.prometheus_because}"
    if found.host:
        yield f"host        {found.host}: a web server writes its log on this machine"
    for one in found.left_out:
        yield f"left out    {one}"
    if found.empty:
        yield "nothing     was found that can be looked at; --url URL names a site"


def _next(found: "Surroundings", path: Path | None) -> "Iterator[str]":
    """Say what to do now."""
    if path is None:
        yield "nothing was written; fettle init without --dry-run writes fettle.toml"
        return
    yield f"wrote {path}. Next:"
    yield "  read it: who needs what, and what is critical, only you know"
    if found.databases:
        names = " ".join(sorted({database.variable for database in found.databases}))
        where = ".env" if not found.env_files else found.env_files[0]
        yield f"  let the environment have {names}: set -a; . ./{where}; set +a"
    other = "" if path == Path("fettle.toml") else f" --config {path}"
    yield f"  fettle check{other}             look at everything in it"
    yield f"  fettle up{other}                watch it all the time"
