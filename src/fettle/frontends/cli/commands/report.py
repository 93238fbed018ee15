"""`fettle report`: report trouble that a person noticed."""

import sys
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, issues, loop, options
from fettle.model.severity import Severity

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach


@click.command()
@click.argument("text")
@click.option("--title", help="What it is called; the first line of TEXT when not given.")
@click.option("--symptom", "symptoms", multiple=True, metavar="S", help="What people notice.")
@click.option("--service", metavar="NAME", help="The service that it is about.")
@click.option("--severity", type=click.Choice([str(one) for one in Severity]))
@click.option("--users-affected", type=click.IntRange(min=0), metavar="N")
@click.option("--data-lost", is_flag=True, help="Data is gone.")
@click.option("--data-exposed", is_flag=True, help="Somebody sees data that is not theirs.")
@click.option("--money-stuck", is_flag=True, help="Money does not move.")
@click.option("--started", metavar="WHEN", help="When it began, like 2026-01-31T09:00.")
@options.form
@click.pass_obj
@options.reach
def command(
    application: "Application",
    /,
    reach: "Reach",
    form: str,
    text: str,
    started: str | None,
    **said: Any,  # noqa: ANN401 - click's options
) -> int:
    """Report trouble; `-` for TEXT reads it from standard input.

    It is classified, timed and told to whoever looks after it, like everything that arrives.
    """
    told = sys.stdin.read() if text == "-" else text
    if not told.strip():
        raise WrongUsage("TEXT is empty", remedy='fettle report "the shop is down" is a beginning')
    began = options.moment("--started", started, application.clock.now())
    body = {"text": told, "started_at": began and began.isoformat(), **said}
    return loop.run(_report(application, reach, body, form))


async def _report(
    application: "Application", reach: "Reach", body: dict[str, object], form: str
) -> int:
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.post("/api/v1/reports", body)
    issues.said(document, form)
    return exits.OK
