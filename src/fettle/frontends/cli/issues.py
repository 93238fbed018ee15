"""What the commands about issues ask the API, and how they print what it answers."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fettle.frontends.cli import exits, progress

if TYPE_CHECKING:
    from fettle.frontends.application import Application
    from fettle.frontends.cli.api import Api, Reach

_PAGE = 200
_PAUSE_S = 0.3


async def list_(
    application: "Application",
    reach: "Reach",
    query: Mapping[str, object],
    limit: int,
    form: str,
) -> int:
    """Print issues, page after page up to a number."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import issue_story, layout, write

    async with reached(application, reach) as api:
        items, cursor = await paged(api, "/api/v1/issues", query, limit)
    if form == "json":
        write.document({"schema": "fettle.issues/1", "items": items, "next": cursor})
    elif items:
        more = "there are more, with a higher --limit" if cursor else ""
        grid = issue_story.issues(items, application.clock.now(), more)
        write.draw(partial(layout.plain, [grid]))
    else:
        progress.say("There are none.")
    return exits.OK


async def show(application: "Application", reach: "Reach", number: int, form: str) -> int:
    """Print an issue with all that is known about it."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import issue_story, layout, write

    async with reached(application, reach) as api:
        document = await api.get(f"/api/v1/issues/{number}")
    if form == "json":
        write.document(document)
    else:
        write.draw(partial(layout.lines, issue_story.issue(document, application.clock.now())))
    return exits.OK


async def timeline(
    application: "Application", reach: "Reach", number: int, limit: int, form: str
) -> int:
    """Print what happened to an issue: the latest entries, in order."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import issue_story, layout, write

    async with reached(application, reach) as api:
        items, cursor = await paged(api, f"/api/v1/issues/{number}/timeline", {}, limit)
    if form == "json":
        said = {"schema": "fettle.timeline/1", "issue": number, "items": items, "next": cursor}
        write.document(said)
    else:
        write.draw(partial(layout.plain, [*issue_story.timeline(reversed(items))]))
        if cursor is not None:
            progress.say("There was more before, with a higher --limit.")
    return exits.OK


async def paged(
    api: "Api", path: str, query: Mapping[str, object], limit: int
) -> tuple[list[Any], str | None]:
    """Return the items of a list, page after page up to a number, and where it goes on."""
    items: list[Any] = []
    cursor: str | None = None
    while True:
        most = min(limit - len(items), _PAGE)
        page = await api.get(path, {**query, "limit": most, "cursor": cursor})
        items += page["items"]
        cursor = page["next"]
        if cursor is None or len(items) >= limit:
            return items, cursor


async def act(
    application: "Application",
    reach: "Reach",
    number: int,
    name: str,
    body: Mapping[str, object] | None,
    form: str,
) -> int:
    """Do something with an issue, and print how it stands then."""
    from fettle.frontends.cli.api import reached

    async with reached(application, reach) as api:
        document = await api.post(f"/api/v1/issues/{number}/{name}", body)
    said(document, form)
    return exits.OK


async def similar(application: "Application", reach: "Reach", number: int, form: str) -> int:
    """Print past issues that are like one, why, and what helped then."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import layout, work_story, write

    async with reached(application, reach) as api:
        document = await api.get(f"/api/v1/issues/{number}/similar")
    if form == "json":
        write.document(document)
    elif document["items"]:
        write.draw(partial(layout.plain, list(work_story.similar(document["items"]))))
    else:
        progress.say("There are none.")
    return exits.OK


async def diagnose(
    application: "Application",
    reach: "Reach",
    number: int,
    body: Mapping[str, object],
    form: str,
    *,
    wait: bool,
) -> int:
    """Let targets be looked at for an issue; print what was found when that is waited for."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        document = await api.post(f"/api/v1/issues/{number}/diagnose", body)
        waiting = progress.Waiting()
        while wait and document["diagnosis"]["waiting"]:
            await application.clock.sleep(_PAUSE_S)
            waiting.passed(_PAUSE_S)
            document = await api.get(f"/api/v1/issues/{number}")
    if form == "json":
        write.document(document)
        return exits.OK
    for look in document["diagnosis"]["looks"]:
        if look["state"] == "waiting":
            write.plainly(f"{look['target']}: a worker is to look")
        elif wait:
            write.plainly(look["summary"] or f"{look['target']}: {look['reason']}")
    return exits.OK


async def reproduce(
    application: "Application",
    reach: "Reach",
    number: int,
    body: Mapping[str, object],
    form: str,
    *,
    wait: bool,
) -> int:
    """Let what shows an issue's trouble be asked; print the answer when that is waited for."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        before = _answers(await api.get(f"/api/v1/issues/{number}"))
        document = await api.post(f"/api/v1/issues/{number}/reproduce", body)
        waiting = progress.Waiting()
        while wait and len(_answers(document)) == len(before):
            await application.clock.sleep(_PAUSE_S)
            waiting.passed(_PAUSE_S)
            document = await api.get(f"/api/v1/issues/{number}")
    if form == "json":
        write.document(document)
    else:
        write.plainly(_answers(document)[-1]["text"] if wait else "A worker is to ask.")
    return exits.OK


def _answers(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry for entry in document["timeline"] if entry["event"] == "reproduced"]


async def words(
    application: "Application",
    reach: "Reach",
    number: int,
    about: str | None,
    form: str,
    *,
    wait: bool,
) -> int:
    """Let evidence be put into words; print them when that is waited for."""
    from fettle.frontends.cli.api import reached
    from fettle.frontends.report import write

    async with reached(application, reach) as api:
        path = f"/api/v1/issues/{number}/words"
        document = await api.post(path, {"about": about})
        asked = [one["about"] for one in document["items"] if one["asking"]]
        waiting = progress.Waiting()
        while wait and any(one["asking"] for one in document["items"]):
            await application.clock.sleep(_PAUSE_S)
            waiting.passed(_PAUSE_S)
            document = await api.get(path)
    told = [one for one in document["items"] if one["about"] in asked]
    if form == "json":
        write.document(document)
    else:
        write.plain_lines([line for one in told for line in _worded(one)])
    return exits.FAILED if any(one["reason"] for one in told) else exits.OK


def _worded(one: Mapping[str, Any]) -> Iterator[str]:
    if one["asking"]:
        yield "A language model is to be asked; what it says stands in the timeline."
    elif one["reason"]:
        yield one["reason"]
    else:
        yield from one["sentences"]
        yield "(a language model's words, from the evidence alone; nobody has checked them)"


def said(document: Any, form: str) -> None:  # noqa: ANN401 - JSON
    """Print how an issue stands, in a line."""
    from fettle.frontends.report import issue_story, write

    if form == "json":
        write.document(document)
    else:
        write.plainly(issue_story.in_a_line(document))
