"""What logs say is learnt once, whoever takes it; what is news becomes a signal, and ends."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from fettle.flow import log_news, retain
from fettle.flow.logs import Learning
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.logs.digest import Digester, digests
from fettle.intake.settled import terms_of
from fettle.model.log import LogState
from fettle.model.signal import Signal, SignalKind
from fettle.settings import Settings
from fettle.settings.logs import LogsSettings
from fettle.store import changes, dead_letters, deliveries, errors, logs, open_lines
from fettle.store.deliveries import Which
from fettle.store.logs import Named
from fettle.store.open_lines import Open
from fettle.store.statements import Connection
from tests.flow.filing import Filing

HOUR = timedelta(hours=1)
SETTINGS = LogsSettings(learn=HOUR, most_an_hour=3)
QUIET = ["INFO served / in 3 ms", "INFO served /cart in 5 ms", "WARNING slow query of 9 ms"]


def learning(filing: Filing, settings: LogsSettings = SETTINGS) -> Learning:
    """Give a process that takes what came."""
    return Learning(filing.pool, filing.clock, settings)


async def come(filing: Filing, lines: Iterable[str], *, late: bool = False) -> None:
    """Let lines come."""
    found = list(digests(Digester(Scrubbing().text), [line.encode() for line in lines]))
    now = filing.clock.now()
    async with filing.pool.connection() as connection, connection.transaction():
        source = await logs.enter(connection, "shop", "shop", now, 10)
        await logs.keep(connection, source, found, now, late=late)


async def take(process: Learning) -> None:
    """Let all that waits be taken."""
    while await process.take():
        pass


async def learnt(filing: Filing, *, hours: int = 2, lines: Iterable[str] = QUIET) -> Learning:
    """Give a process that has learnt a log, some lines of it an hour."""
    process = learning(filing)
    await process.look_again()
    await come(filing, lines)
    filing.clock.moment += HOUR
    await take(process)
    for _ in range(hours):
        await come(filing, lines)
        filing.clock.moment += HOUR
    filing.clock.moment -= HOUR
    await take(process)
    return process


async def templates(filing: Filing, state: LogState | None = None) -> list[Named]:
    """Return templates, the first one first."""
    async with filing.pool.connection() as connection:
        return (await logs.templates(connection, None, state, None, 1000))[::-1]


async def counted(filing: Filing) -> dict[str, int]:
    """Return how many lines of which text came."""
    return {one.template.text: one.template.lines for one in await templates(filing)}


def told(signals: list[Signal]) -> list[tuple[str, bool]]:
    """Return what was told, and whether it began or ended."""
    return [(one.title, one.firing) for one in signals]


async def test_lines_are_counted_by_what_they_have_in_common_and_by_the_hour(
    filing: Filing,
) -> None:
    process = learning(filing)
    await come(filing, [f"INFO served /{n} in {n} ms" for n in range(50)])
    await take(process)
    filing.clock.moment += HOUR
    await come(filing, ["INFO served /7 in 1 ms", "ERROR no card: token=hunter22"])
    await take(process)
    found = await templates(filing)
    assert {one.template.text: one.template.lines for one in found} == {
        "served <*> in <*>": 51,
        "no card: token=[secret]": 1,
    }
    async with filing.pool.connection() as connection:
        since = filing.clock.now() - timedelta(days=1)
        hours = await logs.counts_of(connection, [found[0].template.id], since)
        counts = await deliveries.counts(connection, since.date())
    assert [one.lines for one in hours[found[0].template.id]] == [50, 1]
    assert [(one["vendor"], one["outcome"], one["number"]) for one in counts] == [
        ("logs", "counted", 52)
    ]
    assert "hunter22" not in str(found)


async def test_ids_stay_whoever_takes_and_however_often_it_is_started(filing: Filing) -> None:
    one, two = learning(filing), learning(filing)
    await come(filing, ["ERROR card of ada was refused", "INFO started"])
    await take(one)
    first = {named.template.text: named.template.id for named in await templates(filing)}
    for process, user in ((two, "bob"), (one, "cyd"), (learning(filing), "dan"), (two, "eve")):
        await come(filing, [f"ERROR card of {user} was refused", "INFO started"])
        await take(process)
    again = {named.template.text: named.template.id for named in await templates(filing)}
    assert again == {
        "card of <*> was refused": first["card of ada was refused"],
        "started": first["started"],
    }
    assert await counted(filing) == {"card of <*> was refused": 5, "started": 5}


async def test_two_who_take_at_once_count_each_line_once(filing: Filing) -> None:
    one, two = learning(filing), learning(filing)
    for number in range(30):
        await come(filing, [f"INFO line {number}", "ERROR it failed"])
    while any(await asyncio.gather(one.take(), two.take())):
        pass
    assert await counted(filing) == {"line <*>": 30, "it failed": 30}
    async with filing.pool.connection() as connection:
        (summary,) = await logs.sources(connection, None, 10)
        assert await logs.waiting(connection, 10) == []
    assert summary.source.lines == 60


async def test_who_fails_in_the_middle_has_done_nothing(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await learnt(filing)
    before = await counted(filing)
    await come(filing, ["ERROR brand new trouble"])

    async def away(_: Connection, __: object) -> None:
        raise psycopg.OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(logs, "taken", away)
        with pytest.raises(psycopg.OperationalError):
            await process.take()
    assert (await counted(filing), await filing.filed()) == (before, [])
    await take(learning(filing))
    assert await counted(filing) == {**before, "brand new trouble": 1}


async def test_while_a_log_is_learnt_nothing_is_news(filing: Filing) -> None:
    process = learning(filing)
    await come(filing, ["ERROR it failed", *QUIET])
    await take(process)
    assert await filing.filed() == []


async def test_what_is_new_and_bad_is_told_and_is_over_when_it_is_quiet(filing: Filing) -> None:
    process = await learnt(filing)
    await come(filing, ["ERROR disk 7 is full", "INFO a new page", "WARNING login failed"])
    await take(process)
    await come(filing, ["ERROR disk 8 is full"])
    await take(process)
    signals = await filing.filed()
    assert told(signals) == [
        ("New in shop: disk <*> is full", True),
        ("New in shop: login failed", True),
    ]
    assert (signals[0].kind, signals[0].service) == (SignalKind.LOG, "shop")
    filing.clock.moment += 2 * HOUR
    await process.look_again()
    await process.look_again()
    assert told((await filing.filed())[2:]) == [
        ("Over in shop: disk <*> is full", False),
        ("Over in shop: login failed", False),
    ]
    assert {one.key for one in signals} == {one.key for one in (await filing.filed())[2:]}


async def test_what_rises_is_told_and_is_over_after_a_calm_hour(filing: Filing) -> None:
    process = await learnt(filing, hours=30, lines=["ERROR timeout of the card provider"] * 3)
    await come(filing, ["ERROR timeout of the card provider"] * 40)
    await take(process)
    (signal,) = await filing.filed()
    assert told([signal]) == [("Far more than usual in shop: timeout of the card provider", True)]
    assert "43 lines in this hour, where 3" in signal.text
    await come(filing, ["ERROR timeout of the card provider"] * 40)
    await take(process)
    filing.clock.moment += HOUR
    await come(filing, ["ERROR timeout of the card provider"] * 50)
    await take(process)
    await process.look_again()
    filing.clock.moment += HOUR
    await process.look_again()
    assert len(await filing.filed()) == 1  # the last hour was as bad
    await come(filing, ["ERROR timeout of the card provider"] * 2)
    await take(process)
    filing.clock.moment += HOUR
    await process.look_again()
    _, over = await filing.filed()
    assert (over.firing, over.key) == (False, signal.key)


async def test_what_only_came_late_does_not_rise(filing: Filing) -> None:
    process = await learnt(filing, hours=30, lines=["INFO tick"])
    await come(filing, ["INFO tick"] * 500, late=True)
    await take(process)
    assert await filing.filed() == []
    assert (await counted(filing))["tick"] == 531


async def test_what_came_regularly_and_stops_has_vanished_until_it_comes_again(
    filing: Filing,
) -> None:
    process = await learnt(filing, hours=50, lines=["INFO backup done", "INFO served /"])
    for _ in range(3):
        filing.clock.moment += HOUR
        await come(filing, ["INFO served /"])
        await take(process)
        await process.look_again()
    assert told(await filing.filed()) == [("Gone from shop: backup done", True)]
    await process.look_again()
    await come(filing, ["INFO backup done"])
    await take(process)
    assert told((await filing.filed())[1:]) == [("Over in shop: backup done", False)]


async def test_a_log_that_falls_silent_is_one_signal_and_not_one_for_each_line(
    filing: Filing,
) -> None:
    process = await learnt(filing, hours=50)
    for _ in range(4):
        filing.clock.moment += HOUR
        await process.look_again()
    assert told(await filing.filed()) == [("Nothing comes of the log shop", True)]
    await come(filing, QUIET)
    await take(process)
    assert told((await filing.filed())[1:]) == [("Nothing comes of the log shop", False)]


async def test_a_log_that_nobody_writes_any_more_is_given_up_and_forgotten(filing: Filing) -> None:
    process = await learnt(filing, hours=50)
    filing.clock.moment += 4 * HOUR
    await process.look_again()
    for _ in range(10):
        filing.clock.moment += timedelta(days=1)
        await process.look_again()
    assert [one.firing for one in await filing.filed()] == [True, False]
    filing.clock.moment += timedelta(days=30)
    async with filing.pool.connection() as connection, connection.transaction():
        while await retain.let_go(connection, Settings(), filing.clock.now()):
            pass
        assert await logs.sources(connection, None, 10) == []


async def test_who_has_just_begun_misses_nothing_yet(filing: Filing) -> None:
    await learnt(filing, hours=50)
    filing.clock.moment += 10 * HOUR
    process = learning(filing)
    await process.look_again()
    filing.clock.moment += HOUR
    await process.look_again()
    assert await filing.filed() == []


async def test_an_hour_has_so_many_signals_and_the_rest_is_counted(filing: Filing) -> None:
    process = await learnt(filing)
    trouble = ("disk is full", "no route there", "card is stolen", "mail bounced", "key is lost")
    await come(filing, [*(f"ERROR {one}" for one in trouble), "FATAL the store burns"])
    await take(process)
    signals = await filing.filed()
    assert len(signals) == 3
    assert signals[0].title == "New in shop: the store burns"  # the gravest goes first
    async with filing.pool.connection() as connection:
        (summary,) = await logs.sources(connection, None, 10)
        counts = await deliveries.counts(connection, filing.clock.now().date() - timedelta(days=9))
    assert summary.source.folded == 3
    (folded,) = [one for one in counts if one["outcome"] == "suppressed"]
    assert (folded["number"], folded["reason"]) == (3, "more than 3 signals of it in an hour")


async def test_what_is_muted_is_no_news_and_what_was_told_of_it_ends(filing: Filing) -> None:
    process = await learnt(filing)
    await come(filing, ["ERROR disk 7 is full"])
    await take(process)
    (new,) = await templates(filing, LogState.NEW)
    async with filing.pool.connection() as connection, connection.transaction():
        muted = await log_news.mute(connection, new.template.id, "user:ada", filing.clock.now())
    assert (muted.template.state, muted.template.muted_by) == (LogState.KNOWN, "user:ada")
    assert [one.firing for one in await filing.filed()] == [True, False]
    for _ in range(30):
        filing.clock.moment += HOUR
        await come(filing, ["ERROR disk 7 is full"])
    await come(filing, ["ERROR disk 7 is full"] * 99)
    await take(process)
    assert len(await filing.filed()) == 2
    async with filing.pool.connection() as connection, connection.transaction():
        await log_news.unmute(connection, new.template.id)
    await come(filing, ["ERROR disk 7 is full"])
    await take(process)
    assert told((await filing.filed())[2:]) == [
        ("Far more than usual in shop: disk <*> is full", True)
    ]


async def test_what_joins_another_template_is_told_as_over(filing: Filing) -> None:
    process = await learnt(filing)
    for user in ("ada", "bob", "cyd"):
        await come(filing, [f"ERROR card of {user} was not let in"])
        await take(process)
    assert len(await filing.filed()) == 3
    await come(filing, ["ERROR card of dan was not let in"])
    await take(process)
    assert [one.firing for one in await filing.filed()] == [True, True, True, False, False]
    found = await templates(filing, LogState.NEW)
    assert [one.template.text for one in found] == ["card of <*> was not let in"]


async def test_templates_are_bounded_and_rare_ones_make_room(filing: Filing) -> None:
    settings = SETTINGS.model_copy(update={"most_templates": 100})
    process = learning(filing, settings)
    letters = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in "qwertyuiop"]
    for part in range(0, 200, 20):
        odd = [f"{one * 3} {one * 2} {one}" for one in letters[part : part + 20]]
        await come(filing, odd)
        await take(process)
    assert len(await templates(filing)) <= 100 + 500
    filing.clock.moment += timedelta(days=2)
    await process.look_again()
    left = len(await templates(filing))
    await come(filing, ["INFO something else entirely"])
    await take(process)
    assert await counted(filing)
    assert len(await templates(filing)) == left + 1


async def test_what_does_not_come_any_more_goes_and_the_process_knows(filing: Filing) -> None:
    process = await learnt(filing)
    kept: dict[str, Any] = {"keep": "15d"}
    filing.clock.moment += timedelta(days=16)
    await come(filing, ["INFO served / in 3 ms"])
    await take(process)
    async with filing.pool.connection() as connection, connection.transaction():
        settings = Settings.model_validate({"logs": kept})
        while await retain.let_go(connection, settings, filing.clock.now()):
            pass
    assert await counted(filing) == {"served <*> in <*>": 7}
    await come(filing, QUIET)
    await take(process)
    assert sorted(await counted(filing)) == ["served <*> in <*>", "slow query of <*>"]


TRACE = ["ERROR no card", "Traceback (most recent call last):", '  File "a.py", line 3, in pay']


async def test_what_a_trace_tells_is_no_news_beside_its_error(filing: Filing) -> None:
    process = await learnt(filing)
    await come(filing, ["ERROR no card CardError"])  # as it was told before traces were read
    await take(process)
    await come(filing, [*TRACE, "CardError: 7"])
    await take(learning(filing))
    await come(filing, [*TRACE, "PayError: 7"])
    await take(process)
    assert told(await filing.filed()) == [
        ("New in shop: no card CardError", True),
        ("Over in shop: no card CardError", False),
    ]
    found = {one.template.text: one.template for one in await templates(filing)}
    assert found["no card CardError"].lines == 2
    assert found["no card CardError"].raised
    for _ in range(60):
        filing.clock.moment += HOUR
        await come(filing, [*TRACE, "PayError: 7"])
    await come(filing, [*TRACE, "PayError: 7"] * 99)
    await take(process)
    filing.clock.moment += 10 * HOUR
    await process.look_again()
    assert [one.title for one in (await filing.filed())[2:]] == ["Nothing comes of the log shop"]


async def test_a_trace_that_nobody_goes_on_with_is_whole_after_some_seconds(
    filing: Filing,
) -> None:
    process, now = learning(filing), filing.clock.now()
    lines = "\n".join([*TRACE, "CardError: 7"])
    async with filing.pool.connection() as connection:
        source = await logs.enter(connection, "shop", None, now, 10)
        await open_lines.keep_open(connection, source, Open(uuid4(), lines, now))
    await process.close()
    assert await process.take() == 0
    filing.clock.moment += timedelta(seconds=6)
    await process.close()
    await take(process)
    assert await counted(filing) == {"no card CardError": 1}
    async with filing.pool.connection() as connection:
        (event,) = await errors.waiting(connection, 10, 10**6, filing.clock.now())
    assert (event.project_name, "CardError" in event.body) == ("shop", True)


async def test_pages_are_told_of_a_log_once_in_some_seconds_and_at_once_how_it_stands(
    filing: Filing,
) -> None:
    process = learning(filing)
    async with await psycopg.AsyncConnection.connect(
        str(filing.pool.conninfo), autocommit=True
    ) as heard:
        await heard.execute(f"LISTEN {changes.CHANNEL}")

        async def told_of() -> list[str]:
            return [notice.payload async for notice in heard.notifies(timeout=0.01)]

        await come(filing, QUIET)
        assert await told_of() == ["log 1"]
        for _ in range(5):
            await come(filing, QUIET)
            await take(process)
            await process.tell_pages()
        assert await told_of() == ["log 1"]
        filing.clock.moment += timedelta(seconds=4)
        await process.tell_pages()
        assert await told_of() == ["log 1"]
        filing.clock.moment += timedelta(seconds=4)
        await process.tell_pages()
        assert await told_of() == []
        (template, *_) = await templates(filing)
        async with filing.pool.connection() as connection, connection.transaction():
            await log_news.mute(connection, template.template.id, "ada", filing.clock.now())
        assert await told_of() == ["log 1"]


async def test_what_cannot_be_learnt_is_dropped_alone(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = learning(filing)
    for line in ("INFO one", "INFO broken", "INFO two"):
        await come(filing, [line])
    was = logs.insert

    async def insert(connection: Connection, source: int, new: Any) -> list[int]:  # noqa: ANN401
        if any("broken" in one.text for one in new):
            raise ZeroDivisionError
        return await was(connection, source, new)

    monkeypatch.setattr(logs, "insert", insert)
    await take(process)
    assert await counted(filing) == {"one": 1, "two": 1}
    async with filing.pool.connection() as connection:
        (dead,) = await dead_letters.listed(connection, None, 10)
    assert dead["reason"] == "a mistake in Fettle: ZeroDivisionError"
    assert await died(filing) == 1

    monkeypatch.setattr(logs, "insert", was)
    await take(process)
    assert await counted(filing) == {"one": 1, "two": 1}
    async with filing.pool.connection() as connection, connection.transaction():
        assert len(await dead_letters.replay_lines(connection, Which(every=True))) == 1
    await take(process)
    assert await counted(filing) == {"one": 1, "broken": 1, "two": 1}


async def test_no_more_lines_that_died_are_kept_than_can_be_replayed(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_DEAD", 1)
    monkeypatch.setattr(logs, "insert", _broken)
    process = learning(filing)
    for line in ("INFO one", "INFO two"):
        await come(filing, [line])
    await take(process)

    async with filing.pool.connection() as connection:
        kept = await dead_letters.listed(connection, None, 10)
    assert (len(kept), await died(filing)) == (1, 2)


async def _broken(*_: object, **__: object) -> list[int]:
    raise ZeroDivisionError


async def died(filing: Filing) -> int:
    """Return how many lines were counted that could not be learnt."""
    async with filing.pool.connection() as connection:
        counts = await deliveries.counts(connection, filing.clock.now().date() - timedelta(days=9))
    return sum(one["number"] for one in counts if one["outcome"] == "dead")


async def test_a_trace_that_cannot_be_learnt_is_counted(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = learning(filing)
    now = filing.clock.now()
    async with filing.pool.connection() as connection:
        source = await logs.enter(connection, "shop", None, now, 10)
        await open_lines.keep_open(connection, source, Open(uuid4(), "\n".join(TRACE), now))
    filing.clock.moment += timedelta(seconds=6)
    monkeypatch.setattr(logs, "keep", _broken)
    await process.close()

    assert await died(filing) == len(TRACE)


async def test_a_trace_that_is_closed_is_taken_on_its_applications_terms(filing: Filing) -> None:
    terms_for = terms_of(
        Settings.model_validate(
            {"errors": {"project": [{"name": "shop", "rate": 0.001, "burst": 1}]}}
        )
    )
    process = Learning(filing.pool, filing.clock, LogsSettings(), terms_for)
    lines, now = "\n".join([*TRACE, "CardError: 7"]), filing.clock.now()
    async with filing.pool.connection() as connection:
        source = await logs.enter(connection, "shop", None, now, 10)
        for _ in range(3):
            await open_lines.keep_open(connection, source, Open(uuid4(), lines, now))
    filing.clock.moment += timedelta(seconds=6)
    await process.close()
    async with filing.pool.connection() as connection:
        assert len(await errors.waiting(connection, 10, 10**6, filing.clock.now())) == 1


async def test_a_trace_stays_open_while_too_much_waits(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = learning(filing)
    now = filing.clock.now()
    async with filing.pool.connection() as connection, connection.transaction():
        source = await logs.enter(connection, "shop", "shop", now, 10)
        await open_lines.keep_open(connection, source, Open(uuid4(), "ERROR no card", now))
    filing.clock.moment += HOUR
    with monkeypatch.context() as full:
        full.setattr(logs, "MOST_WAITING", 0)
        await process.close()
    await process.close()
    await take(process)
    assert await counted(filing) == {"no card": 1}
