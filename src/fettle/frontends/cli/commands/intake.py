"""`fettle intake`: see what arrived and what came of it, and let dead letters be taken again."""

import re
from typing import TYPE_CHECKING, Any, cast

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.frontends.report.intake_document import (
        DeadLetterDocument,
        DeliveryDocument,
        IntakeDocument,
    )

_PATH = "/api/v1/intake"
_KINDS = {"delivery": "ids", "error": "errors", "lines": "lines"}


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
    """List deliveries, the latest first.

    --state dead lists what could not be taken and waits to be replayed: errors of applications and
    lines of logs, too.
    """
    return loop.run(_list(application, reach, {"state": state, "limit": limit}, form))


@command.command()
@click.argument("letter", metavar="ID")
@options.form
@click.pass_obj
@options.reach
def show(application: "Application", /, reach: "Reach", letter: str, form: str) -> int:
    """Show a delivery as it came, and what came of it; or a dead letter, as error-17."""
    return loop.run(_show(application, reach, _named(letter), form))


@command.command()
@click.argument("letters", nargs=-1, metavar="[ID]…")
@click.option("--hook", metavar="NAME", help="Every dead one that came by the key of this name.")
@click.option("--all", "every", is_flag=True, help="Every dead one.")
@options.form
@click.pass_obj
@options.reach
def replay(
    application: "Application",
    /,
    reach: "Reach",
    letters: tuple[str, ...],
    hook: str | None,
    every: bool,
    form: str,
) -> int:
    """Take deliveries again, a thousand at once at most: now they may be understood.

    Errors and lines that are dead, too: ID is what `fettle intake list --state dead` calls it.
    """
    if not letters and hook is None and not every:
        raise WrongUsage("nothing is named", remedy="name ids, --hook NAME, or --all")
    named = [_named(letter) for letter in letters]
    body: dict[str, object] = {
        name: [id_ for its, id_ in named if its == kind] for kind, name in _KINDS.items()
    }
    body.update(hook=hook, all=every)
    return loop.run(_replay(application, reach, body, form))


def _named(letter: str) -> tuple[str, int]:
    """Return what kind something is, and its number; raises WrongUsage."""
    kind, _, number = letter.rpartition("-")
    if kind not in ("", "error", "lines") or not re.fullmatch("[0-9]{1,18}", number):
        raise WrongUsage(f"{letter[:60]!r} is no id", remedy="ids are like 17, error-17, lines-4")
    return kind or "delivery", int(number)


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

    dead = query["state"] == "dead"
    async with reached(application, reach) as api:
        if dead:
            document = await api.get(f"{_PATH}/dead", {"limit": query["limit"]})
        else:
            document = await api.get(f"{_PATH}/deliveries", query)
    rows = [
        (
            one["letter"] if dead else str(one["id"]),
            one["received_at"].replace("T", " ").removesuffix("Z"),
            one["hook"],
            one["vendor"],
            "dead" if dead else one["state"],
            one["reason"] or "",
        )
        for one in document["items"]
    ]
    return _told(document, ("id", "received (UTC)", "key", "sender", "state", "why"), rows, form)


async def _show(
    application: "Application", reach: "Reach", letter: tuple[str, int], form: str
) -> int:
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    kind, id_ = letter
    path = f"deliveries/{id_}" if kind == "delivery" else f"dead/{kind}/{id_}"
    async with reached(application, reach) as api:
        document = await api.get(f"{_PATH}/{path}")
    if form == "json":
        write.document(document)
    else:
        for line in _head(document):
            write.plainly(line)
        body = document["body"]
        write.plain_lines(["", f"base64: {document['base64']}"] if body is None else ["", body])
    return exits.OK


def _head(letter: "DeliveryDocument | DeadLetterDocument") -> "Iterator[str]":
    at = letter["received_at"].replace("T", " ").replace("Z", " UTC")
    name, state = letter.get("letter", letter["id"]), letter.get("state", "dead")
    yield " · ".join([f"{name} of {letter['hook']}", letter["vendor"], str(state), at])
    if letter["reason"]:
        yield letter["reason"]
    headers = cast("dict[str, str]", letter.get("headers", {}))
    yield from (f"{header}: {value}" for header, value in headers.items())


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
        again = [
            *(str(id_) for id_ in document["replayed"]),
            *(f"error-{id_}" for id_ in document["errors"]),
            *(f"lines-{id_}" for id_ in document["lines"]),
        ]
        if again:
            write.plainly(f"taken again: {', '.join(again)}")
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
