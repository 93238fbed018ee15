"""`fettle update watch`: look at what was updated for as long as that is to be watched."""

import asyncio
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, loop, options, updating

if TYPE_CHECKING:
    from fettle.flow.updating import Updating
    from fettle.frontends.application import Application
    from fettle.model.update_watch import UpdateWatch
    from fettle.settings import Settings

_PAUSE_S = 1.0


@click.command()
@click.option("--once", is_flag=True, help="Look at what is due now, and end.")
@options.form
@click.pass_obj
@options.settings
def command(application: "Application", /, settings: "Settings", once: bool, form: str) -> int:
    """Look at what was updated in place here, until each watch is over.

    A server that runs on this machine does so by itself. What is worse than before two times in a
    row is taken back, its versions are held (`fettle update release`), and people are told. The
    code is 0 when nothing is worse, 2 when something is or was, 3 when nobody looked in time.
    """
    return loop.run(_watch(application, settings, once, form))


async def _watch(application: "Application", settings: "Settings", once: bool, form: str) -> int:
    from fettle.frontends.cli import updating_text
    from fettle.frontends.report import write
    from fettle.frontends.report.update_watch_document import of_watches

    async with updating.opened(application, settings) as work:
        seen = await _until_over(work, once)
    document = of_watches(seen)
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(updating_text.watches(document))
    return _code(seen)


async def _until_over(work: "Updating", once: bool) -> "list[UpdateWatch]":
    """Look, again and again unless it is to be done once; return how each watch stands."""
    from fettle.flow.update_watch import look_once
    from fettle.model.update_watch import WatchState

    known: dict[str, UpdateWatch] = {}
    while True:
        for one in await look_once(work):
            if one.worse and one.says and one != known.get(one.run):
                await work.say(f"{one.project}: {one.says}")
            known[one.run] = one
        goes_on = any(one.state is WatchState.WATCHING for one in known.values())
        if once or not goes_on:
            return list(known.values())
        await asyncio.sleep(_PAUSE_S)


def _code(watches: "list[UpdateWatch]") -> int:
    from fettle.model.update_watch import WatchState

    states = {one.state for one in watches}
    if WatchState.WORSE in states or any(one.worse for one in watches):
        return exits.FAILED
    return exits.UNVERIFIED if WatchState.UNSEEN in states else exits.OK
