"""What is over goes after its time, a little at a time; what is still needed stays."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from fettle.flow import retain
from fettle.model.issue import Declined, Issue, Moved
from fettle.model.silence import Matcher, Silence
from fettle.settings import Settings
from fettle.store import access, deliveries, errors, silences, timers
from fettle.store.access import Project
from fettle.store.deliveries import Arrived
from fettle.testing import START
from fettle.triage import moves
from fettle.triage.moves import By
from tests.flow.desk import RECEIVERS, Place, end, fire

# Each table that keeps what is over: how a row of a moment is made.
_ROWS: Mapping[str, str] = {
    "answered": "INSERT INTO answered (actor, key, request, status, at) VALUES"
    " ('a', gen_random_uuid(), '', 200, %(at)s)",
    "timer": "INSERT INTO timer (kind, subject, due_at, try_at, detail, done_at) VALUES"
    " ('issue', '1', %(at)s, %(at)s, 'null', %(at)s)",
    "run": "INSERT INTO run (id, kind, name, input, state, woken_at, created_at, finished_at)"
    " VALUES (gen_random_uuid(), 'task', 'x', 'null', 'done', %(at)s, %(at)s, %(at)s)",
    "credential": "INSERT INTO credential (kind, name, hash, created_by, revoked_at) VALUES"
    " ('hook', 'old', gen_random_uuid()::text::bytea, 'test', %(at)s)",
    "silence": "INSERT INTO silence (matchers, comment, starts_at, ends_at, created_by) VALUES"
    " ('[]', '', %(at)s - interval '1 h', %(at)s, 'test')",
    "outbox": "INSERT INTO outbox (receiver, event, message, created_at, due_at, state) VALUES"
    " ('web', 'test', '{}', %(at)s, %(at)s, 'sent')",
    "user_session": "WITH u AS (INSERT INTO fettle_user (name, role, created_at, created_by) VALUES"
    " (gen_random_uuid()::text, 'viewer', %(at)s, 'test') RETURNING id) INSERT INTO user_session"
    " (hash, user_id, how, client, agent, created_at, seen_at, ends_at) SELECT"
    " gen_random_uuid()::text::bytea, id, 'link', '', '', %(at)s, %(at)s, %(at)s FROM u",
    "log_in_link": "WITH u AS (INSERT INTO fettle_user (name, role, created_at, created_by) VALUES"
    " (gen_random_uuid()::text, 'viewer', %(at)s, 'test') RETURNING id) INSERT INTO log_in_link"
    " (hash, user_id, created_at, created_by, ends_at) SELECT"
    " gen_random_uuid()::text::bytea, id, %(at)s, 'test', %(at)s FROM u",
    "log_in_attempt": "INSERT INTO log_in_attempt (at, name, client) VALUES (%(at)s, '', '')",
    "diagnosis": "INSERT INTO diagnosis (target, started_at, document) VALUES ('db', %(at)s, '{}')",
    "snapshot": "INSERT INTO snapshot (target, started_at, document) VALUES ('db', %(at)s, '{}')",
    "deploy": "INSERT INTO deploy (service, version, at, actor) VALUES ('s', '1', %(at)s, 'test')",
    "error_event": "WITH p AS (INSERT INTO error_project (name) VALUES (gen_random_uuid()::text)"
    " RETURNING id) INSERT INTO error_event (project, event_id, received_at, at, dead, bytes, body)"
    " SELECT id, gen_random_uuid(), %(at)s, %(at)s, 'a mistake', 2, '{}' FROM p",
    "error_count": "WITH p AS (INSERT INTO error_project (name) VALUES (gen_random_uuid()::text)"
    " RETURNING id), g AS (INSERT INTO error_group (project, title, culprit, level, state, events,"
    " first_seen, last_seen) SELECT id, '', '', 'error', 'new', 1, %(at)s, %(at)s FROM p RETURNING"
    " id, project), k AS (INSERT INTO error_group_key (project, key, key_version, why, error_group,"
    " origin, events, first_seen, last_seen) SELECT project, 'k', 1, '{}', id, id, 1, %(at)s,"
    " %(at)s FROM g RETURNING id) INSERT INTO error_count (key, hour, number)"
    " SELECT id, %(at)s, 1 FROM k",
    "source_map": "WITH p AS (INSERT INTO error_project (name) VALUES (gen_random_uuid()::text)"
    " RETURNING id) INSERT INTO source_map (project, digest, name, size, packed, uploaded_at,"
    " uploaded_by, used_at) SELECT id, '', '', 0, '', %(at)s, 'test', %(at)s FROM p",
    "log_batch": "WITH s AS (INSERT INTO log_source (name, begun_at, seen_at) VALUES"
    " (gen_random_uuid()::text, %(at)s, %(at)s) RETURNING id) INSERT INTO log_batch (source, at,"
    " late, lines, kinds, dead) SELECT id, %(at)s, false, 1, '[]', 'a mistake' FROM s",
    "task_run": "INSERT INTO task_run (id, task, name, category, automation, asked_by, targets,"
    " procedure,"
    " state, estimated_s, created_at, finished_at) VALUES (gen_random_uuid(), 't', 't', '', 'full',"
    " 'test', '{}', '{}', 'passed', 0, %(at)s, %(at)s)",
    "occurrence": "INSERT INTO occurrence (task, local, starts_at, settled_at) VALUES"
    " (gen_random_uuid()::text, '2026-01-01', %(at)s, %(at)s)",
    "task_line": "WITH r AS (INSERT INTO task_run (id, task, name, category, automation,"
    " asked_by, targets, procedure,"
    " state, estimated_s, created_at, finished_at) VALUES (gen_random_uuid(), 't', 't', '', 'full',"
    " 'test', '{}', '{}', 'passed', 0, now(), now()) RETURNING id), s AS (INSERT INTO"
    " task_step (run, number, part, name) SELECT id, 1, 'step', 's' FROM r RETURNING run)"
    " INSERT INTO task_line (run, number, at, line) SELECT run, 1, %(at)s, 'so' FROM s",
    "update_check": "INSERT INTO update_check (id, at, actor, security, regular, open, new, whole,"
    " sources) VALUES (gen_random_uuid(), %(at)s, 'test', 0, 0, 0, 0, true, '[]')",
    "update_offer": "INSERT INTO update_offer (id, ecosystem, package, place, current, version,"
    " type, worst, held, told, accepted, first_seen, last_seen, gone_at) VALUES"
    " (gen_random_uuid()::text, 'pypi', 'a', '', '1', '2', 'regular', -1, false, '{}', '{}',"
    " %(at)s, %(at)s, %(at)s)",
    "update_weakness": "INSERT INTO update_weakness (key, worst, told, first_seen, last_seen,"
    " gone_at) VALUES (gen_random_uuid()::text, 3, '{}', %(at)s, %(at)s, %(at)s)",
    "update_act": "INSERT INTO update_act (id, kind, project, updates, actor, state, asked_at,"
    " finished_at) VALUES (gen_random_uuid(), 'rehearse', 'shop', '{}', 'test', 'done', %(at)s,"
    " %(at)s)",
    "upload_chunk": "INSERT INTO upload_chunk (checksum, body, uploaded_at) VALUES"
    " (substr(sha256(gen_random_uuid()::text::bytea), 1, 20), '', %(at)s)",
}
_KEPT = {
    "answered": timedelta(days=2),
    "timer": timedelta(days=30),
    "run": timedelta(days=400),
    "credential": timedelta(days=90),
    "silence": timedelta(days=90),
    "outbox": timedelta(days=30),
    "diagnosis": timedelta(days=180),
    "snapshot": timedelta(days=180),
    "deploy": timedelta(days=400),
    "task_run": timedelta(days=1100),
    "occurrence": timedelta(days=1100),
    "task_line": timedelta(days=90),
    "update_check": timedelta(days=400),
    "update_offer": timedelta(days=400),
    "update_weakness": timedelta(days=400),
    "update_act": timedelta(days=400),
    "error_event": timedelta(days=90),
    "error_count": timedelta(days=400),
    "source_map": timedelta(days=90),
    "log_batch": timedelta(days=30),
    "upload_chunk": timedelta(days=1),
    "user_session": timedelta(days=30),
    "log_in_link": timedelta(days=30),
    "log_in_attempt": timedelta(days=30),
}


async def let_go(place: Place, **keep: object) -> int:
    """Let go of what is over, until nothing is left to go; return how many rounds it took."""
    settings = Settings.model_validate({**RECEIVERS, "keep": keep})
    rounds, more = 0, True
    while more:
        rounds += 1
        async with place.pool.connection() as connection, connection.transaction():
            more = await retain.let_go(connection, settings, place.clock.now())
    return rounds


async def put(place: Place, table: str, age: timedelta, times: int = 1) -> None:
    async with place.pool.connection() as connection:
        for _ in range(times):
            at = {"at": place.clock.now() - age}
            await connection.execute(_ROWS[table].encode(), at)


async def count(place: Place, table: str) -> int:
    ((number,),) = await place.rows(f"SELECT count(*) FROM {table}")
    return int(number)


async def over(place: Place, number: int) -> None:
    """Let an issue end: closed when it was resolved, and declined otherwise."""
    by = By("cli:ada", place.clock.now())

    def decide(issue: Issue) -> Moved:
        if issue.status.is_live:
            return moves.decline(issue, by, Declined.FALSE_POSITIVE, "it was none")
        return moves.close(issue, by, "nothing more to say")

    await place.move(number, decide)


def test_the_table_says_how_long_each_is_kept_by_default() -> None:
    keep, errors = Settings().keep, Settings().errors

    assert {
        "error_event": errors.keep,
        "error_count": errors.keep_counts,
        "source_map": errors.keep_maps,
        "log_batch": Settings().logs.keep,
        "upload_chunk": timedelta(days=1),
        "answered": keep.answers,
        "timer": keep.timers,
        "run": keep.runs,
        "credential": keep.credentials,
        "silence": keep.silences,
        "outbox": keep.notifications,
        "diagnosis": keep.diagnoses,
        "snapshot": keep.diagnoses,
        "deploy": keep.deploys,
        "task_run": keep.maintenance,
        "occurrence": keep.maintenance,
        "task_line": keep.maintenance_logs,
        "update_check": keep.updates,
        "update_offer": keep.updates,
        "update_weakness": keep.updates,
        "update_act": keep.updates,
        "user_session": keep.log_ins,
        "log_in_link": keep.log_ins,
        "log_in_attempt": keep.log_ins,
    } == _KEPT
    assert keep.issues is None


@pytest.mark.parametrize("table", _ROWS)
async def test_what_is_older_than_its_time_goes(place: Place, table: str) -> None:
    await put(place, table, _KEPT[table] + timedelta(hours=1), times=3)
    await put(place, table, _KEPT[table] - timedelta(hours=1))

    await let_go(place)

    assert await count(place, table) == 1


async def test_of_each_application_the_latest_errors_are_kept_and_all_that_wait(
    place: Place,
) -> None:
    async with place.pool.connection() as connection:
        busy = await access.keep_project(connection, "busy")
        calm = await access.keep_project(connection, "calm")
        for project, number in ((busy, 7), (calm, 3)):
            some = [_error(project, place.clock.now()) for _ in range(number)]
            await errors.keep(connection, some)
        # what waits stays, however many there are
        await connection.execute("UPDATE error_event SET dead = 'a mistake' WHERE id <> 1")
        settings = Settings.model_validate({"errors": {"most_events": 4}})
        while await retain.let_go(connection, settings, place.clock.now()):
            pass

    assert await place.rows(
        "SELECT p.name, array_agg(e.id ORDER BY e.id) FROM error_event AS e"
        " JOIN error_project AS p ON p.id = e.project GROUP BY 1 ORDER BY 1"
    ) == [("busy", [1, 4, 5, 6, 7]), ("calm", [8, 9, 10])]


def _error(project: Project, at: datetime) -> errors.Happened:
    return errors.Happened(project.id, uuid4(), at, at, None, None, "{}")


async def test_nothing_joins_what_ended_long_ago(place: Place) -> None:
    await place.arrive(fire("a", service="shop"), fire("b", service="blog"))
    await over(place, 1)
    place.clock.moment += Settings().intake.keep + timedelta(days=1)
    await let_go(place)

    assert await place.rows("SELECT DISTINCT issue FROM joining") == [(2,)]


async def test_the_last_diagnosis_of_a_target_stays_on_each_schedule(place: Place) -> None:
    for schedule, age in ((None, 900), (None, 800), ("hourly", 700), ("hourly", 600)):
        async with place.pool.connection() as connection:
            await connection.execute(
                "INSERT INTO diagnosis (target, schedule, started_at, document)"
                " VALUES ('db', %s, %s, '{}')",
                (schedule, START - timedelta(days=age)),
            )

    await let_go(place)

    kept = await place.rows("SELECT schedule, started_at FROM diagnosis ORDER BY started_at")
    assert kept == [(None, START - timedelta(days=800)), ("hourly", START - timedelta(days=600))]


async def test_a_look_stays_as_long_as_its_issue(place: Place) -> None:
    await place.arrive(fire())
    await put(place, "snapshot", timedelta(days=200), times=2)
    async with place.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO investigation (issue, target, why, asked_by, asked_at, anew, state,"
            " snapshot, ended_at) VALUES (1, 'db', '', 'fettle', now(), false, 'done', 1, now())"
        )

    await let_go(place)

    assert await place.rows("SELECT id FROM snapshot") == [(1,)]


async def test_what_is_held_just_now_is_left_and_waited_for_by_nobody(place: Place) -> None:
    await put(place, "timer", timedelta(days=31), times=2)
    async with place.pool.connection() as other, other.transaction():
        await other.execute("SELECT FROM timer WHERE id = 1 FOR UPDATE")
        async with asyncio.timeout(10):
            await let_go(place)
        assert await place.rows("SELECT id FROM timer") == [(1,)]

    await let_go(place)
    assert await count(place, "timer") == 0


async def test_much_goes_in_several_rounds(place: Place) -> None:
    async with place.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO timer (kind, subject, due_at, try_at, detail, done_at)"
            " SELECT 'issue', n::text, t, t, 'null', t"
            " FROM generate_series(1, %s) AS n, (SELECT %s::timestamptz AS t) AS old",
            (2 * retain.BATCH + 1, START - timedelta(days=31)),
        )

    assert await let_go(place) == 4  # the last one finds nothing
    assert await count(place, "timer") == 0


async def test_of_an_open_issue_what_only_repeated_it_goes(place: Place) -> None:
    for _ in range(5):
        await place.arrive(fire())
    await place.arrive(fire("b", "Checkout is slow, too"))
    place.clock.moment += timedelta(days=91)

    await let_go(place)

    kept = await place.rows("SELECT a.key, s.id FROM signal s JOIN alert a ON a.id = s.alert")
    assert sorted(kept) == [("a", 1), ("a", 5), ("b", 6)]
    assert await count(place, "delivery") == 0
    assert await count(place, "alert") == 2


async def test_what_waits_is_kept_however_old_it_is(place: Place) -> None:
    arrived = Arrived(START - timedelta(days=365), "prod", "alertmanager", {}, b"{}")
    async with place.pool.connection() as connection, connection.transaction():
        await deliveries.keep(connection, [arrived])

    await let_go(place)

    assert await count(place, "delivery") == 1


async def test_a_silence_that_ends_after_long_opens_what_it_kept_quiet(place: Place) -> None:
    now = place.clock.now()
    matchers = (Matcher.parse("alertname=Slow"),)
    ends_at = now + timedelta(days=200)
    silence = Silence(uuid4(), matchers, "a long one", now, ends_at, "ada", now)
    async with place.pool.connection() as connection:
        await silences.create(connection, silence)
    await place.arrive(fire(labels={"alertname": "Slow"}))
    await place.arrive(fire(labels={"alertname": "Slow"}))
    place.clock.moment += timedelta(days=199)
    await let_go(place)
    assert await place.issues() == []

    place.clock.moment += timedelta(days=2)
    await place.look_again()

    assert (await place.issue()).title == "Checkout is slow"


async def test_an_alert_that_ended_goes_when_it_belongs_to_no_issue(place: Place) -> None:
    await place.arrive(end("never", "It was never heard of"))
    await place.arrive(fire())
    await place.arrive(end())
    await over(place, 1)
    place.clock.moment += timedelta(days=91)

    await let_go(place)

    assert await count(place, "signal") == 0
    assert await place.rows("SELECT key, issue FROM alert") == [("a", 1)]


async def test_who_was_told_of_an_open_issue_is_known(place: Place) -> None:
    await place.arrive(fire())
    async with place.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET state = 'sent'")
    told = await place.told()
    assert told
    place.clock.moment += timedelta(days=365)
    await let_go(place)
    assert await place.told() == told

    await over(place, 1)
    async with place.pool.connection() as connection:
        await connection.execute("UPDATE outbox SET state = 'sent'")
    place.clock.moment += timedelta(days=31)
    await let_go(place)

    assert await place.told() == []


async def test_issues_are_kept_for_good_unless_a_time_is_set(place: Place) -> None:
    for key in ("over", "open", "firing"):
        await place.arrive(fire(key, f"{key} trouble", service=key))
    await place.arrive(end("over", "over trouble", service="over"))
    await over(place, 1)
    await over(place, 3)
    place.clock.moment += timedelta(days=1000)
    await let_go(place)
    assert len(await place.issues()) == 3

    await let_go(place, issues="365d")

    assert [issue.number for issue in await place.issues()] == [2, 3]
    for table in ("timeline", "clock_event", "signal", "outbox"):
        assert await place.rows(f"SELECT FROM {table} WHERE issue = 1") == []
    assert await place.rows("SELECT FROM timeline WHERE issue = 2") != []


async def test_issues_that_were_merged_go_with_what_they_were_merged_into(place: Place) -> None:
    for key in ("one", "two"):
        await place.arrive(fire(key, f"{key} trouble", service=key))
        await place.arrive(end(key, f"{key} trouble", service=key))
    async with place.pool.connection() as connection:
        await connection.execute(
            "UPDATE issue SET merged_into = 2, status = 'merged', ended_at = %s WHERE number = 1",
            (place.clock.now(),),
        )
    place.clock.moment += timedelta(days=400)
    await let_go(place, issues="365d")
    assert len(await place.issues()) == 2

    await over(place, 2)
    place.clock.moment += timedelta(days=366)
    await let_go(place, issues="365d")

    assert await place.issues() == []
    assert await count(place, "alert") == 0


async def test_whatever_refers_to_an_issue_is_thought_of(place: Place) -> None:
    """A table that is added, and refers to issues, has to say what becomes of its rows."""
    found = await place.rows(
        "SELECT conrelid::regclass::text, confdeltype::text FROM pg_constraint"
        " WHERE confrelid = 'issue'::regclass"
    )

    assert {table for table, action in found if action not in ("c", "n")} == {
        "alert",
        "clock_event",
        "issue",
        "link",
        "signal",
        "timeline",
    }


async def test_the_audit_log_is_kept_for_good(place: Place) -> None:
    async with place.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO audit (actor, act, subject, at) VALUES ('a', 'b', 'c', '2000-01-01')"
        )
        await let_go(place, issues="1d")
        assert await count(place, "audit") == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="audit is append-only"):
            await connection.execute("DELETE FROM audit")


async def test_the_timer_comes_back_soon_while_there_is_more(place: Place) -> None:
    handlers = retain.retaining(Settings(), place.clock)
    await put(place, "timer", timedelta(days=31))

    async def ring() -> timedelta:
        async with place.pool.connection() as connection, connection.transaction():
            await retain.prepare(connection, place.clock)
            (pending,) = await timers.pending(connection, retain.SUBJECT)
            await handlers[pending.kind](connection, pending)
            (again,) = await timers.pending(connection, retain.SUBJECT)
        return again.due_at - place.clock.now()

    assert [await ring(), await ring()] == [retain.SOON, retain.EVERY]


async def test_a_server_that_starts_again_does_not_put_it_off(place: Place) -> None:
    async with place.pool.connection() as connection:
        await retain.prepare(connection, place.clock)
        place.clock.moment += timedelta(hours=1)
        await retain.prepare(connection, place.clock)
        (pending,) = await timers.pending(connection, retain.SUBJECT)

    assert pending.due_at == START + retain.SOON


async def test_what_a_review_promised_keeps_its_issue_until_it_is_done(place: Place) -> None:
    await place.arrive(fire())
    await place.arrive(end())
    await over(place, 1)
    async with place.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO action_item (issue, title, created_at, created_by, changed_at)"
            " VALUES (1, 'Buy a disk', now(), 'test', now())"
        )
    place.clock.moment += timedelta(days=366)
    await let_go(place, issues="365d")
    assert await count(place, "issue") == 1

    async with place.pool.connection() as connection:
        await connection.execute("UPDATE action_item SET state = 'done', ended_at = now()")
    await let_go(place, issues="365d")
    assert (await count(place, "issue"), await count(place, "action_item")) == (0, 0)


async def test_of_releases_the_latest_and_those_with_commits_stay(place: Place) -> None:
    async with place.pool.connection() as connection:
        await connection.execute(b"INSERT INTO error_project (name) VALUES ('shop')")
        await connection.execute(
            b"INSERT INTO error_release (project, release, first_seen)"
            b" SELECT p.id, n::text, %(at)s FROM error_project AS p, generate_series(1, 2005) AS n"
            b" ORDER BY n + 0",
            {"at": place.clock.now() - timedelta(days=401)},
        )
        await connection.execute(
            b"INSERT INTO release_commit (project, release, place, id, author, message, files)"
            b" SELECT id, '2', 0, 'abc', 'ada', 'x', '{}' FROM error_project"
        )
    await let_go(place)

    kept = await place.rows("SELECT release FROM error_release ORDER BY place LIMIT 2")
    assert [release for (release,) in kept] == ["2", "6"]
    assert await count(place, "error_release") == 2001
