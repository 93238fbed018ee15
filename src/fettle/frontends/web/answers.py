"""What a page is answered with: a template, or another address."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import HTMLResponse, RedirectResponse, Response

from fettle.errors import FettleError, TooMuch
from fettle.frontends.api import problems
from fettle.frontends.web.templates import Around, render

_FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class RefusedPage:
    """What refused.html is given."""

    reason: str
    remedy: str | None


def page(
    template: str,
    context: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    shell: Around | None = None,
) -> HTMLResponse:
    """Return a page that nobody keeps; `shell` is what is around it, for who is logged in."""
    return HTMLResponse(render(template, context, shell), status, {**_FRESH, **(headers or {})})


def refused(error: FettleError) -> HTMLResponse:
    """Return a page that says why something was not done."""
    context = RefusedPage(error.reason, error.remedy)
    return page("refused.html", context, status_of(error), later(error))


def to(path: str) -> Response:
    """Send the browser to another page, after what it sent was done."""
    return RedirectResponse(path, 303, _FRESH)


def status_of(error: FettleError) -> int:
    """Return the status of a page that says an error: a browser has no way to answer a 401."""
    status = problems.status_of(error)
    return 403 if status == 401 else status


def later(error: FettleError | None) -> dict[str, str]:
    """Return the header that says when to try again, where an error does."""
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMuch) else {}
