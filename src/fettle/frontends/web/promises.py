"""Action items on pages: done, dropped, changed and opened again where they are shown."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.flow import persons
from fettle.frontends.web import forms
from fettle.frontends.web.shell import Deed, Look, Pages, Show

_UNDER = "/actions/"
_FIELDS = ("title", "owner", "due")
Form = Mapping[str, str]


def install(pages: Pages, base: str, show: Show) -> None:
    """Add what the forms of action items do on a page, which is shown again."""
    pages.act(f"{base}{_UNDER}{{id:number}}/{{act}}", partial(_change, show))


async def people(look: Look) -> list[str]:
    """Return who can be named as the owner of one."""
    return await persons.known(look.connection, look.serving.desk)


def opened(look: Look) -> str:
    """Return which form was refused, by its name: `submit`, of an action item `7/drop`."""
    if look.refused is None:
        return ""
    params = look.request.path_params
    if "act" in params:
        return f"{params['id']}/{params['act']}"
    return look.request.url.path.rpartition("/")[2]


async def _change(show: Show, deed: Deed) -> Response:
    item, act = deed.request.path_params["id"], deed.request.path_params["act"]
    if act not in _BODIES:
        raise NotFound(f"nothing is called {act} here", remedy="go back to the page")
    path, body = f"/api/v1/action-items/{item}", _BODIES[act](deed.form)
    if body:
        answer = await deed.call(path, body, method="PATCH")
        if not answer.ok:
            return await deed.refused(show, answer.reason, answer.remedy)
    page = deed.request.url.path.partition(_UNDER)[0]
    return deed.back(f"{page}#actions")


def written(form: Form) -> dict[str, Any]:
    """Return what was typed of an action item; what was left empty nobody has said."""
    return {name: _said(form, name) for name in _FIELDS}


def _changed(form: Form) -> dict[str, Any]:
    """Return what was changed of an action item, and what stood there before."""
    names = [name for name in _FIELDS if name in form and forms.changed(form, name)]
    seen = {name: _said(form, f"{name}_were") for name in names if f"{name}_were" in form}
    return {**{name: _said(form, name) for name in names}, "seen": seen} if names else {}


def _said(form: Form, name: str) -> str | None:
    said = form.get(name, "").strip()
    return said if name == "title" else said or None


_BODIES: Mapping[str, Callable[[Form], dict[str, Any]]] = {
    "done": lambda _: {"state": "done"},
    "drop": lambda form: {"state": "dropped", "reason": form.get("reason", "")},
    "change": _changed,
    "open": lambda _: {"state": "open"},
}
