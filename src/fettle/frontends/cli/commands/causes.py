"""`fettle causes`: say what may have caused an incident, by who calls whom and what moved when."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import BadPayload, WrongUsage
from fettle.frontends.cli import exits
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.model.incident import Suspect

_STANDARD_INPUT = "-"


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    help="text on a terminal, json elsewhere, when not given.",
)
def command(file: str, form: str | None) -> int:
    """Say what may have caused the incident in FILE, the likeliest first; `-` is standard input.

    FILE is JSON: {"dependencies": [["web", "db"]], "series": {"web": {"latency_p95": [[unix_s,
    value], …]}}, "normal": [t0, t1], "incident": [t2, t3], "reported": "web"}. A pair of
    dependencies says that the first calls the second. Points may be missing, null and in any order.
    Without "normal", all that was before the incident is. "metric" may name the figure that showed
    the trouble, and "changes" what was done: [{"subject": "db", "at": unix_s, "what": "deploy"}].
    No cause is said without what speaks for it, and none where nothing moved.
    """
    from fettle.diagnosis import grounds, incident_file
    from fettle.frontends.report import write

    try:
        incident = incident_file.read(_content(file))
    except BadPayload as error:
        raise WrongUsage(f"{_called(file)}: {error.reason}", remedy=error.remedy) from None
    suspects = grounds.suspects(incident)
    if form == "json" or (form is None and not sys.stdout.isatty()):
        from fettle.frontends.report.causes_document import of_suspects

        write.document(of_suspects(suspects))
    else:
        for line in _lines(suspects, incident.reported):
            write.plainly(line)
    return exits.OK


def _called(file: str) -> str:
    return "standard input" if file == _STANDARD_INPUT else file


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == _STANDARD_INPUT else Path(file).read_bytes()
    except OSError as error:
        raise WrongUsage(
            f"{file} cannot be read: {error.strerror or error}",
            remedy="give a file of JSON, or - for standard input",
        ) from None


def _lines(suspects: "Sequence[Suspect]", reported: str) -> Iterator[str]:
    if not suspects:
        yield f"Nothing that is tied to {reported} moved in the incident: no cause can be said."
    for suspect in suspects:
        yield f"{say_share(suspect.confidence):>5}  {suspect.subject}: {suspect.metric}"
        yield from (f"      - {sentence}" for sentence in suspect.evidence)
