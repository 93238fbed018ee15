"""What tasks are told of what was measured is what looks have kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fettle.flow.kept_history import KeptHistory
from fettle.model.deploy import Deploy
from fettle.model.finding import Unknown
from fettle.model.severity import Severity
from fettle.model.target import Kind
from fettle.store import deploys, partitions, samples, watched
from fettle.store.samples import Sample, Took
from fettle.testing import START
from tests.flow.filing import Filing
from tests.flow.watching import answer, silence, street_of

HOUR = timedelta(hours=1)


async def test_hours_of_the_weeks_are_read_as_they_were_measured(filing: Filing) -> None:
    begin = START.replace(minute=0, second=0, microsecond=0) - timedelta(days=30)
    async with filing.pool.connection() as connection, connection.transaction():
        await partitions.cover(connection, begin, START)
        await connection.execute(
            "INSERT INTO watched (target, firing, missed, looked_at, version)"
            " VALUES ('shop', '{}', 0, now(), 1)"
        )
        stands = (await samples.stand(connection, ["shop"]))["shop"]
        for hour in range(48):
            for minute, value in ((5, 1.0), (35, 3.0)):
                at = begin + hour * HOUR + timedelta(minutes=minute)
                took = Took(stands.id, at, "checks", "ok", 0, 0, 0.1)
                measured = [Sample("p95_s", "", value + hour), Sample("disk_used_ratio", "/", 0.5)]
                await samples.keep(connection, took, measured)
    history = KeptHistory(filing.pool, ("shop", "new"))

    figures = {one.metric: one for one in await history.figures("shop")}
    ids = [one.id for one in figures.values()]
    hours = await history.hours(ids, begin + HOUR, begin + 3 * HOUR)

    assert await history.targets() == ("shop", "new")
    assert await history.figures("new") == []
    assert figures["disk_used_ratio"].subject == "/"
    assert hours[figures["p95_s"].id] == [
        ((begin + HOUR).timestamp(), 3.0),
        ((begin + 2 * HOUR).timestamp(), 4.0),
    ]


async def test_the_latest_look_is_told_with_what_it_found_and_recommends(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    history = KeptHistory(filing.pool, ("stripe",))
    week = START - timedelta(days=7)
    assert await history.latest("stripe", week) is None

    await street.look("stripe", [answer("stripe")])
    await street.look("stripe", [silence("stripe")])
    latest = await history.latest("stripe", week)

    assert latest
    assert latest.at == START
    (found,) = latest.findings
    assert (found.check, found.subject) == ("dependency_unavailable", "stripe")
    assert found.severity is Severity.MEDIUM
    assert latest.advice
    assert latest.advice[0].actions
    assert await history.latest("stripe", START + HOUR) is None


async def test_looks_on_several_schedules_are_told_as_one(filing: Filing) -> None:
    """A look that asks one thing alone does not hide what another one has found, but for that."""

    def document(found: Sequence[str], *clean: str) -> dict[str, Any]:
        findings = [
            {"key": f"{one}:t", "check": one, "severity": "medium", "subject": "t"}
            | {"title": one, "description": "it is"}
            for one in found
        ]
        advice = [
            {"priority": "low", "title": one, "actions": [], "findings": [f"{one}:t"]}
            for one in found
        ]
        unknown = {"check": "slow_queries", "reason": "no grant", "remedy": "GRANT"}
        return {
            "target": "main-db",
            "findings": findings,
            "recommendations": advice,
            "accepted": [],
            "causes": [],
            "clean": list(clean),
            "unknown": [unknown],
        }

    async with filing.pool.connection() as connection, connection.transaction():
        for schedule, hours, told in (
            ("all", 2, document(["index_unused", "long_transaction"])),
            ("nightly", 1, document(["table_bloat"], "long_transaction")),
        ):
            at = START - hours * HOUR
            made = {**told, "started_at": at.isoformat()}
            await watched.save_diagnosis(
                connection, made, Kind.DATABASE, schedule, at, timedelta(days=30)
            )

    latest = await KeptHistory(filing.pool, ()).latest("main-db", START - timedelta(days=7))

    assert latest
    assert latest.at == START - HOUR
    assert {one.check for one in latest.findings} == {"index_unused", "table_bloat"}
    assert {one.title for one in latest.advice} == {"index_unused", "table_bloat"}
    assert latest.unseen == [("slow_queries", Unknown("no grant", "GRANT"))]


async def test_deploys_of_a_service_between_two_moments_are_told(filing: Filing) -> None:
    async with filing.pool.connection() as connection:
        for service, days in (("shop", 1), ("shop", 9), ("other", 1)):
            at = START - timedelta(days=days)
            await deploys.mark(connection, Deploy(service, f"v{days}", at, "ci"), START)

    found = await KeptHistory(filing.pool, ()).deploys("shop", START - timedelta(days=7), START)

    assert [one.version for one in found] == ["v1"]
