"""`fettle optimise`: measure pages, and hold them against budgets."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fettle.frontends.cli import exits, load, loop, options, page_history, pages, roots, roots_there
from fettle.frontends.cli.pages import Request

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_URL = "A page of it; each is looked at and measured. Repeatable."
FORMATS = ("text", "json", "markdown", "html", "sarif", "junit")


@click.group()
def command() -> None:
    """Measure pages, hold them against budgets, and make the folder faster that they come from.

    Each visit has a browser that was never anywhere, slowed down like a phone or a desktop. What is
    clicked in a page sends nothing.
    """


@command.command()
@pages.asked
@pages.backend
@options.form
@click.pass_obj
def measure(application: "Application", /, config: Path | None, form: str, **given: object) -> int:
    """Measure pages: when they are there, what they load, what moves, what keeps them busy.

    URL is an address, or the name of a [[service]] that has one.
    """
    request = Request.of(application, config, given)
    return loop.run(pages.measure(application, request, form))


@command.command()
@pages.asked
@pages.backend
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@options.output
@options.fail_on
@click.pass_obj
def analyse(
    application: "Application",
    /,
    config: Path | None,
    form: str,
    output: Path | None,
    fail_on: str | None,
    **given: object,
) -> int:
    """Measure pages, hold them against their budgets, and say what would make them better.

    URL is an address, or the name of a [[service]] that has one. Budgets are those that come along,
    and each [[budget]] of fettle.toml that is about the page. Exit codes are those of check.
    """
    report = pages.Report(form, output, exits.severity(fail_on))
    request = Request.of(application, config, given)
    return loop.run(pages.analyse(application, request, report))


@command.command()
@click.argument("url", metavar="URL")
@load.limits
@options.config
@options.form
@click.pass_obj
def capacity(application: "Application", /, config: Path | None, form: str, **given: object) -> int:
    """Find how many requests a second a page's server can carry, and how it answers then.

    URL is an address, or the name of a [[service]] that has one. It is asked for faster and faster,
    whatever becomes of what was sent, until it fails, slows down, or a limit is reached. Only this
    machine is asked so, and what fettle.toml names; anybody else's with --ours. Exits with 1 where
    that is refused.
    """
    settings = application.settings(config)
    wish = load.Wish.of(application, settings, given)
    return loop.run(load.capacity(application, settings, wish, form))


@command.command()
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--url", "urls", multiple=True, required=True, metavar="URL", help=_URL)
@pages.log_in
@pages.how
@click.option("--although-good", is_flag=True, help="Also where every page keeps the budgets.")
@options.form
@click.pass_obj
def apply(
    application: "Application",
    /,
    root: Path,
    config: Path | None,
    although_good: bool,
    form: str,
    **given: object,
) -> int:
    """Make DIR, the web root that URL is served from, faster: step by step, on a copy.

    Each step is kept only where images look the same, pages look and behave as before, and nothing
    is slower. Then the copy takes DIR's place at once, and the live site is looked at; where it
    does not show what it should, DIR is put back. What is of higher risk is proposed.
    """
    request = Request.of(application, config, {**given, "clicks": ()})
    wish = roots.asked(root, request, although_good=although_good)
    return loop.run(roots.apply(application, request, wish, form))


@command.command()
@click.argument("run")
@options.form
@click.pass_obj
@options.reach
def undo(application: "Application", /, reach: "Reach", run: str, form: str) -> int:
    """Put back what the web root was before RUN, byte for byte.

    With --server a worker on the root's machine does it.
    """
    if reach.server is not None:
        return loop.run(roots_there.undo(application, reach, run, form))
    return loop.run(roots.undo(application, reach.settings(application), run, form))


@command.command()
@click.argument("run", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=20,
    show_default=True,
    metavar="N",
    help="How many, the latest first.",
)
@options.form
@click.pass_obj
@options.reach
def history(
    application: "Application", /, reach: "Reach", run: str | None, limit: int, form: str
) -> int:
    """List the runs that were to make web roots faster, or show all of RUN."""
    if reach.server is not None:
        return loop.run(roots_there.history(application, reach, run, limit, form))
    settings = reach.settings(application)
    if run is not None:
        return loop.run(roots.show(application, settings, run, form))
    return loop.run(roots.history(application, settings, limit, form))


@command.command()
@click.argument("run")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each into a file there, instead of printing them.",
)
@options.config
@click.pass_obj
def patches(
    application: "Application", /, run: str, output: Path | None, config: Path | None
) -> int:
    """Print what RUN left to people: patches for `git apply`, and files for servers.

    Patches fit the web root as RUN left it. Apply one, look whether all still works, then the next.
    """
    return loop.run(roots.patches(application, application.settings(config), run, output))


@command.command()
@click.argument("url", metavar="URL")
@click.option("--profile", type=click.Choice(("phone", "desktop")), default="phone")
@click.option("--since", default="90 days", show_default=True, help="From how long ago on.")
@options.config
@options.form
@click.pass_obj
def trend(
    application: "Application",
    /,
    url: str,
    profile: str,
    since: str,
    config: Path | None,
    form: str,
) -> int:
    """Show how a page was measured over time, where that was kept, and what went live between.

    URL is an address, or the name of a [[service]] that has one.
    """
    settings = application.settings(config)
    page = pages.page_of(url, {**pages.AS_IT_IS, "profile": profile}, settings, application.environ)
    back = options.duration("--since", since) or timedelta(days=90)
    return loop.run(page_history.trend(application, settings, page, back, form))
