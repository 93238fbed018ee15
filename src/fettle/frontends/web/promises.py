"""Action items on pages: done, dropped, changed and opened again where they are shown."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from fettle.errors import NotFound
from fettle.flow import persons
from fettle.frontends.web.shell import Deed, Look, Pages, Show

_UNDER = "/actions/"
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
    path = f"/api/v1/action-items/{item}"
    answer = await deed.call(path, _BODIES[act](deed.form), method="PATCH")
    if not answer.ok:
        return await deed.refused(show, answer.reason, answer.remedy)
    page = deed.request.url.path.partition(_UNDER)[0]
    return deed.back(f"{page}#actions")


def written(form: Form) -> dict[str, Any]:
    """Return what was typed of an action item; what was left empty nobody has said."""
    return {
        "title": form.get("title", ""),
        "owner": form.get("owner", "").strip() or None,
        "due": form.get("due") or None,
    }


_BODIES: Mapping[str, Callable[[Form], dict[str, Any]]] = {
    "done": lambda _: {"state": "done"},
    "drop": lambda form: {"state": "dropped", "reason": form.get("reason", "")},
    "change": written,
    "open": lambda _: {"state": "open"},
}
