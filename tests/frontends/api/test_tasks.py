"""Tasks and their occurrences, as the API lists them; the clock stands at noon on 1 January."""

from typing import Any

import pytest

from tests.frontends.api.conftest import Api
from tests.frontends.api.test_issues import refused
from tests.schemas import validate

SETTINGS = """
[[task]]
id = "index-care"
name = "Index care"
frequency = "daily"
[task.window]
start = "02:00"
duration = "2h"
[task.procedure]
estimated_duration = "1h"
[[task.procedure.steps]]
name = "Tell the deploy bot"
http = "https://hooks.example/T0K3N"
[[task.procedure.steps]]
name = "Run it"
command = ["reindexdb", "--user=T0K3N"]

[[task]]
id = "report"
frequency = "daily"
depends_on = ["index-care"]
[task.window]
start = "02:30"
duration = "2h"
[task.procedure]
[[task.procedure.steps]]
name = "Read the report"
person = "read it"

[[rotation]]
name = "app"
paths = ["/var/log/app/*.log"]

[[freeze]]
name = "the holidays"
from = 2026-01-03
to = 2026-01-03
"""


@pytest.fixture
def settings_text() -> str:
    return SETTINGS


async def test_tasks_are_listed_with_when_they_may_begin_next(api: Api) -> None:
    items = validate((await api.viewer.get("/api/v1/tasks")).json())["items"]

    assert len(items) == 10
    (one,) = [item for item in items if item["id"] == "index-care"]
    assert one == {
        "id": "index-care",
        "name": "Index care",
        "description": "",
        "category": "infrastructure",
        "frequency": "daily",
        "automation": "partial",
        "schedule": "every day at 02:00 UTC, for 2 h",
        "enabled": True,
        "shipped": False,
        "runs": True,
        "idle": None,
        "next": "2026-01-02T02:00:00Z",
    }


async def test_a_task_shows_what_it_would_do_and_no_secret(api: Api) -> None:
    answer = await api.viewer.get("/api/v1/tasks/index_care")

    shown = validate(answer.json())
    assert [(step["kind"], step["does"]) for step in shown["steps"]] == [
        ("http", "POST https://hooks.example"),
        ("command", "reindexdb"),
    ]
    assert "T0K3N" not in answer.text
    refused(await api.viewer.get("/api/v1/tasks/index-cure"), 404)


def told(items: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(one["task"], one["local"], one["reason"]) for one in items]


async def test_occurrences_come_with_their_reasons(api: Api) -> None:
    asked = "task=index-care,report&start=2026-01-02T00:00Z&end=2026-01-04T00:00Z"
    page = validate((await api.viewer.get(f"/api/v1/occurrences?{asked}")).json())

    assert told(page["items"]) == [
        ("index-care", "2026-01-02T02:00", None),
        ("report", "2026-01-02T02:30", None),
        ("index-care", "2026-01-03T02:00", "frozen: the holidays"),
        ("report", "2026-01-03T02:30", "frozen: the holidays"),
    ]
    second = page["items"][1]
    assert (second["waits_for"], second["expected"]) == (["index-care"], "2026-01-02T03:00:00Z")
    assert page["next"] is None
    skipped = (await api.viewer.get(f"/api/v1/occurrences?{asked}&state=skipped")).json()
    assert len(skipped["items"]) == 2


async def test_pages_follow_each_other_without_a_gap(api: Api) -> None:
    whole = (await api.viewer.get("/api/v1/occurrences?limit=200")).json()
    assert whole["start"] == "2026-01-01T12:00:00Z"
    assert whole["end"] == "2026-01-31T12:00:00Z"

    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.viewer.get(f"/api/v1/occurrences?limit=7&cursor={cursor}")).json()
        found += page["items"]
        cursor = page["next"]
    assert found == whole["items"]
    assert len(found) > 90


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start=2026-01-02T00:00Z&end=2026-01-02T00:00Z", 400),
        ("start=2026-01-01T00:00Z&end=2027-02-01T00:00Z", 400),
        ("start=soon", 422),
        ("start=9999-12-30T00:00Z", 400),
        ("start=0001-01-02T00:00Z", 400),
        ("start=9000-01-02T00:00Z", 400),
        ("cursor=abc", 400),
        ("cursor=99999999999999999999:1:x", 400),
        ("task=nobody", 404),
        ("state=lost", 422),
        ("limit=0", 422),
        ("colour=red", 422),
    ],
)
async def test_what_cannot_be_asked_is_refused(api: Api, query: str, status: int) -> None:
    refused(await api.viewer.get(f"/api/v1/occurrences?{query}"), status)


async def test_nobody_unknown_is_answered(api: Api) -> None:
    for path in ("tasks", "tasks/index-care", "occurrences"):
        refused(await api.nobody.get(f"/api/v1/{path}"), 401)
