"""What Fettle notices by itself becomes an issue, and its end ends the issue's alert."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from fettle.flow import heartbeats
from fettle.flow.heartbeats import Lateness, Wanted
from fettle.flow.schedules import planned
from fettle.model.heartbeat import Ping, Said
from fettle.model.severity import Severity
from fettle.settings import Settings
from tests.conftest import FreshDatabase
from tests.flow.desk import RECEIVERS, Place
from tests.flow.filing import Filing
from tests.flow.test_watch import plant, watch_of


def settings_of(database: FreshDatabase) -> Settings:
    only: dict[str, Any] = {"name": "keys", "only": ["sequence_exhaustion"]}
    databases = [{"name": "main-db", "url": database.url}]
    return Settings.model_validate({**RECEIVERS, "database": databases, "schedule": [only]})


async def test_trouble_in_a_database_and_its_cure(
    place: Place, other_database: FreshDatabase
) -> None:
    filing = Filing("", place.pool, place.clock)
    settings = settings_of(other_database)
    (plan,) = planned(settings)
    made = watch_of(filing, settings, place.clock)

    plant(other_database)
    await made.look(plan, uuid4())
    await place.take()
    issue = await place.issue()
    plant(other_database, used=1)
    place.clock.moment += timedelta(minutes=5)
    await made.look(plan, uuid4())
    await place.take()

    assert issue.classification.severity is Severity.HIGH
    assert issue.classification.services == ("shop",)
    assert "shop_id_seq" in issue.title
    assert await place.outcomes() == ["opened", "resolved"]


async def test_a_job_that_stays_silent_and_comes_back(place: Place) -> None:
    filing = Filing("", place.pool, place.clock)
    wanted = Wanted("backup", timedelta(hours=1), timedelta(minutes=5), Severity.MEDIUM, "shop")
    async with place.pool.connection() as connection:
        id_ = (await heartbeats.create(connection, wanted, "test")).id

    async def ping() -> None:
        async with place.pool.connection() as connection, connection.transaction():
            await heartbeats.ping(connection, id_, Ping(Said.DONE, place.clock.now()))
        await place.take()

    await ping()
    await filing.pass_(timedelta(hours=2), Lateness(place.clock).timers)
    await place.take()
    issue = await place.issue()
    await ping()
    await filing.pass_(timedelta(hours=2), Lateness(place.clock).timers)
    await place.take()

    assert (issue.title, issue.classification.services) == ("backup is late", ("shop",))
    assert await place.outcomes() == ["opened", "resolved", "opened"]
