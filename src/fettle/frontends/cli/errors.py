"""The commands of `fettle error` that look at applications' errors, and decide about them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, issues, loop, maps, options, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_STATES = ("new", "ongoing", "escalating", "regressed", "resolved", "muted")
_PATH = "/api/v1/errors"
_ID = click.argument("error", type=click.IntRange(min=1), metavar="ID")


@click.command("list")
@click.option("--state", multiple=True, type=click.Choice(_STATES))
@click.option("--project", metavar="NAME", help="Those of this application.")
@click.option("--search", "q", metavar="TEXT", help="Those whose title or place holds it.")
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
    """List errors, the one that was seen last first."""
    return loop.run(_list(application, reach, asked, limit, form))


@click.command()
@_ID
@click.option("--event", type=click.UUID, metavar="UUID", help="This one of its events, in full.")
@options.form
@click.pass_obj
@options.reach
def show(
    application: "Application", /, reach: "Reach", error: int, event: object, form: str
) -> int:
    """Show error ID with all that is known of it."""
    return loop.run(_show(application, reach, error, None if event is None else str(event), form))


@click.command()
@_ID
@click.option("--in-next-release", is_flag=True, help="It may come from the releases of before.")
@click.option("--by-deploy", is_flag=True, help="It may come until the next deploy goes live.")
@options.form
@click.pass_obj
@options.reach
def fixed(
    application: "Application",
    /,
    reach: "Reach",
    error: int,
    in_next_release: bool,
    by_deploy: bool,
    form: str,
) -> int:
    """Say that error ID is fixed; when it comes again, that is told."""
    if in_next_release and by_deploy:
        raise WrongUsage("either --in-next-release or --by-deploy")
    by = "next-release" if in_next_release else "deploy" if by_deploy else "now"
    return loop.run(_act(application, reach, error, "resolve", {"by": by}, form))


@click.command()
@_ID
@click.option("--for", "duration", metavar="TIME", help="For so long, like 1d.")
@click.option("--until", metavar="WHEN", help="Until then, like 2026-01-31T09:00.")
@click.option("--until-events", "events", type=click.IntRange(min=1), help="Until so many more.")
@click.option(
    "--until-an-hour",
    "events_an_hour",
    type=click.IntRange(min=1),
    help="Until so many come in an hour.",
)
@options.form
@click.pass_obj
@options.reach
def mute(
    application: "Application",
    /,
    reach: "Reach",
    error: int,
    until: str | None,
    form: str,
    **given: Any,  # noqa: ANN401 - click's options
) -> int:
    """Let error ID be quiet for a while; the first of several ends that comes counts."""
    moment = options.moment("--until", until, application.clock.now())
    body = {name: value for name, value in given.items() if value is not None}
    if moment is not None:
        body["until"] = moment.isoformat()
    if not body:
        raise WrongUsage("it is muted until something", remedy="--for 1d is a beginning")
    return loop.run(_act(application, reach, error, "mute", body, form))


@click.command()
@_ID
@options.form
@click.pass_obj
@options.reach
def unmute(application: "Application", /, reach: "Reach", error: int, form: str) -> int:
    """Let error ID be heard of again."""
    return loop.run(_act(application, reach, error, "unmute", None, form))


@click.command()
@_ID
@options.form
@click.pass_obj
@options.reach
def reopen(application: "Application", /, reach: "Reach", error: int, form: str) -> int:
    """Say that error ID is not fixed after all."""
    return loop.run(_act(application, reach, error, "reopen", None, form))


@click.command()
@_ID
@click.argument("others", nargs=-1, required=True, type=click.IntRange(min=1), metavar="OTHER…")
@options.form
@click.pass_obj
@options.reach
def merge(
    application: "Application", /, reach: "Reach", error: int, others: tuple[int, ...], form: str
) -> int:
    """Let every OTHER be error ID; `split ID --merged OTHER` takes it back."""
    body = {"others": list(others)}
    return loop.run(_act(application, reach, error, "merge", body, form))


@click.command()
@_ID
@click.option("--key", "keys", multiple=True, type=click.IntRange(min=1), metavar="KEY")
@click.option("--merged", type=click.IntRange(min=1), metavar="OTHER", help="What was merged.")
@options.form
@click.pass_obj
@options.reach
def split(
    application: "Application",
    /,
    reach: "Reach",
    error: int,
    keys: tuple[int, ...],
    merged: int | None,
    form: str,
) -> int:
    """Let a part of error ID stand by itself: keys as `show` lists them, or what was merged."""
    if bool(keys) == (merged is not None):
        raise WrongUsage("either --key or --merged", remedy="fettle error show ID lists the keys")
    body: dict[str, object] = {"merged": merged} if merged is not None else {"keys": list(keys)}
    return loop.run(_act(application, reach, error, "split", body, form))


COMMANDS = (list_, show, fixed, mute, unmute, reopen, merge, split, maps.command)


async def _list(
    application: "Application", reach: "Reach", asked: dict[str, Any], limit: int, form: str
) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import error_story, layout, write

    async with reached(application, reach) as api:
        items, cursor = await issues.paged(api, _PATH, asked, limit)
    if form == "json":
        write.document({"schema": "fettle.errors/1", "items": items, "next": cursor})
    elif items:
        more = "there are more, with a higher --limit" if cursor else ""
        write.draw(partial(layout.plain, [error_story.errors(items, more)]))
    else:
        progress.say("There are none.")
    return exits.OK


async def _show(
    application: "Application", reach: "Reach", error: int, event: str | None, form: str
) -> int:
    from functools import partial

    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import error_story, layout, write

    async with reached(application, reach) as api:
        path = f"{_PATH}/{error}" + (f"/events/{event}" if event else "")
        document = await api.get(path)
    if form == "json":
        write.document(document)
    else:
        story = error_story.event(document) if event else error_story.error(document)
        write.draw(partial(layout.lines, story))
    return exits.OK


async def _act(
    application: "Application",
    reach: "Reach",
    error: int,
    verb: str,
    body: Mapping[str, object] | None,
    form: str,
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import error_story, write

    async with reached(application, reach) as api:
        document = await api.post(f"{_PATH}/{error}/{verb}", body)
    if form == "json":
        write.document(document)
    else:
        write.plainly(error_story.in_a_line(document))
    return exits.OK
