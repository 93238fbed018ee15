"""The API made as it is asked for: the same parts, and the same answers, as the server's."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Scope

from fettle.frontends.api import composed, parts
from fettle.frontends.api.composed import AsAsked
from tests.frontends.api.conftest import Api

_FOLDER = Path(composed.__file__).parent


def _routes(part: str) -> list[APIRoute]:
    return [route for route in parts.router(part).routes if isinstance(route, APIRoute)]


def _asking(route: APIRoute) -> Iterator[Scope]:
    """Yield what asks for a route, by each of its methods."""
    path = re.sub(r"\{[^}]*\}", "1", route.path)
    for method in route.methods or ():
        yield {"type": "http", "method": method, "path": path, "headers": []}


def test_every_file_with_a_router_is_a_part() -> None:
    files = {
        file.stem for file in _FOLDER.glob("*.py") if "\nrouter = APIRouter(" in file.read_text()
    }

    assert set(parts.PARTS) == files


@pytest.mark.parametrize("part", parts.PARTS)
def test_a_part_is_asked_for_by_the_first_words_of_its_paths(part: str) -> None:
    words = {route.path.removeprefix("/api/v1/").partition("/")[0] for route in _routes(part)}

    assert set(parts.PARTS[part]) == words


@pytest.mark.parametrize("part", parts.PARTS)
def test_what_one_part_takes_no_other_does(part: str) -> None:
    """So it is the same in whichever order they are added."""
    for route in _routes(part):
        for scope in _asking(route):
            takers = {
                other
                for other in parts.PARTS
                for theirs in _routes(other)
                if theirs.matches({**scope})[0] is Match.FULL
            }
            assert takers == {part}


def test_no_door_takes_what_is_the_apis(api: Api) -> None:
    """Doors are asked before the API is: most of what comes is for them."""
    doors = [route for route in api.app.router.routes if type(route) is Route]
    asked = [scope for part in parts.PARTS for one in _routes(part) for scope in _asking(one)]

    assert any("/envelope" in door.path for door in doors)
    assert {door.matches({**scope})[0] for door in doors for scope in asked} == {Match.NONE}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "issues", None),
        ("GET", "issues?limit=0", None),
        ("GET", "issues/1", None),
        ("GET", "issues/1/timeline", None),
        ("GET", "issues/1/similar", None),
        ("GET", "issues/1/review", None),
        ("GET", "issues/2", None),
        ("GET", "issues/", None),
        ("GET", "plans", None),
        ("GET", "oncall", None),
        ("GET", "nothing", None),
        ("GET", "", None),
        ("DELETE", "issues/1", None),
        ("GET", "issues/1/note", None),
        ("POST", "issues/1/note", {"words": "?"}),
        ("POST", "issues/2/acknowledge", None),
        ("PUT", "issues/1/review", {}),
        ("POST", "silences", {"matchers": []}),
    ],
)
async def test_it_answers_as_the_server_does(
    api: Api, method: str, path: str, body: dict[str, Any] | None
) -> None:
    await api.report()
    asked, token = AsAsked(api.serving), api.admin.headers["authorization"]

    theirs = await _answer(api.app, token, method, path, body)
    assert await _answer(asked, token, method, path, body) == theirs
    assert await _answer(asked, token, method, path, body) == theirs


async def _answer(
    app: ASGIApp, token: str, method: str, path: str, body: dict[str, Any] | None
) -> tuple[int, list[tuple[str, str]], Any]:
    given = {"authorization": token, "x-request-id": "the-same-one"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fettle") as client:
        answer = await client.request(method, f"/api/v1/{path}", json=body, headers=given)
    return answer.status_code, sorted(answer.headers.items()), answer.json()
