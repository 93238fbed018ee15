"""`fettle error`: the errors of applications, which are one bug, what cures them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import (
    attempts,
    batch,
    errors,
    exits,
    known,
    loop,
    options,
    recognising,
    solving,
)
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.frontends.report.known_document import FullMatch, SolvedDocument

_WORTH_SAYING = 0.05


@click.group()
def command() -> None:
    """List and work on applications' errors; say what cures one, and which are one bug."""


for _each in errors.COMMANDS:
    command.add_command(_each)


for _each in attempts.COMMANDS:
    command.add_command(_each)


command.add_command(known.command)


@command.command()
@click.argument("text", required=False, metavar="[TEXT|ID]")
@click.option("--batch", "lines", is_flag=True, help="Read JSON lines from standard input.")
@options.form
@click.pass_obj
@options.reach
def solve(
    application: "Application", /, reach: "Reach", text: str | None, lines: bool, form: str
) -> int:
    """Say which known errors fit TEXT, how sure that is, and what cures them.

    TEXT is an error as it was logged, with or without its stack; `-` reads it from standard
    input. Neither a store nor a server is needed; what people wrote on pages, and past issues of
    the same or alike with what helped then, count where a --server is named, or a store is that or
    runs. ID is an error's that an application has sent, in the store or on a --server. Where
    nothing fits well enough to act on, the answer says so.
    With --batch each line is like {"text": "…", "facts": {"sqlstate": null, "errno": null,
    "status": null, "exception": null}}; a bad line is answered with {"error": "…"}, and the rest
    goes on.

    Nothing is done about it: that is `fettle error resolve`.
    """
    if lines == (text is not None):
        raise WrongUsage(
            "either TEXT or --batch",
            remedy='fettle error solve "connect ECONNREFUSED 127.0.0.1:5432" is a beginning',
        )
    if text is not None and (error := solving.id_of(text)) is not None:
        return loop.run(_of_error(application, reach, error, form))
    if lines:
        from fettle.frontends.report.known_document import ErrorLine, of_line

        recogniser = loop.run(recognising.recogniser(application, reach))
        return batch.answer(
            sys.stdin.buffer,
            ErrorLine,
            lambda asked: dict(of_line(recogniser.recognise(asked.text, asked.told))),
        )
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return _said(loop.run(recognising.solve(application, reach, text or "")), form)


@command.command()
@click.argument("error", required=False, metavar="[ID]")
@click.option("--sentry", metavar="NAME", help="ID is an issue of this Sentry of the settings.")
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="The error of this issue.")
@click.option("--apply", is_flag=True, help="Use the first remedy for it that there is.")
@click.option("--remedy", metavar="NAME", help="Use this remedy for it.")
@click.option("--wait", is_flag=True, help="Wait until it is known whether it helped.")
@options.form
@click.pass_obj
@options.reach
def resolve(
    application: "Application",
    /,
    reach: "Reach",
    error: str | None,
    sentry: str | None,
    issue: int | None,
    form: str,
    **wish: Any,  # noqa: ANN401 - click's options
) -> int:
    """Resolve an error: say what it is, let begin what cures it, and what came of that.

    ID is an error's that an application has sent; or an issue's of a Sentry that is in the
    settings, as SHOP-1A, by its address, or by its number with --sentry. --issue names an issue of
    Fettle's. It is recognised; where nobody knows it, the answer says where to look. What may act
    by itself begins, or what --apply or --remedy says, and the signals say whether it helped, which
    is learnt from. The exit code is 0 when it was seen to help, 1 when nothing acted, 2 when it
    failed, 3 when it acted and that is not known yet.

    That a person has fixed it is said by `fettle error fixed`.
    """
    wanted = solving.wanted(error, issue, sentry)
    return loop.run(solving.resolve(application, reach, wanted, form=form, **wish))


@command.command()
@click.option("--batch", "lines", is_flag=True, help="Read JSON lines from standard input.")
@options.config
@click.pass_obj
def group(application: "Application", /, lines: bool, config: Path | None) -> int:
    """Say which errors are one bug, and what that is told by.

    With --batch each line is an event as Sentry's libraries send it, and is answered with
    {"group": "…", "why": ["…"], "version": 1}: the same group is the same bug. The rules of
    [[errors.group]] in fettle.toml count. Neither a store nor a server is needed; a bad line is
    answered with {"error": "…"}, and the rest goes on.
    """
    if not lines:
        raise WrongUsage(
            "errors are grouped from JSON lines", remedy="fettle error group --batch < events.jsonl"
        )
    from datetime import UTC, datetime

    from fettle.intake.errors.event import read_event
    from fettle.intake.errors.grouping import group_key
    from fettle.intake.settled import grouping_of

    rules = grouping_of(application.settings(config))

    def grouped(line: bytes) -> dict[str, object]:
        key = group_key(read_event(line, datetime.now(UTC)), rules)
        return {"group": key.key, "why": list(key.why), "version": key.version}

    return batch.answer_each(sys.stdin.buffer, grouped)


async def _of_error(application: "Application", reach: "Reach", error: int, form: str) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.get(f"/api/v1/errors/{error}/known")
    return _said(document, form)


def _said(document: "SolvedDocument", form: str) -> int:
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        write.plain_lines(list(_lines(document)))
    return exits.OK


def _lines(document: "SolvedDocument") -> Iterator[str]:
    answered = document["answered"]
    shown = [match for match in document["matches"] if match["confidence"] >= _WORTH_SAYING]
    if not answered:
        yield "Nothing that is known fits well enough to act on."
        if shown:
            yield ""
            yield "Near to it:"
    for number, match in enumerate(shown):
        if answered and number == 1:
            yield ""
            yield "Less likely:"
        yield from _told(match, in_full=answered and number == 0)
    if document["solved_before"]:
        yield ""
        yield "Solved before:"
        yield from (f"  {line}" for line in solving.before(document["solved_before"]))


def _told(match: "FullMatch", *, in_full: bool) -> Iterator[str]:
    sure = f"{say_share(match['confidence'])} sure"
    if not in_full:
        yield f"  {match['class']:20} {match['title']} ({sure})"
        return
    yield f"{match['title']} ({match['class']}, {sure})"
    yield f"  because  {', '.join(match['evidence'])}"
    yield f"  cause    {match['cause']}"
    yield f"  to tell  {match['tell']}" if match["tell"] else ""
    yield "  to cure"
    yield from (f"    {place}. {does}" for place, does in enumerate(match["solutions"], 1))
    if match["checks"]:
        yield f"  look     fettle check --only {' --only '.join(match['checks'])}"
    if match["fixes"]:
        yield f"  fixes    {', '.join(match['fixes'])}"
