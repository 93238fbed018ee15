"""`fettle error`: the errors of applications, which are one bug, what cures them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import attempts, batch, errors, exits, known, loop, options, solving

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach
    from fettle.model.known_error import ErrorMatch, Recognised

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
@click.option("--issue", type=click.IntRange(min=1), metavar="N", help="The error of this issue.")
@click.option("--batch", "lines", is_flag=True, help="Read JSON lines from standard input.")
@click.option("--apply", is_flag=True, help="Use the first remedy for it that there is.")
@click.option("--remedy", metavar="NAME", help="Use this remedy for it.")
@click.option("--wait", is_flag=True, help="Wait until it is known whether it helped.")
@options.form
@click.pass_obj
@options.reach
def solve(
    application: "Application",
    /,
    reach: "Reach",
    text: str | None,
    issue: int | None,
    lines: bool,
    form: str,
    **wish: Any,  # noqa: ANN401 - click's options
) -> int:
    """Say which known errors fit TEXT, how sure that is, and what cures them; or solve one.

    TEXT is an error as it was logged, with or without its stack; `-` reads it from standard
    input. Neither a store nor a server is needed; what people wrote on pages counts where a
    --server is named, or a store is that or runs. Where nothing fits well enough to act on, the
    answer says so. With --batch each line is like {"text": "…", "facts": {"sqlstate": null,
    "errno": null, "status": null, "exception": null}}; a bad line is answered with
    {"error": "…"}, and the rest goes on.

    ID is an error's that became an issue, and --issue names that itself, in the store or on a
    --server: it is recognised, and what may act by itself begins, or what --apply or --remedy
    says. The exit code is 0 when it was seen
    to help, 1 when nothing acted, 2 when it failed, 3 when it acted and that is not known yet.
    """
    if [lines, text is not None or issue is not None].count(True) != 1:
        raise WrongUsage(
            "either TEXT or --batch",
            remedy='fettle error solve "connect ECONNREFUSED 127.0.0.1:5432" is a beginning',
        )
    asked = solving.wanted(text, issue)
    if asked is not None:
        return loop.run(solving.solve(application, reach, asked, form=form, **wish))
    if any(wish.values()):
        raise WrongUsage("--apply, --remedy and --wait are for an ID or an --issue")
    recogniser = loop.run(known.recogniser(application, reach, quiet=lines))
    if lines:
        from fettle.frontends.report.known_document import ErrorLine, of_line

        return batch.answer(
            sys.stdin.buffer,
            ErrorLine,
            lambda asked: dict(of_line(recogniser.recognise(asked.text, asked.told))),
        )
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    return _one(recogniser.recognise(text or ""), form)


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


def _one(found: "Recognised", form: str) -> int:
    if form == "json":
        from fettle.frontends.report.as_json import dumped
        from fettle.frontends.report.known_document import of_recognised

        sys.stdout.write(dumped(of_recognised(found)) + "\n")
        return exits.OK
    from fettle.frontends.report import write

    write.plain_lines(list(_lines(found)))
    return exits.OK


def _lines(found: "Recognised") -> Iterator[str]:
    shown = [match for match in found.matches if match.confidence >= _WORTH_SAYING]
    if not found.answered:
        yield "Nothing that is known fits well enough to act on."
        if shown:
            yield ""
            yield "Near to it:"
    for number, match in enumerate(shown):
        if found.answered and number == 1:
            yield ""
            yield "Less likely:"
        yield from _told(match, in_full=found.answered and number == 0)


def _told(match: "ErrorMatch", *, in_full: bool) -> Iterator[str]:
    known = match.known
    sure = f"{match.confidence:.0%} sure"
    if not in_full:
        yield f"  {known.id:20} {known.title} ({sure})"
        return
    yield f"{known.title} ({known.id}, {sure})"
    yield f"  because  {', '.join(match.evidence)}"
    yield f"  cause    {known.cause}"
    yield f"  to tell  {known.tell}" if known.tell else ""
    yield "  to cure"
    yield from (f"    {place}. {one.does}" for place, one in enumerate(known.solutions, 1))
    if known.checks:
        yield f"  look     fettle check --only {' --only '.join(known.checks)}"
    if known.fixes:
        yield f"  fixes    {', '.join(known.fixes)}"
