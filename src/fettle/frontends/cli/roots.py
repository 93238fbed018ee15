"""Web roots that are made faster: how they are asked for, kept, and what is printed of them."""

import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fettle.errors import CannotLook, FettleError, NotSupported, Refused
from fettle.frontends.cli import exits, progress
from fettle.frontends.cli.pages import Request
from fettle.model.quantity import say_share

if TYPE_CHECKING:
    from fettle.flow.optimising import Asked, Means
    from fettle.frontends.application import Application
    from fettle.frontends.report.optimised_document import OptimisationRecord
    from fettle.model.experiment import OptimisationRun
    from fettle.optimisation.document import (
        EarnedDocument,
        EstimateDocument,
        OptimisationDocument,
        RecommendationDocument,
    )
    from fettle.settings import Settings
    from fettle.store.statements import Connection
    from fettle.store.store import Store

_NAMES = {"fcp": "first paint", "lcp": "largest paint", "cls": "shifts", "bytes": "bytes"}
_STAYED = {"kept": "kept", "taken_back": "taken back", "nothing": "nothing to do"}


def asked(root: Path, request: Request, *, although_good: bool) -> "Asked":
    """Return what was asked on the command line, without what lets in."""
    from fettle.flow.optimising import Asked
    from fettle.targets.browser.secrets import LogIn

    pages = list(request.pages.values())
    return Asked(
        Path(root).absolute(),
        tuple(LogIn.of(page).url for page in pages),
        pages[0].profile,
        request.runs,
        pages[0].within,
        although_good,
    )


async def apply(application: "Application", request: Request, wish: "Asked", form: str) -> int:
    """Make a root faster, keep what became of it, and print that."""
    from fettle.flow.optimising import failed, optimise

    means = _means(application, request)
    async with application.store(request.settings) as store:
        records = _Records(application, store)
        begun: OptimisationRun | None = None

        async def keep(run: "OptimisationRun") -> None:
            nonlocal begun
            begun = run
            await records.keep(run)

        try:
            run = await optimise(wish, means, keep, records.cut_off)
        except FettleError as error:
            error = Refused(error.reason, remedy=error.remedy) if _unseen(error) else error
            if begun is None:
                raise error from None
            run = replace(failed(begun, error), ended_at=application.clock.now())
            await records.keep(run)
            print_run(_document(run), form)
            raise error from None
        await records.keep(run)
    print_run(_document(run), form)
    return code_of(_document(run))


async def undo(application: "Application", settings: "Settings", begins: str, form: str) -> int:
    """Put back what a root was before a run, and print how the run stands."""
    from fettle.flow.optimising import put_back
    from fettle.store import optimisations
    from fettle.targets.webroot.roots import LocalRoots

    async with application.store(settings) as store:
        kept = await optimisations.found(store.connection, begins)
        # one that runs may have been killed: then the root knows how far it came
        if not kept.changed and kept.status != "running":
            raise Refused(f"run {kept.id} is {kept.status}: there is nothing of it to take back")
        if kept.machine not in ("", platform.node()):
            raise Refused(
                f"{kept.root} is on {kept.machine}, and this is {platform.node()}",
                remedy=f"fettle optimise undo {kept.id} there, or here with --server",
            )
        records = _Records(application, store)
        before = kept.document["before_sha256"]
        await put_back(Path(kept.root), kept.id, LocalRoots(), records.cut_off, before)
        await optimisations.end(
            store.connection,
            kept.id,
            "undone",
            "somebody took it back",
            application.clock.now(),
            among=("running", "done"),
        )
        undone = await _record(store.connection, kept.id)
    print_run(undone, form)
    return exits.OK


async def history(application: "Application", settings: "Settings", limit: int, form: str) -> int:
    """Print the latest runs."""
    from fettle.frontends.report.optimised_document import of_past
    from fettle.store import optimisations

    async with application.store(settings) as store:
        found = await optimisations.past(store.connection, optimisations.Wanted(), limit)
    print_runs(of_past(found, limit), form)
    return exits.OK


def print_runs(runs: Mapping[str, Any], form: str) -> None:
    """Print a list of runs: as a document, or for people."""
    from fettle.frontends.report import write

    if form == "json":
        write.document(runs)
        return
    for one in runs["items"]:
        begun = one["started_at"][:16].replace("T", " ")
        write.plainly(f"{one['run']}  {begun}  {one['status']:8} {one['root']}")
        for line in improved(one["improvement"]):
            write.plainly(f"    {line}")
    if not runs["items"]:
        progress.say("No web root was made faster yet.")


async def show(application: "Application", settings: "Settings", begins: str, form: str) -> int:
    """Print all of one run."""
    async with application.store(settings) as store:
        record = await _record(store.connection, begins)
    print_run(record, form)
    return exits.OK


async def _record(connection: "Connection", begins: str) -> "OptimisationRecord":
    from fettle.frontends.report.optimised_document import of_kept
    from fettle.store import optimisations

    kept = await optimisations.found(connection, begins)
    return of_kept(kept, await optimisations.seen(connection, kept.id))


async def patches(
    application: "Application", settings: "Settings", begins: str, folder: Path | None
) -> int:
    """Print what a run left to people, or write it into a folder, each a file of its own."""
    from fettle.frontends.report import write

    async with application.store(settings) as store:
        document = await _record(store.connection, begins)
    left = [one for one in document["recommendations"] if one["patch"] is not None]
    if folder is None:
        for one in left:
            write.plain_lines([f"# {one['step']}, {one['kind']}: {one['title']}", ""])
            write.plain_lines([*(one["patch"] or "").splitlines(), ""])
    else:
        write.plain_lines(_written(left, folder))
        progress.say(f"In {document['root']}: git apply FILE.patch; one at a time, and look.")
    if not left:
        progress.say(f"Run {document['run']} left nothing to people.")
    return exits.OK


def _written(left: "list[RecommendationDocument]", folder: Path) -> list[str]:
    """Write each into a file of its own; return a line for each."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, one in enumerate(left, 1):
        file = folder / _file_name(number, one)
        file.write_bytes((one["patch"] or "").encode("utf-8", "surrogateescape"))
        lines.append(f"{file}  {one['title']}")
    return lines


def _file_name(number: int, one: "RecommendationDocument") -> str:
    """Return the name of a file for a recommendation; one for a server keeps its own."""
    plain = re.sub(r"[^\w.-]", "-", one["path"] or "")
    if one["kind"] == "file":
        return plain
    ending = "patch" if one["kind"] == "diff" else "sh"
    return f"{number:02}-{one['step']}-{plain[-80:]}.{ending}"


def code_of(document: Mapping[str, Any]) -> int:
    """Return the exit code of an act."""
    if document["status"] == "done":
        return exits.OK if document["verified"] else exits.UNVERIFIED
    return exits.REFUSED if document["status"] == "refused" else exits.FAILED


class _Records:
    """Keeps runs in the store."""

    def __init__(self, application: "Application", store: "Store") -> None:
        self._application, self._store = application, store

    async def keep(self, run: "OptimisationRun") -> None:
        """Keep a run as it stands, and what was seen of its pages once it has ended."""
        from fettle.frontends.report.optimised_document import of_load
        from fettle.store import optimisations

        connection = self._store.connection
        async with connection.transaction():
            await optimisations.keep(
                connection,
                _document(run),
                self._application.actor,
                platform.node(),
                run.started_at,
                run.ended_at,
            )
            loads = [(one, of_load(one)) for one in run.loads]
            await optimisations.keep_seen(connection, run.id, loads, run.shots)

    async def cut_off(self, run: str, how: str) -> bool:
        """Say of a run that was cut off what became of it; whether nobody had."""
        from fettle.store import optimisations

        status = "done" if how == "kept" else "undone" if how == "taken back" else "failed"
        now = self._application.clock.now()
        return await optimisations.end(
            self._store.connection, run, status, f"it was cut off, and {how}", now
        )


def _means(application: "Application", request: Request) -> "Means":
    from fettle.flow.optimising import Means
    from fettle.targets.browser.secrets import LogIns
    from fettle.targets.webroot.live import LiveSite
    from fettle.targets.webroot.roots import LocalRoots
    from fettle.unit import optimisations

    _refuse_without_extra()
    browser = application.browser(request.settings, request.browser)
    asked_for = list(request.pages.values())
    eye = application.eye(request.settings, request.browser, asked_for)
    return Means(
        LocalRoots(),
        browser,
        eye,
        LiveSite(log_ins=LogIns(asked_for)),
        application.clock,
        optimisations(),
        progress.say,
        browser,
    )


def _refuse_without_extra() -> None:
    """Raise NotSupported where what makes things smaller is not installed."""
    from importlib.util import find_spec

    needed = ("PIL", "numpy", "oxipng", "mozjpeg_lossless_optimization", "rcssmin", "rjsmin")
    if missing := [name for name in (*needed, "fontTools") if find_spec(name) is None]:
        raise NotSupported(
            f"{missing[0]} is not installed, with which files are made smaller",
            remedy="pip install 'fettle-ops[web]'",
        )


def _unseen(error: FettleError) -> bool:
    """Whether it says that it could not be looked: nothing was begun then."""
    return isinstance(error, CannotLook)


def _document(run: "OptimisationRun") -> "OptimisationDocument":
    from fettle.optimisation.document import of_run

    return of_run(run)


def print_run(document: Mapping[str, Any], form: str) -> None:
    """Print a run: as a document, or for people."""
    from fettle.frontends.report import write

    if form == "json":
        write.document(document)
    else:
        write.plain_lines(list(_lines(document)))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what people read of a run."""
    state = f"{document['status']}, {'changed' if document['changed'] else 'not changed'}"
    yield f"{document['root']}: {state} (run {document['run']})"
    if document["reason"]:
        yield f"  {document['reason']}"
    yield from (f"  {line}" for line in improved(document["improvement"]))
    yield from _reckoned(document["estimates"])
    if document["optimisations"]:
        yield ""
        yield "Steps"
    for step in document["optimisations"]:
        stayed = _STAYED.get(step["outcome"], step["outcome"])
        why = f": {step['reason']}" if step["reason"] else ""
        yield f"  {step['id']:18} {stayed}{why}"
        yield from (f"  {'':18}   {line}" for line in improved(step["earned"]))
    if document["recommendations"]:
        yield ""
        yield f"Left to people (fettle optimise patches {document['run']})"
    for one in document["recommendations"]:
        of = one["path"] or one["page"]
        earns = f", {one['estimated_improvement']}" if one["estimated_improvement"] else ""
        yield f"  {of + ': ' if of else ''}{one['title']}{earns}"
    if document["changed"]:
        yield ""
        yield f"fettle optimise undo {document['run']} puts the old root back."


def _reckoned(estimates: "list[EstimateDocument]") -> Iterator[str]:
    """Yield what was reckoned of what is cured now, beside what came."""
    from fettle.optimisation.document import said_beside

    if cured := [one for one in estimates if one["cured"]]:
        yield ""
        yield "Reckoned, and what came of all of it"
    for one in cured:
        yield f"  {one['title']}: {said_beside(one)}"


def improved(earned: "list[EarnedDocument]") -> Iterator[str]:
    """Yield the figures that have changed."""
    for one in earned:
        if one["before"] != one["after"] and abs(one["share"]) >= 0.005:
            before, after = (_said(one["metric"], one[when]) for when in ("before", "after"))
            sign = "-" if one["share"] > 0 else "+"
            name = _NAMES.get(one["metric"], one["metric"])
            yield (
                f"{one['page']} on {one['profile']}: {name} {before} → {after} "
                f"({sign}{say_share(abs(one['share']))})"
            )


def _said(metric: str, value: float) -> str:
    from fettle.model.quantity import Bytes

    if metric == "bytes":
        return str(Bytes(value))
    return f"{value:.3f}" if metric == "cls" else f"{value:,.0f} ms"
