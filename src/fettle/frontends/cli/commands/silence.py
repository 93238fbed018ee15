"""`fettle silence`: let signals open no issue for a while."""

import re
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_MATCHER = re.compile(r"(?P<name>[^=!~]+)(?P<op>=~|!~|!=|=)(?P<value>.*)", re.DOTALL)
_STATES = ("pending", "active", "ended")


@click.group()
def command() -> None:
    """Silence signals for a while, list silences, and end them."""


@command.command()
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER…")
@click.option("--comment", required=True, help="Why.")
@click.option("--until", required=True, metavar="WHEN", help="Like 2h, or 2026-01-31T09:00.")
@click.option("--from", "start", metavar="WHEN", help="From when on; now when not given.")
@options.form
@click.pass_obj
@options.reach
def create(
    application: "Application",
    /,
    reach: "Reach",
    matchers: tuple[str, ...],
    comment: str,
    until: str,
    start: str | None,
    form: str,
) -> int:
    """Silence what every MATCHER fits, like service=shop or 'title=~Disk.*'.

    A name is that of a label, or source, service, title, severity or key. The operators are =, !=,
    and =~ and !~ for expressions, which fit the whole value.
    """
    now = application.clock.now()
    begins = options.moment("--from", start, now)
    ends = options.moment("--until", until, begins or now)
    body: dict[str, object] = {
        "matchers": [_matcher(one) for one in matchers],
        "comment": comment,
        "starts_at": begins and begins.isoformat(),
        "ends_at": ends and ends.isoformat(),
    }
    return loop.run(_create(application, reach, body, form))


@command.command("list")
@click.option("--state", multiple=True, type=click.Choice(_STATES))
@options.form
@click.pass_obj
@options.reach
def list_(application: "Application", /, reach: "Reach", state: tuple[str, ...], form: str) -> int:
    """List silences that have not ended, or those in a --state; the latest 200."""
    return loop.run(_list(application, reach, state, form))


@command.command()
@click.argument("silence", type=click.UUID, metavar="SILENCE")
@options.form
@click.pass_obj
@options.reach
def end(application: "Application", /, reach: "Reach", silence: object, form: str) -> int:
    """End a silence now."""
    return loop.run(_end(application, reach, str(silence), form))


def _matcher(text: str) -> dict[str, str]:
    match = _MATCHER.fullmatch(text)
    if match is None:
        raise WrongUsage(f"{text!r} is no matcher", remedy="write it like service=shop")
    return match.groupdict()


async def _create(
    application: "Application", reach: "Reach", body: dict[str, object], form: str
) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.post("/api/v1/silences", body)
    return _said(document, form)


async def _end(application: "Application", reach: "Reach", id_: str, form: str) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.delete(f"/api/v1/silences/{id_}")
    return _said(document, form)


async def _list(
    application: "Application", reach: "Reach", states: tuple[str, ...], form: str
) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import issue_story, layout, write

    async with reached(application, reach) as api:
        document = await api.get("/api/v1/silences", {"state": states, "limit": 200})
    if form == "json":
        write.document(document)
    elif document["items"]:
        write.draw(partial(layout.plain, issue_story.silences(document["items"])))
    else:
        progress.say("There are none.")
    return exits.OK


def _said(document: dict[str, str], form: str) -> int:
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        until = document["ends_at"].replace("T", " ").replace("Z", " UTC")
        verb = "ended" if document["state"] == "ended" else "ends"
        write.plainly(f"{document['id']} {verb} {until}")
    return exits.OK
