"""What is believed of looks, each for as long as its schedule takes to make some more."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from fettle.flow import seen_lately
from fettle.flow.catalogued import Known
from fettle.model.target import Kind
from fettle.store import watched
from fettle.testing import START
from tests.flow.filing import Filing

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STRIPE = Known("stripe", Kind.DEPENDENCY, schedules={"quick": MINUTE, "deep": HOUR})


def document(found: Sequence[str] = (), clean: Sequence[str] = ()) -> Mapping[str, object]:
    """Return what a look came to: the checks that found something, and those that did not."""
    findings = [{"key": f"{check}:stripe", "check": check, "severity": "high"} for check in found]
    causes = [{"subject": f"behind {check}", "explains": [f"{check}:stripe"]} for check in found]
    told = {"findings": findings, "clean": clean, "causes": causes, "recommendations": []}
    return {"target": "stripe", "accepted": [], "unknown": [], **told}


async def save(
    filing: Filing, schedule: str, told: Mapping[str, object], after: timedelta = timedelta(0)
) -> None:
    async with filing.pool.connection() as connection:
        await watched.save_diagnosis(
            connection, told, Kind.DEPENDENCY, schedule, START + after, 24 * HOUR
        )


async def believed(filing: Filing, after: timedelta) -> tuple[list[str], list[str], list[str]]:
    """Return what is believed to be found, to be clean, and to be behind it."""
    async with filing.pool.connection() as connection:
        told = await seen_lately.believed(connection, STRIPE, START + after)
    return (
        [one["check"] for document in told for one in document["findings"]],
        [check for document in told for check in document["clean"]],
        [cause["subject"] for document in told for cause in document["causes"]],
    )


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (2 * MINUTE, {"site_down", "certificate_expiring"}),
        (20 * MINUTE, {"certificate_expiring"}),
        (3 * HOUR, {"certificate_expiring"}),
        (3 * HOUR + MINUTE, set()),
    ],
)
async def test_each_schedule_is_believed_for_as_long_as_it_is_apart(
    filing: Filing, after: timedelta, found: set[str]
) -> None:
    await save(filing, "quick", document(["site_down"]))
    await save(filing, "deep", document(["certificate_expiring"]))

    assert set((await believed(filing, after))[0]) == found


async def test_of_what_two_schedules_ask_the_latest_word_counts(filing: Filing) -> None:
    await save(filing, "deep", document(["site_down", "certificate_expiring"]))
    await save(filing, "quick", document(clean=["site_down"]), 30 * MINUTE)
    after = await believed(filing, 31 * MINUTE)

    assert after == (["certificate_expiring"], ["site_down"], ["behind certificate_expiring"])


async def test_a_schedule_that_nobody_plans_any_more_is_not_believed(filing: Filing) -> None:
    await save(filing, "once", document(["site_down"]))

    assert await believed(filing, MINUTE) == ([], [], [])
