"""`fettle issue`: look at issues, and work on them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fettle.errors import WrongUsage
from fettle.frontends.cli import issue_work, issues, loop, options, reviews
from fettle.model.advice import Wording
from fettle.model.issue import Declined, Status
from fettle.model.severity import Severity

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Reach

_SEVERITIES = click.Choice([str(severity) for severity in Severity])
_PRIORITIES = click.Choice(["p1", "p2", "p3", "p4"])


@click.group()
def command() -> None:
    """List, show and work on issues."""


for _each in issue_work.COMMANDS:
    command.add_command(_each)


def _act(function: Callable[..., Mapping[str, object] | None]) -> click.Command:
    """Make a command of what gives the body of an act that is called as it is."""
    name = function.__name__.rstrip("_")

    def called(
        application: "Application",
        /,
        number: int,
        form: str,
        reach: "Reach",
        **given: Any,  # noqa: ANN401 - click's options
    ) -> int:
        body = function(application, **given)
        return loop.run(issues.act(application, reach, number, name, body, form))

    called.__doc__ = function.__doc__
    called.__click_params__ = list(getattr(function, "__click_params__", ()))  # type: ignore[attr-defined] # click's
    numbered = click.argument("number", type=click.IntRange(min=1), metavar="N")
    return command.command(name)(numbered(options.form(click.pass_obj(options.reach(called)))))


@command.command("list")
@click.option("--status", multiple=True, type=click.Choice([str(one) for one in Status]))
@click.option("--severity", multiple=True, type=_SEVERITIES)
@click.option("--service", metavar="NAME", help="Those about this service.")
@click.option("--team", metavar="NAME", help="Those of this team.")
@click.option("--search", "q", metavar="WORDS", help="Those whose texts hold these words.")
@click.option("--all", "ended", is_flag=True, help="Those that have ended as well.")
@options.limit
@options.form
@click.pass_obj
@options.reach
def list_(
    application: "Application",
    /,
    reach: "Reach",
    form: str,
    ended: bool,
    limit: int,
    **asked: Any,  # noqa: ANN401 - click's options
) -> int:
    """List issues that have not ended, the latest first."""
    live = None if ended or asked["status"] else "true"
    query = {**asked, "live": live}
    return loop.run(issues.list_(application, reach, query, limit, form))


@command.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@options.form
@click.pass_obj
@options.reach
def show(application: "Application", /, reach: "Reach", number: int, form: str) -> int:
    """Show issue N with all that is known about it."""
    return loop.run(issues.show(application, reach, number, form))


@command.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@options.form
@click.pass_obj
@options.reach
def timeline(
    application: "Application", /, reach: "Reach", number: int, limit: int, form: str
) -> int:
    """Show what happened to issue N, the latest entries in order."""
    return loop.run(issues.timeline(application, reach, number, limit, form))


@_act
def acknowledge(_: "Application") -> None:
    """Take issue N: nobody else is called for it."""


@_act
@click.argument("team", required=False)
@click.option("--to", "assignee", metavar="PERSON", help="One of the team.")
def assign(_: "Application", team: str | None, assignee: str | None) -> Mapping[str, object]:
    """Hand issue N to TEAM, or to one of its people."""
    return _given(team=team, assignee=assignee)


@_act
@click.argument("text")
def note(_: "Application", text: str) -> Mapping[str, object]:
    """Say TEXT about issue N; that is the news that was promised."""
    return {"text": text}


@_act
@click.option("--reason", required=True, help="What it waits for.")
@click.option("--until", metavar="WHEN", help="Like 2h, or 2026-01-31T09:00.")
def hold(application: "Application", reason: str, until: str | None) -> Mapping[str, object]:
    """Let what is promised about issue N wait for something outside."""
    moment = options.moment("--until", until, application.clock.now())
    return {"reason": reason, "until": moment and moment.isoformat()}


@_act
@click.option("--text", default="", help="Why it goes on.")
def resume(_: "Application", text: str) -> Mapping[str, object]:
    """Let what is promised about issue N go on."""
    return {"text": text}


@_act
@click.option("--evidence", default="", help="What shows it; what Fettle has seen, if left out.")
def resolve(_: "Application", evidence: str) -> Mapping[str, object]:
    """Say that the trouble of issue N is over."""
    return {"evidence": evidence}


@_act
@click.option("--why", required=True, type=click.Choice([str(one) for one in Declined]))
@click.option("--reason", required=True, help="The same in words.")
def decline(_: "Application", why: str, reason: str) -> Mapping[str, object]:
    """Say that issue N is no trouble, known already, or that nothing will be done."""
    return {"why": why, "reason": reason}


@_act
@click.option("--reason", required=True, help="What shows that it is not over.")
def reopen(_: "Application", reason: str) -> Mapping[str, object]:
    """Say that the trouble of issue N is not over."""
    return {"reason": reason}


@command.command()
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option("--show", "act", flag_value="show", help="Print it as Markdown.")
@click.option(
    "--edit",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep what stands in FILE, as --show prints it; - is standard input.",
)
@click.option("--submit", "act", flag_value="submit", help="Ask for somebody who signs it.")
@click.option("--approve", "act", flag_value="approve", help="Sign it.")
@click.option("--reopen", "reason", metavar="REASON", help="Write on at it.")
@click.option("--text", default="", help="What there is to say when it is signed.")
@click.option(
    "--version",
    type=click.IntRange(min=1),
    metavar="V",
    help="Show this version; with --edit or --approve, refuse where there is a newer one.",
)
@options.form
@click.pass_obj
@options.reach
def review(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    act: str | None,
    reason: str | None,
    text: str,
    form: str,
    **given: Any,  # noqa: ANN401 - click's options
) -> int:
    """Begin to look back at issue N; or show, write, submit or sign its review."""
    if act is not None and reason is not None:
        raise WrongUsage(f"either --{act} or --reopen")
    if reason is not None:
        act, text = "reopen", reason
    wish = reviews.Wish(act=act, text=text, **given)
    return loop.run(reviews.review(application, reach, number, wish, form))


@_act
@click.option("--review", help="A short review, where none is written; a p1 and a p2 need one.")
def close(_: "Application", review: str | None) -> Mapping[str, object]:
    """End issue N; of a p1 or p2 a few words are signed by who has not worked on it."""
    return {"review": review}


@command.command("diagnose")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option("--target", metavar="NAME", help="Only this one; the issue need not be about it.")
@click.option("--database", metavar="NAME", help="The same, for a database.")
@click.option("--symptom", "symptoms", multiple=True, metavar="S", help="What people notice.")
@click.option("--wait", is_flag=True, help="Wait for a worker to look, and print what it found.")
@options.form
@click.pass_obj
@options.reach
def diagnose_(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    wait: bool,
    form: str,
    **body: Any,  # noqa: ANN401 - click's options
) -> int:
    """Let a worker look again at what issue N is about: databases, services, hosts."""
    return loop.run(issues.diagnose(application, reach, number, body, form, wait=wait))


@command.command("reproduce")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option("--remedy", metavar="NAME", help="Its probe and its check.")
@click.option("--error", type=click.IntRange(min=1), metavar="ID", help="Its latest request.")
@click.option("--wait", is_flag=True, help="Wait for the answer, and print it.")
@options.form
@click.pass_obj
@options.reach
def reproduce_(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    wait: bool,
    form: str,
    **asked: Any,  # noqa: ANN401 - click's options
) -> int:
    """Let a worker ask once more what shows the trouble of issue N.

    It is what a remedy asks before and after it acts, or the request in the latest event of an
    error: sent as a GET, to a service's own address, without what came with it.
    """
    body = {name: value for name, value in asked.items() if value is not None}
    if len(body) != 1:
        raise WrongUsage("either --remedy or --error", remedy=f"fettle issue show {number}")
    return loop.run(issues.reproduce(application, reach, number, body, form, wait=wait))


@command.command("words")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option(
    "--about",
    type=click.Choice([str(one) for one in Wording]),
    help="What may be behind it, or where to look; the first that there is evidence of.",
)
@click.option("--wait", is_flag=True, help="Wait for what it says, and print it.")
@options.form
@click.pass_obj
@options.reach
def words_(
    application: "Application",
    /,
    reach: "Reach",
    number: int,
    about: str | None,
    wait: bool,
    form: str,
) -> int:
    """Let the language model of [ai] put the evidence about issue N into words.

    It is given that evidence alone, and what it names beside it is left out. What it says stands in
    the timeline as its own words; nothing is decided by them, and nothing done. With --wait the
    exit code is 2 where nothing it says can be shown.
    """
    return loop.run(issues.words(application, reach, number, about, form, wait=wait))


@_act
@click.argument("into", type=click.IntRange(min=1))
@click.option("--text", default="", help="Why they are the same.")
def merge(_: "Application", into: int, text: str) -> Mapping[str, object]:
    """Let issue N become a part of issue INTO, with its alerts."""
    return {"into": into, "text": text}


@_act
@click.argument("alerts", nargs=-1, required=True, type=click.IntRange(min=1), metavar="ALERT…")
@click.option("--title", help="What the new issue is called.")
@click.option("--text", default="", help="Why it is trouble of its own.")
def split(
    _: "Application", alerts: tuple[int, ...], title: str | None, text: str
) -> Mapping[str, object]:
    """Let some alerts of issue N become an issue of their own; `show` tells their ids."""
    return {"alerts": alerts, "title": title, "text": text}


@_act
@click.argument("other", type=click.IntRange(min=1))
@click.option(
    "--kind",
    type=click.Choice(("related", "caused-by", "split-from")),
    default="related",
    show_default=True,
)
def link(_: "Application", other: int, kind: str) -> Mapping[str, object]:
    """Say how issue N belongs to issue OTHER."""
    return {"issue": other, "kind": kind.replace("-", "_")}


@_act
@click.option("--severity", type=_SEVERITIES)
@click.option("--priority", type=_PRIORITIES)
@click.option("--category", metavar="NAME")
@click.option("--class", "class_", metavar="NAME", help="A class; `none` when none fits.")
@click.option("--service", "services", multiple=True, metavar="NAME", help="What it is about.")
@click.option("--reason", required=True, help="Why; it is learnt from.")
def classify(
    _: "Application", class_: str | None, services: tuple[str, ...], reason: str, **said: str | None
) -> Mapping[str, object]:
    """Decide about issue N otherwise than triage; what is promised follows."""
    named = {} if class_ is None else {"class": None if class_ == "none" else class_}
    about = {"services": services} if services else {}
    return {**_given(**said), **named, **about, "reason": reason}


@_act
@click.option("--started", metavar="WHEN")
@click.option("--detected", metavar="WHEN")
@click.option("--acknowledged", metavar="WHEN")
@click.option("--mitigated", metavar="WHEN")
@click.option("--resolved", metavar="WHEN")
@click.option("--reason", required=True, help="How that is known.")
def milestones(
    application: "Application", reason: str, **moments: str | None
) -> Mapping[str, object]:
    """Set right when issue N came to what, like 2026-01-31T09:00."""
    now = application.clock.now()
    known = {name: options.moment(f"--{name}", at, now) for name, at in moments.items()}
    return {**{name: at.isoformat() for name, at in known.items() if at}, "reason": reason}


def _given(**values: object) -> dict[str, object]:
    """Return what was given."""
    return {name: value for name, value in values.items() if value is not None}
