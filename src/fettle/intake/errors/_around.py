"""What was around an error: the request, what the application did before, whose work it broke.

Source: https://develop.sentry.dev/sdk/data-model/event-payloads/ (request, breadcrumbs, user, …)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fettle.intake.errors._fields import LINE, LONG, NAME, TEXT, Members, Notes, cut, last, printed
from fettle.intake.moments import moment
from fettle.model.error_event import Asked, Crumb

_MOST_TAGS, _MOST_HEADERS, _MOST_CRUMBS = 100, 100, 100
_MOST_CONTEXTS, _MOST_IN_CONTEXT, _MOST_MODULES = 30, 50, 300
# What a crumb of a request, a query or a console says, in the order that reads best.
_FIRST_SAID = ("method", "url", "status_code", "reason", "from", "to")
_KNOWN_BY = ("id", "username", "email", "ip_address")


def tags(value: object, notes: Notes) -> dict[str, str]:
    """Return tags, which are an object, or a list of pairs."""
    return notes.texts(value, "tags", _MOST_TAGS)


def user(event: Members, notes: Notes) -> str | None:
    """Return what names the person best; `{{auto}}` stands for an address that was not sent."""
    of = notes.part(event, "user", "")
    for name in _KNOWN_BY:
        known = notes.text(of, name, "user.")
        if known and known != "{{auto}}":
            return known
    return None


def asked(event: Members, notes: Notes) -> Asked | None:
    """Return the request; its cookies are not kept."""
    of = notes.part(event, "request", "")
    if not of:
        return None
    headers = of.get("headers")
    return Asked(
        method=notes.text(of, "method", "request."),
        url=notes.text(of, "url", "request.", TEXT),
        query=_query(of.get("query_string"), notes),
        headers=_headers(headers, notes) if headers else {},
        body=_body(of.get("data")),
    )


def _query(value: object, notes: Notes) -> str | None:
    if value is None or isinstance(value, str):
        return cut(value, TEXT) if value else None
    said = (
        f"{name}={printed(one, LINE)}" for name, one in notes.pairs(value, "request.query_string")
    )
    return cut("&".join(said), TEXT) or None


def _headers(value: object, notes: Notes) -> dict[str, str]:
    """Return headers; one that was sent more than once is a list of its values."""
    found: dict[str, str] = {}
    for name, one in notes.pairs(value, "request.headers"):
        if len(found) >= _MOST_HEADERS:
            notes.add("request.headers", f"has more than {_MOST_HEADERS} members")
            break
        if one is None:
            continue
        if isinstance(one, list):
            one = ", ".join(printed(each, LINE) for each in one[:10])  # noqa: PLW2901
        found[cut(name, NAME)] = printed(one, LINE)
    return found


def _body(value: object) -> str | None:
    if value is None or value in ("", {}, []):
        return None
    return printed(value, LONG)


def contexts(event: Members, notes: Notes) -> dict[str, Mapping[str, str]]:
    """Return contexts, and as others of them what was given extra, the environment, modules."""
    found: dict[str, Mapping[str, str]] = {}
    for name, one in notes.part(event, "contexts", "").items():
        if len(found) >= _MOST_CONTEXTS:
            notes.add("contexts", f"has more than {_MOST_CONTEXTS} members")
            break
        if one is None:
            continue
        inside = one if isinstance(one, dict) else {"value": one}
        if texts := notes.texts(inside, f"contexts.{name[:40]}", _MOST_IN_CONTEXT):
            found[cut(name, NAME)] = texts
    request = event.get("request")
    env = request.get("env") if isinstance(request, dict) else None
    for name, value, most in (
        ("extra", event.get("extra"), _MOST_IN_CONTEXT),
        ("env", env, _MOST_IN_CONTEXT),
        ("modules", event.get("modules"), _MOST_MODULES),
    ):
        if value and (texts := notes.texts(value, name, most)):
            found[name] = texts
    return found


def crumbs(event: Members, notes: Notes) -> tuple[Crumb, ...]:
    """Return the last breadcrumbs, in their order."""
    given = event.get("breadcrumbs")
    if not given:
        return ()
    values = last(notes.parts(given, "breadcrumbs"), _MOST_CRUMBS, "breadcrumbs.values", notes)
    return tuple(
        crumb
        for index, one in enumerate(values)
        if (crumb := _crumb(one, f"breadcrumbs.values[{index}]", notes)) is not None
    )


def _crumb(value: Any, place: str, notes: Notes) -> Crumb | None:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        notes.wrong(value, place, "an object")
        return None
    at = f"{place}."
    kind = notes.text(value, "type", at)
    message = cut(" ".join(_said(value, at, notes)), TEXT)
    if not notes.has_room(len(message), at):
        return None
    return Crumb(
        at=moment(value.get("timestamp")),
        category=notes.text(value, "category", at) or kind,
        level=notes.text(value, "level", at),
        message=message,
    )


def _said(crumb: Members, place: str, notes: Notes) -> Iterator[str]:
    """Yield what a crumb says: its message, and what belongs to it."""
    if message := notes.text(crumb, "message", place, TEXT):
        yield message
    more = crumb.get("data")
    if not isinstance(more, dict):
        notes.wrong(more, f"{place}data", "an object")
        return
    for name in _FIRST_SAID:
        if (known := more.get(name)) is not None:
            yield printed(known, LINE)
    for name, other in list(more.items())[:10]:
        if name not in _FIRST_SAID and other is not None and "." not in name:
            yield f"{cut(name, NAME)}={printed(other, NAME)}"
