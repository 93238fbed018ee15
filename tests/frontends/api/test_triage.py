"""What is learnt, and how often triage was right, can be asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fettle.model.severity import Severity
from fettle.store import decisions, trainings
from fettle.store.decisions import Decision
from fettle.store.trainings import Training
from fettle.triage import told
from fettle.triage.case import Case, Policy
from fettle.triage.classify import classify
from tests.flow.learning import by_person, opened
from tests.frontends.api.conftest import Api

CASE = Case("forklift 4711 stands in the hall")
MADE = classify(CASE, Policy())
NOTHING: dict[str, object] = {
    "settled": 0,
    "corrected": 0,
    "accuracy": None,
    "too_low": None,
    "macro_f1": None,
    "matrix": [],
}


async def settle(api: Api, right: Severity, at: datetime) -> None:
    async with api.serving.pool.connection() as connection:
        number = await opened(connection, CASE, MADE)
        corrected = right is not MADE.severity
        settled = by_person(MADE, right) if corrected else MADE
        await decisions.settle(
            connection,
            Decision(number, told.written(CASE), MADE, settled, corrected, "token:ada", at),
        )


async def asked(api: Api, **query: str) -> dict[str, Any]:
    answer = await api.viewer.get("/api/v1/triage", params=query)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_nothing_is_learnt_and_nothing_was_settled_at_first(api: Api) -> None:
    said = await asked(api)

    assert (said["schema"], said["learnt"], said["refused"]) == ("fettle.triage/1", None, None)
    assert (said["overall"], said["by"]) == (NOTHING, {})


async def test_what_was_settled_is_counted_within_the_days(api: Api) -> None:
    now = api.clock.now()
    for right in (Severity.MEDIUM, Severity.MEDIUM, Severity.HIGH, Severity.LOW):
        await settle(api, right, now - timedelta(hours=1))
    await settle(api, Severity.CRITICAL, now - timedelta(days=8))

    week = await asked(api, days="7")

    assert week["overall"] == {
        "settled": 4,
        "corrected": 2,
        "accuracy": 0.5,
        "too_low": 0.25,
        "macro_f1": 0.222,
        "matrix": [
            {"said": "medium", "right": "high", "times": 1},
            {"said": "medium", "right": "medium", "times": 2},
            {"said": "medium", "right": "low", "times": 1},
        ],
    }
    assert week["by"] == {"rule": week["overall"]}
    assert (await asked(api))["overall"]["settled"] == 5


async def test_it_says_what_is_learnt_and_why_no_more_is(api: Api) -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    trained = Training(at, 41, Decimal(9), 3.14159)
    refused = Training(at, 42, Decimal(10), 0.5, "no scikit-learn", "pip install it")
    async with api.serving.pool.connection() as connection:
        await trainings.keep(connection, trained, "{}")
        await trainings.keep(connection, refused, None)

    said = await asked(api)

    assert said["learnt"] == {
        "at": "2026-01-01T12:00:00Z",
        "decisions": 41,
        "seconds": 3.1,
        "fettle": trained.version,
    }
    assert said["refused"] == {
        "at": "2026-01-01T12:00:00Z",
        "decisions": 42,
        "reason": "no scikit-learn",
        "remedy": "pip install it",
    }


async def test_a_viewer_may_ask_and_a_stranger_not(api: Api) -> None:
    assert (await api.nobody.get("/api/v1/triage")).status_code == 401
    assert (await api.viewer.get("/api/v1/triage", params={"days": 0})).status_code == 422
