"""What `fettle error` asks the API about remedies, and how it says what came of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fettle.errors import FettleError, Unreachable, WrongUsage
from fettle.frontends.cli import exits, progress
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach
    from fettle.frontends.report.similar_document import SimilarItem
    from fettle.model.ports import Clock

_PAUSE_S = 0.3
_ID = re.compile(r"\d{1,18}")
_SAID = {
    "resolved": "it helped",
    "came-back": "it did not help",
    "failed": "it failed",
    "undone": "it was taken back",
    "refused": "it was refused",
    "unsure": "it was cut off, and may have acted",
    "unknown": "whether it helped is not known",
}


@dataclass(frozen=True)
class Wanted:
    """Whose error is to be resolved: an issue's, one by its id, or one that a Sentry has."""

    issue: int | None = None
    error: int | None = None
    there: str | None = None
    sentry: str | None = None


def wanted(error: str | None, issue: int | None, sentry: str | None = None) -> Wanted:
    """Return whose error is meant; raises WrongUsage."""
    if (error is None) == (issue is None) or (sentry is not None and error is None):
        raise WrongUsage(
            "either the ID of an error, or --issue", remedy="fettle error list shows the errors"
        )
    if error is None:
        return Wanted(issue)
    id_ = id_of(error) if sentry is None else None
    return Wanted(error=id_) if id_ is not None else Wanted(there=error, sentry=sentry)


def id_of(text: str) -> int | None:
    """Return the id of an error that a text is; None for the text of one."""
    return int(text) if _ID.fullmatch(text.strip()) else None


async def _issue(api: "Api", asked: Wanted) -> int:
    """Return the issue of an error, opened where it has none that goes on; raises NotFound."""
    if asked.issue is not None:
        return asked.issue
    error = asked.error
    if asked.there is not None:
        there = {"issue": asked.there, "sentry": asked.sentry}
        taken = await api.post("/api/v1/errors/sentries", there)
        error = taken["id"]
    found = await api.post(f"/api/v1/errors/{error}/issue")
    return int(found["issue"])


async def resolve(
    application: "Application",
    reach: "Reach",
    asked: Wanted,
    *,
    apply: bool,
    remedy: str | None,
    wait: bool,
    form: str,
) -> int:
    """Let an error be resolved, follow what begins, and print the whole resolution."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        issue = await _issue(api, asked)
        wish = {"apply": apply, "remedy": remedy}
        document = await api.post(f"/api/v1/issues/{issue}/solve", wish)
        begun = document["begun"]
        await _followed(api, application.clock, begun, wait=wait)
        if begun:
            document = {**await api.get(f"/api/v1/issues/{issue}/solution"), "begun": begun}
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(list(_resolution(document)))
    return code_of(document)


async def _followed(api: "Api", clock: "Clock", begun: Sequence[str], *, wait: bool) -> None:
    """Follow attempts until they have acted, or to their end; one that waits for a yes waits."""
    left = {"queued", "acting", "watching"} if wait else {"queued", "acting"}
    waiting = progress.Waiting()
    for attempt in begun:
        try:
            while True:
                found = await api.get(f"/api/v1/attempts/{attempt}")
                state = found["attempt"]["state"]
                if state not in left:
                    break
                await clock.sleep(_PAUSE_S)
                if state == "queued":
                    waiting.passed(_PAUSE_S)
        except FettleError as error:
            raise Unreachable(
                f"attempt {attempt} goes on, but cannot be followed: {error.reason}",
                remedy="fettle error attempts shows how it ended",
            ) from None


def code_of(document: Mapping[str, Any]) -> int:
    """Return the code of a resolution: of what this call let begin, else of what is so already."""
    begun = [one for one in document["fix_results"] if one["attempt"] in document["begun"]]
    codes = [_code(one) for one in begun if one["state"] != "waiting"]
    if codes:
        return exits.worst_act_of(codes)
    return exits.OK if document["resolved"] else exits.REFUSED


def _code(attempt: Mapping[str, Any]) -> int:
    match attempt["outcome"]:
        case "resolved" | "undone":
            return exits.OK
        case "refused":
            return exits.REFUSED
        case None | "unknown":
            return exits.UNVERIFIED
    return exits.FAILED


def _resolution(document: Mapping[str, Any]) -> Iterator[str]:
    error = document["error"]
    yield f"#{error['issue']} {error['title']} ({error['status']})"
    if document["stopped"] is not None:
        stopped = document["stopped"]
        yield f"  nothing acts: {stopped['by']} has stopped it: {stopped['reason']}"
    yield from _known(document)
    if document["remedies"]:
        yield "  remedies"
        yield from (f"    {line}" for one in document["remedies"] for line in _remedy(one))
    if document["solved_before"]:
        yield "  solved before"
        yield from (f"    {line}" for line in before(document["solved_before"]))
    if document["analysis"]:
        yield "  where to look, though nobody knows this error"
        yield from (f"    {one['says']} ({one['evidence']})" for one in document["analysis"])
    if document["suggestions"]:
        yield "  what a language model suggests to look at next; no match, and done by nobody"
        yield from (f"    {one['says']}" for one in document["suggestions"])
    if document["fix_results"]:
        yield "  what was done"
        yield from (f"    {line}" for one in document["fix_results"] for line in attempt_lines(one))


def before(solved: "Sequence[SimilarItem]") -> Iterator[str]:
    """Yield past issues that are like an error, with what helped then."""
    for one in solved:
        yield f"#{one['number']} {one['title']} ({', '.join(one['why'])})"
        yield from (f"   helped: {part['text']}" for part in one["helped"])


def _known(document: Mapping[str, Any]) -> Iterator[str]:
    if not document["answered"]:
        yield "  nothing that is known fits well enough to act on"
        return
    first = document["known_solutions"][0]
    yield f"  {first['title']} ({first['class']}, {say_share(first['confidence'])} sure)"
    yield f"  because  {', '.join(first['evidence'])}"
    yield f"  cause    {first['cause']}"
    yield f"  record   {record(first['record'])}"
    yield "  to cure"
    yield from (f"    {place}. {does}" for place, does in enumerate(first["solutions"], 1))


def _remedy(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"{one['remedy']} on {one['target']}: {one['does']}"
    yield f"  {one['may']}: {one['why']}"


def record(its: Mapping[str, Any]) -> str:
    """Return how often something helped, for people."""
    elsewhere = "" if its["prior"] is None else f"{say_share(its['prior'])} elsewhere"
    if not its["attempts"]:
        return f"not tried here yet{', ' + elsewhere if elsewhere else ''}"
    told = f"helped {its['resolved']} of {its['attempts']} times"
    between = f"{say_share(its['low'])} to {say_share(its['high'])}"
    return f"{told} ({between}){', ' + elsewhere if elsewhere else ''}"


def attempt_lines(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield a use of a remedy, for people."""
    stands = _SAID.get(one["outcome"] or "", one["state"])
    yield f"{one['attempt'][:8]}  {one['remedy']} on {one['target']} for {one['error']}: {stands}"
    if one["reason"] or one["state"] == "waiting":
        yield f"          {one['reason'] or one['why']}"
    if one["state"] == "watching":
        yield f"          whether it helps is seen at {one['look_at']}"


async def attempts(
    application: "Application", reach: "Reach", query: Mapping[str, object], form: str
) -> int:
    """Print uses of remedies, the latest first."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        document = await api.get("/api/v1/attempts", query)
    if form == "json":
        write.document(document)
        return exits.OK
    lines = [line for one in document["items"] for line in attempt_lines(one)]
    write.plain_lines(lines or ["No remedy was used yet."])
    return exits.OK


async def decide(
    application: "Application",
    reach: "Reach",
    given: str,
    verb: str,
    body: Mapping[str, object] | None,
    form: str,
) -> int:
    """Approve, decline or take back a use of a remedy."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    if not given or not all(one.isalnum() or one == "-" for one in given):
        raise WrongUsage(f"{given!r} is no id", remedy="fettle error attempts shows the latest")
    async with reached(application, reach) as api:
        document = await api.post(f"/api/v1/attempts/{given}/{verb}", body)
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(list(attempt_lines(document["attempt"])))
    return exits.OK


async def state(
    application: "Application",
    reach: "Reach",
    verb: str | None,
    body: Mapping[str, object] | None,
    form: str,
) -> int:
    """Stop all acting or start it again, or neither, and print how it stands."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        if verb is None:
            document = await api.get("/api/v1/solving")
        else:
            document = await api.post(f"/api/v1/solving/{verb}", body)
    if form == "json":
        write.document(document)
    else:
        write.plain_lines(list(_state(document)))
    return exits.OK


def _state(document: Mapping[str, Any]) -> Iterator[str]:
    stopped = document["stopped"]
    if stopped is None:
        yield "Remedies may act."
    else:
        yield f"Nothing acts: {stopped['by']} stopped it at {stopped['at']}: {stopped['reason']}"
    for one in document["budgets"]:
        yield f"  within the {one['within']}: {one['used']} of {one['most']} acts"
    for one in document["breakers"]:
        yield f"  {one['remedy']} on {one['target']} has failed too often: {one['half_open_at']}"
    for name in ("in_flight", "waiting"):
        for one in document[name]:
            yield from (f"  {line}" for line in attempt_lines(one))


async def known(application: "Application", reach: "Reach", given: str | None, form: str) -> int:
    """Print what helped how often, against one known error or all."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    path = "/api/v1/known-errors" + (f"/{known_id(given)}" if given else "")
    async with reached(application, reach) as api:
        document = await api.get(path)
    if form == "json":
        write.document(document)
    elif given is None:
        width = max((len(one["class"]) for one in document["items"]), default=0)
        lines = [f"{one['class']:{width}}  {record(one['record'])}" for one in document["items"]]
        write.plain_lines(lines)
    else:
        write.plain_lines(list(record_lines(document)))
    return exits.OK


def known_id(given: str) -> str:
    """Return the id of a known error, as addresses have it; raises WrongUsage."""
    id_ = given.replace("-", "_")
    if not (id_.isascii() and id_.isidentifier()):
        raise WrongUsage(f"{given!r} is no id", remedy="fettle error known lists them")
    return id_


def record_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield how often what helped against a known error, for people."""
    yield f"{document['class']}: {record(document['record'])}"
    for one in document["remedies"]:
        yield f"    {one['remedy']} on {one['target']}: {record(one['record'])}"
