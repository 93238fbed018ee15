"""Writing a known error: anew, from an error or an issue, or over what it says.

Before it is kept, the page shows what it would match. Whoever comes second sees what somebody else
wrote meanwhile beside what they typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from fettle.errors import Refused
from fettle.flow import drafting
from fettle.frontends.api import known_errors as api
from fettle.frontends.api.inside import Answer
from fettle.frontends.report.known_error_document import TrialDocument
from fettle.frontends.web import known_fields, numbers
from fettle.frontends.web.known_fields import Group, Typed
from fettle.frontends.web.shell import Deed, Look, Pages, Show
from fettle.model.role import Role

_PATH = "/known-errors"
_SHOWN = 20


@dataclass(frozen=True)
class KnownFormPage:
    """What known_error_form.html is given.

    `id` and `version` are of the one that is changed, None of a new one; `trial` is what the fields
    would match, and `seal` what they held then; `broad` whether it was said to be kept even so.
    """

    id: str | None
    version: int | None
    groups: Sequence[Group]
    trial: TrialDocument | None
    seal: str
    broad: bool
    outdated: bool

    @property
    def path(self) -> str:
        """Where the form is sent."""
        return f"{_PATH}/new" if self.id is None else f"{_PATH}/{self.id}/edit"

    @property
    def back(self) -> str:
        """Where to go without keeping anything."""
        return _PATH if self.id is None else f"{_PATH}/{self.id}"

    @property
    def matched(self) -> Sequence[Any]:
        """The first of those that it would match."""
        return self.trial["matched"][:_SHOWN] if self.trial else ()

    @property
    def unsure(self) -> Sequence[Any]:
        """The first of those that would not be known for sure any more."""
        return self.trial["unsure"][:_SHOWN] if self.trial else ()


@dataclass(frozen=True)
class _Writing:
    """What is being written, and what came of sending it so far."""

    typed: Typed
    id: str | None = None
    version: int | None = None
    faults: Typed = field(default_factory=dict)
    theirs: Typed = field(default_factory=dict)
    trial: TrialDocument | None = None
    outdated: bool = False

    @property
    def show(self) -> Show:
        """Return what shows the page."""

        async def show(look: Look) -> Response:
            new = self.id is None
            page = KnownFormPage(
                self.id,
                self.version,
                known_fields.groups(self.typed, self.faults, self.theirs, new=new),
                self.trial,
                known_fields.seal(self.typed),
                self.typed.get("broad") == "yes",
                self.outdated,
            )
            title = "Write a known error" if new else f"Change {self.id}"
            return look.page("known_error_form.html", page, title)

        return show


def install(pages: Pages) -> None:
    """Add the pages, and what their forms do."""
    pages.add(f"{_PATH}/new", new, Role.RESPONDER)
    pages.act(f"{_PATH}/new", write)
    pages.add(f"{_PATH}/{{id}}/edit", edit, Role.RESPONDER)
    pages.act(f"{_PATH}/{{id}}/edit", change)


async def new(look: Look) -> Response:
    """Show an empty form, or what an error or an issue tells already."""
    typed: Mapping[str, str] = {}
    if (error := look.number("error")) is not None:
        typed = known_fields.of_draft(await drafting.of_error(look.connection, error))
    elif (issue := look.number("issue")) is not None:
        typed = known_fields.of_draft(await drafting.of_issue(look.connection, issue))
    return await _Writing(typed).show(look)


async def edit(look: Look) -> Response:
    """Show what is known, to be changed."""
    id_ = look.request.path_params["id"]
    known = await api.whole(look.connection, look.serving.solver, id_)
    if known["version"] is None:
        raise Refused("it stands in a file", remedy="change that, or write one of another id")
    typed = known_fields.of_document(known["document"])
    return await _Writing(typed, known["class"], known["version"]).show(look)


async def write(deed: Deed) -> Response:
    """Keep a new one, once it was seen what it would match."""
    writing = _Writing(deed.form)
    body = {**known_fields.body(deed.form), **_named(deed)}
    if not _is_seen(deed):
        return await _tried(deed, writing, body)
    answer = await deed.call(f"/api/v1{_PATH}", {**body, "broad": _is_broad(deed)})
    if not answer.ok:
        return await _refused(deed, writing, answer, body)
    return deed.back(f"{_PATH}/{answer.document['class']}")


async def change(deed: Deed) -> Response:
    """Keep another version, once it was seen what it would match."""
    id_, version = deed.request.path_params["id"], numbers.read(deed.form.get("version", ""))
    writing = _Writing(deed.form, id_, version)
    body = known_fields.body(deed.form)
    if not _is_seen(deed):
        return await _tried(deed, writing, {**body, "id": id_})
    given = {**body, "version": version, "broad": _is_broad(deed)}
    answer = await deed.call(_call(id_), given, method="PUT")
    if answer.status == 412:
        return await _outdated(deed, writing, answer)
    if not answer.ok:
        return await _refused(deed, writing, answer, {**body, "id": id_})
    return deed.back(f"{_PATH}/{quote(id_, safe='')}")


def _call(id_: str) -> str:
    return f"/api/v1{_PATH}/{quote(id_, safe='')}"


def _named(deed: Deed) -> dict[str, str]:
    given = deed.form.get("id", "").strip()
    return {"id": given} if given else {}


def _is_broad(deed: Deed) -> bool:
    return deed.form.get("broad") == "yes"


def _is_seen(deed: Deed) -> bool:
    """Whether what was typed is to be kept, and is what was tried."""
    return deed.form.get("do") == "keep" and deed.form.get("seal") == known_fields.seal(deed.form)


async def _tried(deed: Deed, writing: _Writing, body: Mapping[str, Any]) -> Response:
    answer = await deed.call(f"/api/v1{_PATH}/trial", body)
    if not answer.ok:
        return await _refused(deed, writing, answer)
    return await deed.shown(replace(writing, trial=answer.document).show)


async def _refused(
    deed: Deed, writing: _Writing, answer: Answer, tried: Mapping[str, Any] | None = None
) -> Response:
    """Show the form again with what is wrong at the fields in which it stands, else as tried."""
    if faults := known_fields.faults(answer.document, deed.form):
        marked = replace(writing, faults=faults)
        return await deed.refused(marked.show, "look at what is marked below", answer.remedy)
    if tried is not None:
        again = await deed.call(f"/api/v1{_PATH}/trial", tried)
        writing = replace(writing, trial=again.document if again.ok else None)
    return await deed.refused(writing.show, answer.reason, answer.remedy)


async def _outdated(deed: Deed, writing: _Writing, answer: Answer) -> Response:
    """Show what somebody else wrote meanwhile beside what was typed; either can be kept."""
    now = await deed.call(_call(writing.id or ""), {}, method="GET")
    theirs = known_fields.differing(deed.form, known_fields.of_document(now.document["document"]))
    newer = replace(writing, version=now.document["version"], theirs=theirs, outdated=True)
    return await deed.refused(newer.show, answer.reason, answer.remedy)
