"""What is kept of issues comes back as it was; who comes second is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle.errors import NotFound, Refused
from fettle.main import Wired
from fettle.model.issue import Entry, Moved, Status
from fettle.model.severity import Severity
from fettle.store import issues, statements
from fettle.store.issues import Linked, Wanted
from fettle.store.statements import Connection
from fettle.triage import moves
from fettle.triage.moves import By
from tests.triage.test_moves import START, ada, decided, opened


@pytest.fixture
async def connection(store_environ: dict[str, str]) -> AsyncIterator[Connection]:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store:
        yield store.connection


def titled(title: str, severity: Severity = Severity.HIGH, service: str | None = None) -> Moved:
    made = replace(decided(severity), services=(service,) if service else ())
    moved = opened(made)
    return replace(moved, issue=replace(moved.issue, title=title))


async def test_an_issue_comes_back_as_it_was_kept(connection: Connection) -> None:
    moved = opened()
    full = replace(
        moved.issue, team="web", assignee="ada", group="prom:{alertname=Slow}", signals=3
    )
    (kept,) = await issues.insert(connection, [replace(moved, issue=full)])

    assert await issues.find(connection, kept.number) == replace(full, number=kept.number)
    assert await issues.timeline(connection, kept.number) == list(moved.entries)
    assert (await issues.clocks(connection, [kept.number]))[kept.number] == list(moved.clocks)


async def test_what_was_over_when_it_was_first_kept_comes_back_as_it_was(
    connection: Connection,
) -> None:
    over = moves.resolve(opened().issue, ada(1), "every alert of it has ended")
    (kept,) = await issues.insert(connection, [over])

    assert over.issue.resolved_as is not None
    assert await issues.find(connection, kept.number) == replace(over.issue, number=kept.number)


async def test_every_move_is_kept_with_what_is_written_down(connection: Connection) -> None:
    (issue,) = await issues.insert(connection, [opened()])
    held = moves.hold(issue, ada(5), "waits", ada(60).at)
    await issues.keep(connection, [held])
    resolved = moves.resolve(await issues.find(connection, issue.number), ada(70), "clean")
    await issues.keep(connection, [resolved])

    found = await issues.find(connection, issue.number)
    assert found == replace(resolved.issue, version=3, kept=3)
    told = [entry.event for entry in await issues.timeline(connection, issue.number)]
    assert told == ["opened", "triaged", "held", "resumed", "resolved"]


async def test_who_changes_an_older_version_is_refused(connection: Connection) -> None:
    (issue,) = await issues.insert(connection, [opened()])
    await issues.keep(connection, [moves.note(issue, ada(1), "first")])
    with pytest.raises(Refused, match="somebody else has just changed"):
        await issues.keep(connection, [moves.note(issue, ada(2), "second")])
    assert len(await issues.timeline(connection, issue.number)) == 3


async def test_a_storm_of_alerts_changes_nothing_that_somebody_has_seen(
    connection: Connection,
) -> None:
    (issue,) = await issues.insert(connection, [opened()])
    joined = Entry("joined", "hook:prom", ada(1).at, "one more", {"key": "b"})
    more = Moved(replace(issue, signals=2), (joined,))
    (stormy,) = await issues.keep(connection, [more])
    assert (stormy.version, stormy.kept) == (issue.version, issue.kept + 1)
    with pytest.raises(Refused, match="somebody else has just changed"):
        await issues.keep(connection, [more])

    (noted,) = await issues.keep(connection, [moves.note(stormy, ada(2), "seen")])
    assert noted.version == issue.version + 1
    worse = decided(Severity.CRITICAL)
    prom = By("hook:prom", ada(3).at)
    (judged,) = await issues.keep(connection, [moves.reclassify(noted, prom, worse, "worse")])
    assert judged.version == issue.version + 2
    assert await issues.find(connection, issue.number) == judged


async def test_issues_are_listed_by_what_is_asked_for(connection: Connection) -> None:
    slow, down, typo = await issues.insert(
        connection,
        [
            titled("The shop is slow", service="shop"),
            titled("Search is down", Severity.CRITICAL, "search"),
            titled("A typo", Severity.LOW),
        ],
    )
    await issues.keep(connection, [moves.acknowledge(typo, ada(1))])

    async def found(wanted: Wanted, limit: int = 50) -> list[str]:
        return [one.title for one in await issues.listed(connection, wanted, limit)]

    assert await found(Wanted()) == ["A typo", "Search is down", "The shop is slow"]
    assert await found(Wanted(), limit=1) == ["A typo"]
    assert await found(Wanted(before=typo.number), limit=1) == ["Search is down"]
    assert await found(Wanted(statuses=(Status.ACKNOWLEDGED,))) == ["A typo"]
    assert await found(Wanted(severities=(Severity.CRITICAL, Severity.LOW))) == [
        "A typo",
        "Search is down",
    ]
    assert await found(Wanted(service="shop")) == [slow.title]
    assert await found(Wanted(words='down "search is"')) == [down.title]


async def test_what_has_ended_is_not_live(connection: Connection) -> None:
    one, other = await issues.insert(connection, [titled("one"), titled("other")])
    await issues.keep(connection, [moves.merge(one, ada(1), other)])
    assert await issues.listed(connection, Wanted(live=True), 50) == [other]
    assert await issues.links(connection, other.number) == [Linked("merged", one.number)]


async def test_timelines_and_ledgers_cannot_be_rewritten(connection: Connection) -> None:
    await issues.insert(connection, [opened()])
    for statement in ("UPDATE timeline SET text = ''", "UPDATE clock_event SET at = now()"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            await connection.execute(statement.encode())


async def test_texts_that_postgresql_cannot_keep_are_kept_as_far_as_they_go(
    connection: Connection,
) -> None:
    moved = titled("nul \0 and half \ud800 a pair")
    (kept,) = await issues.insert(connection, [moved])
    assert (await issues.find(connection, kept.number)).title == "nul � and half � a pair"


async def test_an_unknown_number_is_said(connection: Connection) -> None:
    with pytest.raises(NotFound, match="no issue 99"):
        await issues.find(connection, 99)


async def test_an_issue_that_waits_for_its_moment_comes_back(connection: Connection) -> None:
    (issue,) = await issues.insert(connection, [opened()])
    until = START + timedelta(days=2)
    await issues.keep(connection, [moves.hold(issue, ada(1), "waits", until)])
    assert (await issues.find(connection, issue.number)).held_until == until


FILL = """
INSERT INTO issue (title, status, severity, priority, category, services, classification,
    milestones, opened_at, changed_at, calls_since)
SELECT 'Trouble ' || n, 'triaged', n % 5, 'p3', 'performance',
    ARRAY[CASE n WHEN 7 THEN 'rare' ELSE 'shop-' || n % 20 END], '{}', '{}', now(), now(), now()
FROM generate_series(1, 40000) AS n
"""


@pytest.mark.parametrize("service", ["rare", "unheard-of"])
async def test_a_service_that_few_issues_name_is_found_by_its_index(
    connection: Connection, service: str
) -> None:
    await connection.execute(FILL)
    await connection.execute("ANALYZE issue")
    wanted = {"before": None, "statuses": None, "severities": None, "team": None, "words": None}
    given = {**wanted, "service": service, "live": False, "limit": 50}

    cursor = await connection.execute(f"EXPLAIN {statements._sql('issues/list')}".encode(), given)

    plan = "\n".join(row[0] for row in await cursor.fetchall())
    assert "issue_services" in plan, plan


async def test_a_list_is_planned_for_what_is_asked_each_time(connection: Connection) -> None:
    for _ in range(8):
        await issues.listed(connection, Wanted(service="shop"), 50)

    cursor = await connection.execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%search @@%'"
    )

    assert await cursor.fetchone() == (0,)
