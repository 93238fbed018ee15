"""`fettle action`: track what reviews promise to change."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_PATH = "/api/v1/action-items"
_PAGE = 200
_ITEM = click.argument("item", type=click.IntRange(min=1), metavar="ITEM")


@click.group()
def command() -> None:
    """List what reviews promise to change, promise more, and say what became of it."""


@command.command("list")
@click.option("--state", multiple=True, type=click.Choice(("open", "done", "dropped")))
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="Those of this issue.")
@click.option("--owner", metavar="NAME", help="Those of this person.")
@click.option("--team", metavar="NAME", help="Those of this team.")
@click.option("--overdue", is_flag=True, help="Those whose day has passed.")
@options.limit
@options.form
@click.pass_obj
@options.reach
def list_(
    application: "Application",
    /,
    reach: "Reach",
    form: str,
    limit: int,
    **asked: Any,  # noqa: ANN401 - click's options
) -> int:
    """List action items that are open, or those in a --state; the latest first."""
    return loop.run(_list(application, reach, asked, limit, form))


@command.command()
@click.argument("title")
@click.option("--issue", required=True, type=click.IntRange(min=1), metavar="N")
@click.option("--owner", metavar="NAME", help="Who does it.")
@click.option("--team", metavar="NAME", help="The owner's team, or the issue's, when not given.")
@click.option("--due", metavar="DAY", help="Until when, like 2026-01-31.")
@options.form
@click.pass_obj
@options.reach
def add(
    application: "Application",
    /,
    reach: "Reach",
    form: str,
    due: str | None,
    **given: Any,  # noqa: ANN401 - click's options
) -> int:
    """Promise TITLE, of the review of an issue."""
    body = {**given, "due": _day(due)}
    return loop.run(_act(application, reach, "POST", _PATH, body, form))


@command.command()
@_ITEM
@click.option("--reason", default="", help="What became of it.")
@options.form
@click.pass_obj
@options.reach
def done(application: "Application", /, reach: "Reach", item: int, reason: str, form: str) -> int:
    """Say that ITEM is done."""
    return loop.run(_end(application, reach, item, {"state": "done", "reason": reason}, form))


@command.command()
@_ITEM
@click.option("--reason", required=True, help="Why nobody does it.")
@options.form
@click.pass_obj
@options.reach
def drop(application: "Application", /, reach: "Reach", item: int, reason: str, form: str) -> int:
    """Say that ITEM will not be done, and why."""
    return loop.run(_end(application, reach, item, {"state": "dropped", "reason": reason}, form))


@command.command()
@_ITEM
@options.form
@click.pass_obj
@options.reach
def reopen(application: "Application", /, reach: "Reach", item: int, form: str) -> int:
    """Say that ITEM is open again."""
    return loop.run(_end(application, reach, item, {"state": "open"}, form))


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUsage(f"--due: {text!r} is no day", remedy="write it like 2026-01-31") from None


async def _list(
    application: "Application", reach: "Reach", asked: dict[str, Any], limit: int, form: str
) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import layout, review_story, write

    items: list[Any] = []
    cursor: str | None = None
    async with reached(application, reach) as api:
        while True:
            most = min(limit - len(items), _PAGE)
            page = await api.get(_PATH, {**asked, "limit": most, "cursor": cursor})
            items += page["items"]
            cursor = page["next"]
            if cursor is None or len(items) >= limit:
                break
    if form == "json":
        write.document({"schema": "fettle.action_items/1", "items": items, "next": cursor})
    elif items:
        more = "there are more, with a higher --limit" if cursor else ""
        write.draw(partial(layout.plain, [review_story.actions(items, more)]))
    else:
        progress.say("There are none.")
    return exits.OK


async def _end(
    application: "Application", reach: "Reach", item: int, body: dict[str, str], form: str
) -> int:
    return await _act(application, reach, "PATCH", f"{_PATH}/{item}", body, form)


async def _act(
    application: "Application",
    reach: "Reach",
    method: str,
    path: str,
    body: dict[str, Any],
    form: str,
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import review_story, write

    async with reached(application, reach) as api:
        document = await (api.post if method == "POST" else api.patch)(path, body)
    if form == "json":
        write.document(document)
    else:
        write.plainly(review_story.action_in_a_line(document))
    return exits.OK
