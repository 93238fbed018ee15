"""Security: what those who publish advisories say, and of what they were not asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from fettle.errors import Unreachable
from fettle.model.ports_updates import Told
from fettle.model.update import Advisory, Installed, Passed, SourceState, is_whole
from fettle.testing import START, given_outside
from fettle.updates.sources.security import look

PINNED = {"requirements.txt": "anyio==4.8.0\nidna==3.10\n"}
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Published:
    """Advisories as they were given."""

    told: Told | None = None

    async def about(self, installed: Sequence[Installed]) -> Told:
        """Return what is known of what is installed."""
        assert installed
        if self.told is None:
            raise Unreachable("advisories.example gave no answer")
        return self.told


async def test_what_is_known_is_told_with_who_said_so_and_when() -> None:
    told = Told((Advisory("GHSA-1"),), told_by="a folder of records", told_at=DAY)
    seen = await look(given_outside(PINNED, advisories=Published(told)))
    assert [one.id for one in seen.advisories] == ["GHSA-1"]
    result = seen.result
    assert (result.state, result.looked_at, result.total) == (SourceState.OK, 2, 2)
    assert (result.told_by, result.told_at) == ("a folder of records", DAY)


async def test_what_they_were_not_asked_about_is_not_free_of_weaknesses() -> None:
    told = Told((), (Passed("idna", "nobody can read its version"),))
    result = (await look(given_outside(PINNED, advisories=Published(told)))).result
    assert (result.looked_at, result.total) == (1, 2)


async def test_without_any_it_is_skipped_and_says_what_to_name() -> None:
    result = (await look(given_outside(PINNED))).result
    assert (result.state, result.reason) == (SourceState.SKIPPED, "no advisories are named")


async def test_where_nobody_answers_it_has_failed_with_the_reason() -> None:
    result = (await look(given_outside(PINNED, advisories=Published()))).result
    assert (result.state, result.reason) == (
        SourceState.FAILED,
        "advisories.example gave no answer",
    )
    assert (result.looked_at, result.total) == (0, 2)


@pytest.mark.parametrize(
    ("days", "state"), [(0, SourceState.OK), (30, SourceState.OK), (31, SourceState.STALE)]
)
async def test_old_advisories_say_nothing_of_weaknesses(days: int, state: SourceState) -> None:
    newest = START - timedelta(days=days)
    told = Told((), told_by="a folder of records", told_at=DAY, newest_at=newest)
    seen = await look(given_outside(PINNED, advisories=Published(told)))

    assert seen.result.state is state
    assert is_whole([seen.result]) is (state is SourceState.OK)
    if state is SourceState.STALE:
        assert seen.result.reason == "the newest of the advisories is of 2025-12-01"
        assert "[updates] advisories_age" in str(seen.result.remedy)
