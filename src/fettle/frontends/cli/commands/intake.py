"""`fettle intake`: see what arrived and what came of it, and let dead letters be taken again."""

from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.frontends.report.intake_document import DeliveryDocument, IntakeDocument

_PATH = "/api/v1/intake"


@click.group()
def command() -> None:
    """See what arrived and what came of it, and let dead letters be taken again."""


@command.command()
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True)
@options.form
@click.pass_obj
@options.reach
def counts(application: "Application", /, reach: "Reach", days: int, form: str) -> int:
    """Count what came of what arrived, key by key, with the reasons."""
    return loop.run(_counts(application, reach, days, form))


@command.command("list")
@click.option("--state", type=click.Choice(("waiting", "taken", "dead")))
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@options.form
@click.pass_obj
@options.reach
def list_(
    application: "Application", /, reach: "Reach", state: str | None, limit: int, form: str
) -> int:
    """List deliveries, the latest first; those with --state dead wait to be replayed."""
    return loop.run(_list(application, reach, {"state": state, "limit": limit}, form))


@command.command()
@click.argument("delivery", type=click.IntRange(min=1), metavar="ID")
@options.form
@click.pass_obj
@options.reach
def show(application: "Application", /, reach: "Reach", delivery: int, form: str) -> int:
    """Show a delivery as it came, and what came of it."""
    return loop.run(_show(application, reach, delivery, form))


@command.command()
@click.argument("deliveries", nargs=-1, type=click.IntRange(min=1), metavar="[ID]…")
@click.option("--hook", metavar="NAME", help="Every dead one that came by the key of this name.")
@options.form
@click.pass_obj
@options.reach
def replay(
    application: "Application",
    /,
    reach: "Reach",
    deliveries: tuple[int, ...],
    hook: str | None,
    form: str,
) -> int:
    """Take deliveries again, a thousand at once at most: now they may be understood."""
    if not deliveries and hook is None:
        raise WrongUsage("nothing is named", remedy="name deliveries by their ids, or --hook NAME")
    body: dict[str, object] = {"ids": list(deliveries), "hook": hook}
    return loop.run(_replay(application, reach, body, form))


async def _counts(application: "Application", reach: "Reach", days: int, form: str) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.get(_PATH, {"days": days})
    rows = list(_counted(document))
    return _told(document, ("key", "sender", "came to", "how many", "why"), rows, form)


def _counted(document: "IntakeDocument") -> "Iterator[tuple[str, ...]]":
    """Yield a row for each outcome, and one for each of its reasons."""
    for one in document["items"]:
        for outcome, number in sorted(one["outcomes"].items()):
            reasons = one["reasons"].get(outcome, {})
            plain = number - sum(reasons.values())
            told = [("", plain)] if plain else []
            for reason, times in [*told, *sorted(reasons.items())]:
                yield one["hook"], one["vendor"], outcome, f"{times:,}", reason


async def _list(
    application: "Application", reach: "Reach", query: dict[str, object], form: str
) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.get(f"{_PATH}/deliveries", query)
    rows = [
        (
            str(one["id"]),
            one["received_at"].replace("T", " ").removesuffix("Z"),
            one["hook"],
            one["vendor"],
            one["state"],
            one["reason"] or "",
        )
        for one in document["items"]
    ]
    return _told(document, ("id", "received (UTC)", "key", "sender", "state", "why"), rows, form)


async def _show(application: "Application", reach: "Reach", delivery: int, form: str) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        document: DeliveryDocument = await api.get(f"{_PATH}/deliveries/{delivery}")
    if form == "json":
        write.document(document)
        return exits.OK
    at = document["received_at"].replace("T", " ").replace("Z", " UTC")
    known = [f"{document['id']} of {document['hook']}", document["vendor"], document["state"], at]
    write.plainly(" · ".join(known))
    if document["reason"]:
        write.plainly(document["reason"])
    for name, value in document["headers"].items():
        write.plainly(f"{name}: {value}")
    body = document["body"]
    write.plain_lines(["", f"base64: {document['base64']}"] if body is None else ["", body])
    return exits.OK


async def _replay(
    application: "Application", reach: "Reach", body: dict[str, object], form: str
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        document = await api.post(f"{_PATH}/replay", body)
    refused = document["refused"]
    if form == "json":
        write.document(document)
    else:
        if document["replayed"]:
            write.plainly(f"taken again: {', '.join(map(str, document['replayed']))}")
        for one in refused:
            write.plainly(f"{one['id']} stays as it is: {one['reason']}")
    return exits.REFUSED if refused else exits.OK


def _told(
    document: Any,  # noqa: ANN401 - JSON
    labels: tuple[str, ...],
    rows: "Sequence[tuple[str, ...]]",
    form: str,
) -> int:
    """Print a document, or its rows."""
    from functools import partial

    from fettle.frontends.report import layout, write
    from fettle.frontends.report.blocks import Column, Grid
    from fettle.frontends.report.visible import visible

    if form == "json":
        write.document(document)
    elif rows:
        columns = tuple(Column(label, right=label == "how many") for label in labels)
        shown = tuple(tuple(visible(cell) for cell in row) for row in rows)
        write.draw(partial(layout.plain, [Grid(columns, shown)]))
    else:
        progress.say("There is nothing.")
    return exits.OK
