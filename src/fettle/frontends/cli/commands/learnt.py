"""`fettle learnt`: show what triage has learnt, and how often it is right."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import exits, loop, options, progress
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.report.triage_document import JudgedDocument, TriageDocument
    from fettle.settings import Settings
    from fettle.store.trainings import Training


@click.group()
def command() -> None:
    """Show what triage has learnt from the team's decisions; keep it in a file; learn it now."""


@command.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3660))
@options.form
@click.pass_obj
@options.settings
def show(application: "Application", /, settings: "Settings", days: int, form: str) -> int:
    """Say what is learnt, and how often triage was right in the last days.

    What counts are the decisions that a person has corrected, or left as they were at the end.
    """
    document = loop.run(_document(application, settings, days))
    if form == "json":
        from fettle.frontends.report.as_json import dumped

        sys.stdout.write(dumped(document) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(document)))
    return exits.OK


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
@options.settings
def export(application: "Application", /, settings: "Settings", file: Path) -> int:
    """Write the model to FILE, for `fettle classify --model FILE`. It holds words, no texts."""
    document = loop.run(_model(application, settings))
    try:
        file.write_text(document, encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"{file} cannot be written: {error.strerror}") from None
    return exits.OK


@command.command()
@click.pass_obj
@options.settings
def train(application: "Application", /, settings: "Settings") -> int:
    """Learn from what was settled, now; a running Fettle does it by itself."""
    training = loop.run(_training(application, settings))
    if training.refused is not None:
        sys.stderr.write(f"Nothing is learnt: {_because(training.refused, training.remedy)}\n")
        return exits.REFUSED
    sys.stderr.write(f"Learnt from {training.decisions:,} decisions in {training.seconds:.1f} s.\n")
    return exits.OK


async def _document(
    application: "Application", settings: "Settings", days: int
) -> "TriageDocument":
    from fettle.frontends.report import triage_document
    from fettle.store import decisions, trainings

    until = application.clock.now()
    since = until - timedelta(days=days)
    async with application.store(settings) as store:
        learnt = await trainings.newest(store.connection)
        counted = await decisions.counted(store.connection, since, until)
    return triage_document.of(learnt, counted, since, until)


async def _model(application: "Application", settings: "Settings") -> str:
    from fettle.flow.learnt import kept_in

    async with application.store(settings) as store:
        return (await kept_in(store.connection)).written().decode()


async def _training(application: "Application", settings: "Settings") -> "Training":
    from fettle.flow.learn import learn_now
    from fettle.store.pool import pool_of

    async with application.store(settings) as store, pool_of(store, size=1) as pool:
        progress.say("Learning …")
        return await learn_now(pool, application.clock, anew=True)


def _lines(document: "TriageDocument") -> Iterator[str]:
    learnt, refused = document["learnt"], document["refused"]
    if learnt is not None:
        yield (
            f"learnt from {learnt['decisions']:,} decisions at {learnt['at']} "
            f"in {learnt['seconds']:g} s, by Fettle {learnt['fettle']}"
        )
    if refused is not None:
        because = _because(refused["reason"], refused["remedy"])
        yield f"{'not learnt anew' if learnt else 'nothing is learnt'}: {because}"
    if learnt is None and refused is None:
        yield "nothing is learnt: nothing was settled yet"
    yield f"decided by, as people settled it from {document['since']} to {document['until']}:"
    yield f"  {'':8}{'settled':>9}{'corrected':>11}{'right':>8}{'too low':>9}{'macro-F1':>10}"
    for name, judged in (*document["by"].items(), ("all", document["overall"])):
        yield _figures(name, judged)
    cells = document["overall"]["matrix"]
    yield from (
        f"  {cell['said']} was said, {cell['right']} was right: {cell['times']:,} times"
        for cell in cells
        if cell["said"] != cell["right"]
    )


def _figures(name: str, judged: "JudgedDocument") -> str:
    figures = [judged["accuracy"], judged["too_low"]]
    shares = ["–" if value is None else say_share(value) for value in figures]
    f1 = "–" if judged["macro_f1"] is None else f"{judged['macro_f1']:.2f}"
    return (
        f"  {name:8}{judged['settled']:>9,}{judged['corrected']:>11,}"
        f"{shares[0]:>8}{shares[1]:>9}{f1:>10}"
    )


def _because(reason: str, remedy: str | None) -> str:
    return f"{reason} ({remedy})" if remedy else reason
