"""What shows an issue's trouble is asked once more, when somebody wants to see it.

1. It is a remedy's probe and check, or the request in the latest event of an application's error.
   Nothing is asked that the settings do not name: a request only where a [[service]] has its `url`,
   and only as a GET, without the headers, the cookies and the body that came with it.
2. A worker asks, for an issue one at a time. What it came to stands in the timeline; where the
   trouble showed, the stage is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

from fettle.engine.execution import Function
from fettle.engine.run import Run
from fettle.errors import FettleError, NotFound, Refused
from fettle.flow import solution
from fettle.flow.error_news import SOURCE
from fettle.flow.showing import Showing, Shown
from fettle.flow.solving import Solver
from fettle.intake.errors import scrub
from fettle.model.error_event import Asked
from fettle.model.issue import Entry, Issue
from fettle.model.remedy import Remedy
from fettle.model.run import Json
from fettle.model.web_address import path_of, without_user
from fettle.settings.reach import label_of
from fettle.store import errors_shown, issues
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from fettle.triage.stages import REPRODUCED

RUN = "reproduce"
ASKED = "reproduce"
_READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Way:
    """One way to show trouble again: a remedy's, or the request of an error; and what it asks."""

    says: str
    remedy: str | None = None
    error: int | None = None


async def ways(
    connection: Connection, solver: Solver, remedies: Sequence[str], errors: Sequence[int]
) -> list[Way]:
    """Return how the trouble of these remedies and of these errors can be shown again."""
    found = [
        Way(_says(remedy), remedy=remedy.name)
        for remedy in map(solver.cures.named, remedies)
        if remedy is not None and _tells(remedy)
    ]
    for error in errors:
        try:
            url = await _request_of(connection, solver, error)
        except (Refused, NotFound):
            continue
        found.append(Way(f"GET {path_of(url)}", error=error))
    return found


async def by_remedy(
    connection: Connection, solver: Solver, issue: Issue, name: str, actor: str
) -> None:
    """Let a remedy's probe and check be asked. Raises NotFound, Refused."""
    remedy = solver.cures.remedy(name)
    if not _tells(remedy):
        raise Refused(
            f"{remedy.name} names nothing that shows trouble",
            remedy="give the [[remedy]] a probe, or a check",
        )
    label = label_of(remedy.database, solver.settings) if remedy.database else None
    await _start(connection, solver, issue, _says(remedy), actor, {"remedy": remedy.name}, label)


async def by_request(
    connection: Connection, solver: Solver, issue: Issue, error: int, actor: str
) -> None:
    """Let the request of the issue's error be sent once more. Raises NotFound, Refused."""
    if await errors_shown.issue_of(connection, SOURCE, str(error)) != issue.number:
        raise NotFound(f"issue {issue.number} tells of no error {error}")
    url = await _request_of(connection, solver, error)
    await _start(connection, solver, issue, f"GET {path_of(url)}", actor, {"url": url}, None)


async def _start(
    connection: Connection,
    solver: Solver,
    issue: Issue,
    says: str,
    actor: str,
    given: Mapping[str, str],
    label: str | None,
) -> None:
    if issue.status.is_end:
        raise Refused(f"the issue is {issue.status}: nothing is asked for it any more")
    await issues.write_down(connection, issue, Entry(ASKED, actor, solver.desk.clock.now(), says))
    wish: Json = {**given, "issue": issue.number, "actor": actor}
    await solver.engine.start(
        connection, RUN, wish, kind=RUN, target=f"reproducing {issue.number}", label=label
    )


def _tells(remedy: Remedy) -> bool:
    return remedy.probe is not None or remedy.check is not None


def _says(remedy: Remedy) -> str:
    asked = " and ".join(
        name
        for name, there in (("probe", remedy.probe), ("check", remedy.check))
        if there is not None
    )
    return f"the {asked} of {remedy.name}"


async def _request_of(connection: Connection, solver: Solver, error: int) -> str:
    """Return the address of an error's latest request. Raises NotFound, Refused."""
    shown = await errors_shown.find(connection, error)
    if shown is None:
        raise NotFound(f"there is no error {error}")
    latest = await solution.latest(connection, shown)
    return _address(latest.asked if latest is not None else None, solver)


def _address(asked: Asked | None, solver: Solver) -> str:
    """Return where a request went, if it may be sent again; raises Refused."""
    if asked is None or not asked.url:
        raise Refused("its latest event names no request")
    if (asked.method or "GET").upper() not in _READS:
        raise Refused(f"it was a {asked.method}: what may change something is not sent again")
    url = f"{asked.url}?{asked.query}" if asked.query and "?" not in asked.url else asked.url
    if scrub.is_scrubbed(url):
        raise Refused("its address held a secret, which was not kept")
    place = _place(url)
    here = {_place(without_user(one.url)) for one in solver.settings.service if one.url}
    if place is None or place not in here:
        raise Refused(
            "its address is of no [[service]]",
            remedy="give the [[service]] that it is of its url: nothing else is called",
        )
    return url


def _place(url: str) -> tuple[str, str, int] | None:
    """Return the scheme, the host and the port of an address; None where it names somebody."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if parts.hostname is None or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port


@dataclass(frozen=True)
class Reproducing:
    """The run that asks, to be registered in the engine."""

    pool: Pool
    solver: Solver
    showing: Showing

    @property
    def runs(self) -> Mapping[str, Function]:
        """The function, by the name of its run."""
        return {RUN: self._reproduce}

    async def _reproduce(self, run: Run, given: Json) -> Json:
        wish = cast("Mapping[str, Json]", given)
        shown = await run.step("ask", self._ask, wish)
        await run.step("write down", self._write, run.id, wish, shown, retries=5)
        return shown

    async def _ask(self, wish: Mapping[str, Json]) -> Mapping[str, Json]:
        try:
            shown = await self._shown(wish)
        except FettleError as error:
            shown = Shown(None, f"it could not be asked: {error.reason}")
        return {"there": shown.there, "says": shown.says}

    async def _shown(self, wish: Mapping[str, Json]) -> Shown:
        if "url" in wish:
            return await self.showing.by_request(cast("str", wish["url"]))
        remedy = self.solver.cures.remedy(cast("str", wish["remedy"]))
        shown = await self.showing.by_remedy(remedy)
        return Shown(shown.there, f"{remedy.name}: {shown.says}")

    async def _write(self, run: UUID, wish: Mapping[str, Json], shown: Mapping[str, Json]) -> None:
        number = cast("int", wish["issue"])
        there = cast("bool | None", shown["there"])
        detail = {"run": str(run), "shows": "unknown" if there is None else str(there).lower()}
        text = f"{shown['says']}; {_MEANS[there]}"
        entry = Entry(
            REPRODUCED, cast("str", wish["actor"]), self.solver.desk.clock.now(), text, detail
        )
        async with self.pool.connection() as connection, connection.transaction():
            await issues.to_change(connection, number)
            known = await issues.entries_of(connection, number, [REPRODUCED])
            if not any(one.detail["run"] == detail["run"] for one in known):
                await issues.write_entries(connection, [(number, entry)])


_MEANS: Mapping[bool | None, str] = {
    True: "the trouble is there",
    False: "that shows no trouble",
    None: "whether the trouble is there is not known",
}
