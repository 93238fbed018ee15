"""What the commands about fixes ask a server, and how they follow what its workers do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fettle.errors import CannotLook, FettleError, Refused, Unreachable, WrongUsage
from fettle.frontends.cli import exits, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach
    from fettle.model.ports import Clock
    from fettle.resolution.document import PlanDocument, RunDocument

_PAUSE_S = 0.3

# What is said while a run goes on, by what stands in its journal.
_SAID = {"statement": "runs", "recovery": "brings to an end"}


@dataclass(frozen=True)
class Ended:
    """How a run ended, and whether what it did can be taken back."""

    run: "RunDocument"
    undoable: bool = False


async def plan(
    application: "Application", reach: "Reach", wish: Mapping[str, object], form: str
) -> int:
    """Let a server plan, and print the plans as they are printed at home."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        planning = await api.post("/api/v1/plans", wish)
        waiting = progress.Waiting()
        while planning["state"] in ("queued", "running"):
            await application.clock.sleep(_PAUSE_S)
            if planning["state"] == "queued":
                waiting.passed(_PAUSE_S)
            planning = await api.get(f"/api/v1/plannings/{planning['planning']}")
    if planning["state"] == "failed":
        raise CannotLook(str(planning["reason"]), remedy=planning["remedy"])
    return print_plans(planning["fix"], planning["plans"], form)


async def apply(application: "Application", reach: "Reach", given: str, form: str) -> int:
    """Let a server apply a plan that it knows, and follow it to its end."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        asked = await api.post(f"/api/v1/plans/{_word(given)}/apply")
        return print_run(await _followed(api, application.clock, asked), form)


async def apply_all(
    application: "Application", reach: "Reach", plans: Mapping[str, Any], form: str
) -> int:
    """Let a server apply each of several plans; one that fails or is refused stops no other."""
    from fettle.frontends.cli.api import reached
    from fettle.resolution.document import read_plan

    for kept in plans["plans"]:
        read_plan(kept)
    ended: list[Ended] = []
    codes = [exits.OK]
    async with reached(application, reach) as api:
        for kept in plans["plans"]:
            try:
                asked = await api.post(f"/api/v1/plans/{_word(kept['plan'])}/apply")
                ended.append(await _followed(api, application.clock, asked))
                codes.append(exits.of_run(ended[-1].run))
            except (Refused, WrongUsage) as refused:
                ended.append(Ended(refused_run(kept, refused)))
                codes.append(exits.of_error(refused))
    return print_mended(str(plans.get("issue", "")), ended, codes, form)


async def undo(application: "Application", reach: "Reach", given: str, form: str) -> int:
    """Let a server take back a run, and follow it to its end."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        asked = await api.post(f"/api/v1/fix-runs/{_word(given)}/undo")
        return print_run(await _followed(api, application.clock, asked), form)


async def list_(application: "Application", reach: "Reach", form: str) -> int:
    """Print the fixes that a server has, and its latest plans and runs."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        return print_listing(await api.get("/api/v1/fixes"), form)


async def decide(
    application: "Application",
    reach: "Reach",
    given: str,
    verb: str,
    body: Mapping[str, object] | None,
    form: str,
) -> int:
    """Approve or decline a plan."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        document = await api.post(f"/api/v1/plans/{_word(given)}/{verb}", body)
    if form == "json":
        write.document(document)
    else:
        made = document["plan"]
        write.plainly(f"{document['state']}: {made['fix']} on {made['subject']}, {made['plan']}")
    return exits.OK


# How it is followed


async def _followed(api: "Api", clock: "Clock", run: "RunDocument") -> Ended:
    """Follow a run to its end, and say what it does."""
    told, waiting = 0, progress.Waiting()
    try:
        while True:
            shown = await api.get(f"/api/v1/fix-runs/{run['run']}")
            for entry in shown["journal"][told:]:
                if entry["event"] in _SAID:
                    _say(f"{_SAID[entry['event']]}: {entry['detail'].get('statement', '')}")
            told = len(shown["journal"])
            if shown["ended"]:
                return Ended(shown["run"], shown["undoable"])
            await clock.sleep(_PAUSE_S)
            if shown["run"]["status"] == "queued":
                waiting.passed(_PAUSE_S)
    except FettleError as error:
        raise Unreachable(
            f"run {run['run']} goes on, but cannot be followed: {error.reason}",
            remedy="fettle fix list shows how it ended",
        ) from None


def _say(text: str) -> None:
    from fettle.frontends.report.visible import visible

    progress.say(visible(text))


def _word(given: str) -> str:
    """Return an id as a part of a path; raises WrongUsage."""
    if not given or not all(one.isalnum() or one in ":-" for one in given):
        raise WrongUsage(f"{given!r} is no id", remedy="fettle fix list shows the latest")
    return given


def refused_run(kept: Mapping[str, Any], error: FettleError) -> "RunDocument":
    """Return the document of a run that was not begun, from the plan as it was given."""
    from fettle.resolution.document import of_refusal

    fix, target, subject, made = (
        str(kept.get(name, "")) for name in ("fix", "target", "subject", "plan")
    )
    return of_refusal(fix, target, subject, made, error)


# How it is printed


def print_plans(fix: str, plans: "list[PlanDocument]", form: str) -> int:
    """Print plans: a document of its own where one was made of one fix."""
    from fettle import unit
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.plan import matching

    document = {"schema": "fettle.plans/1", "issue": fix, "plans": plans}
    single = len(plans) == 1 and len(matching(unit.fixes(), fix)) <= 1
    _print(plans[0] if single else document, fixes_text.plans(plans), form)
    return exits.OK if any(made["refused"] is None for made in plans) else exits.REFUSED


def print_run(ended: Ended, form: str) -> int:
    """Print how a run ended."""
    from fettle.frontends.cli import fixes_text

    _print(ended.run, fixes_text.run(ended.run, undoable=ended.undoable), form)
    return exits.of_run(ended.run)


def print_mended(issue: str, ended: Sequence[Ended], codes: Sequence[int], form: str) -> int:
    """Print what applying the plans for a trouble came to."""
    from fettle.frontends.cli import fixes_text
    from fettle.resolution.document import of_mended

    document = of_mended(issue, [one.run for one in ended])
    undoable = {one.run["run"] for one in ended if one.undoable}
    _print(document, fixes_text.mended(document, undoable), form)
    return exits.worst_act_of(codes)


def print_listing(document: Any, form: str) -> int:  # noqa: ANN401 - JSON
    """Print the fixes there are, and the latest plans and runs."""
    from fettle.frontends.cli import fixes_text

    _print(document, fixes_text.listing(document), form)
    return exits.OK


def _print(document: Mapping[str, object], lines: Iterable[str], form: str) -> None:
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        write.plain_lines(lines)
