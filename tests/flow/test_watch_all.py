"""All that is in the catalogue is watched, and tells as little as is needed."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from fettle.errors import BadSettings
from fettle.flow import absorb, retain, schedules, watch
from fettle.model.deploy import Deploy
from fettle.model.quantity import Bytes
from fettle.model.readings import Memory
from fettle.model.severity import Severity
from fettle.model.watched import Damping, Watched
from fettle.settings import Settings, watching
from fettle.store import deploys, partitions, samples, watched
from fettle.store.samples import Span
from fettle.testing import START
from tests.flow.desk import RECEIVERS, place_of, taking_of
from tests.flow.filing import Filing
from tests.flow.watching import GAP, Street, answer, silence, street_of

MINUTE = timedelta(minutes=1)
CATALOGUE = {
    "service": [
        {"name": "shop", "url": "https://shop.example", "tier": "critical"},
        {"name": "wiki", "url": "https://wiki.example", "every": "10m", "on": "office"},
        {"name": "mail", "depends_on": ["stripe"]},
    ],
    "dependency": [{"name": "stripe", "url": "https://stripe.example", "critical": True}],
    "database": [{"name": "main-db", "url": "postgresql://127.0.0.1:1/nothing"}],
}


def planned(**sections: object) -> dict[str, schedules.Planned]:
    settings = Settings.model_validate({**CATALOGUE, **sections})
    return {one.subject: one for one in schedules.planned(settings)}


def test_everything_that_can_be_looked_at_is_planned() -> None:
    plans = planned()
    every = {name: plan.every for name, plan in plans.items()}

    assert every == {
        "checks/main-db": 5 * MINUTE,
        "checks/shop": MINUTE,
        "checks/wiki": 10 * MINUTE,
        "checks/stripe": MINUTE,
    }
    assert (plans["checks/wiki"].on, plans["checks/wiki"].place.on) == ("office", "office")
    assert (plans["checks/shop"].place.service, plans["checks/shop"].place.critical) == (
        "shop",
        True,
    )
    assert (plans["checks/stripe"].place.service, plans["checks/stripe"].place.critical) == (
        "mail",
        True,
    )
    assert plans["checks/stripe"].place.damping == Damping(2, 3)
    assert plans["checks/main-db"].place.damping == Damping()


@pytest.mark.parametrize("schedule", [[], [{"name": "often", "targets": ["web-1"]}]])
async def test_a_target_that_leaves_out_what_is_no_check_is_refused_at_the_start(
    filing: Filing, schedule: list[Any]
) -> None:
    """It is the target that is wrong, whether or not a schedule names it."""
    host = [{"name": "web-1", "skip": ["disk_ful"]}]
    settings = Settings.model_validate({"host": host, "schedule": schedule})

    async with filing.pool.connection() as connection:
        with pytest.raises(BadSettings, match=r"\[\[host\]\] web-1: skip.* did you mean disk_full"):
            await watch.prepare(connection, settings, filing.clock)


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ({"host": [{"name": "web-1", "limits": {"disk_ful": {}}}]}, r"\[\[host\]\] web-1: limits"),
        (
            {"database": [{"name": "a", "url": "postgresql://a", "limits": {"disk_ful": {}}}]},
            r"\[\[database\]\] a: limits",
        ),
        ({"limits": {"disk_ful": {}}}, r"^limits"),
    ],
)
async def test_limits_of_what_is_no_check_are_refused_at_the_start(
    filing: Filing, section: dict[str, Any], where: str
) -> None:
    settings = Settings.model_validate(section)

    async with filing.pool.connection() as connection:
        with pytest.raises(BadSettings, match=rf"{where}\.disk_ful: .*did you mean disk_full"):
            await watch.prepare(connection, settings, filing.clock)


def test_a_schedule_names_what_it_looks_at() -> None:
    schedule = [
        {"name": "rarely", "every": "1h"},
        {"name": "often", "every": "10s", "targets": ["shop", "main-db"]},
    ]
    every = {name: plan.every for name, plan in planned(schedule=schedule).items()}

    assert every == {
        "rarely/main-db": 60 * MINUTE,
        "often/shop": MINUTE / 6,
        "often/main-db": MINUTE / 6,
        "checks/wiki": 10 * MINUTE,
        "checks/stripe": MINUTE,
    }


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"schedule": [{"name": "x", "targets": ["nothing"]}]}, "nothing is called nothing"),
        ({"schedule": [{"name": "x", "targets": ["mail"]}]}, "nothing says where mail is watched"),
        (
            {"schedule": [{"name": "x", "targets": ["shop"], "only": ["index_unused"]}]},
            "none of its checks looks at the service shop",
        ),
        ({"dependency": [{"name": "a", "url": "https://a", "on": "ä" * 20}]}, "a label has"),
    ],
)
async def test_what_cannot_be_planned_is_refused(
    filing: Filing, sections: dict[str, object], why: str
) -> None:
    settings = Settings.model_validate({**CATALOGUE, **sections})
    async with filing.pool.connection() as connection:
        with pytest.raises(BadSettings, match=why):
            await watch.prepare(connection, settings, filing.clock)


@pytest.mark.parametrize("name", ["main-db", "main_db", "shop"])
def test_two_targets_of_one_name_are_refused_whatever_they_are(name: str) -> None:
    given = {**CATALOGUE, "dependency": [{"name": name}]}

    with pytest.raises(BadSettings, match=f"two are called {name}"):
        watching.refuse_twins(Settings.model_validate(given))
    watching.refuse_twins(Settings.model_validate(CATALOGUE))


def names(number: int) -> list[str]:
    return [f"d{place}" for place in range(number)]


async def test_many_that_begin_at_once_are_spread_over_a_minute(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, *names(60))
    await street.prepare()
    first = [timer.due_at for timer in await filing.timers()]
    filing.clock.moment += timedelta(hours=1)  # the server was away
    await street.prepare()
    again = [timer.due_at for timer in await filing.timers()]

    assert first == [START + place * timedelta(seconds=1) for place in range(60)]
    assert again == [one + timedelta(hours=1) for one in first]


# What is told


async def keys(filing: Filing) -> list[tuple[str, bool]]:
    return [(one.source.partition("/")[2] or one.key, one.firing) for one in await filing.filed()]


async def test_one_bad_look_is_followed_soon_and_two_are_told(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    await street.prepare()
    await filing.ring(street.watch.timers)
    await street.look("stripe", [silence("stripe")])
    (timer,) = await filing.timers()
    assert timer.due_at == START + timedelta(seconds=30)
    assert await keys(filing) == []

    filing.clock.moment += timedelta(seconds=30)
    await street.look("stripe", [silence("stripe")])
    (told,) = await filing.filed()
    assert (told.severity, told.labels["dependency"]) == (Severity.MEDIUM, "stripe")
    assert "the connection was refused" in told.text

    filing.clock.moment += MINUTE
    good = [answer("stripe")]
    await street.looks("stripe", good, [GAP], good)
    assert await keys(filing) == [("stripe", True)]
    await street.look("stripe", good)
    assert await keys(filing) == [("stripe", True), ("stripe", False)]


async def test_one_that_comes_and_goes_is_told_of_a_few_times_only(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    for _ in range(20):
        await street.looks("stripe", *[[silence("stripe")]] * 3, *[[answer("stripe")]] * 4)

    told = await keys(filing)
    assert told.count(("stripe", True)) <= 2


async def test_when_most_give_no_answer_it_is_one_piece_of_trouble(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, *names(6))
    await _round(street, answering=True)
    await _round(street, answering=False)
    await _round(street, answering=False)
    began = await keys(filing)
    for _ in range(3):
        await _round(street, answering=True)
    await _round(street, answering=True)
    over = (await keys(filing))[len(began) :]

    assert began[0] == ("network", True)
    assert sorted(began[1:]) == [(name, True) for name in names(6)]
    assert over[-1] == ("network", False)  # the last: nothing is left that others open issues of
    assert sorted(over[:-1]) == [(name, False) for name in names(6)]
    (network, *others) = await filing.filed()
    assert "6 of 6" in network.text or "of 6 targets" in network.text
    assert all(one.labels["answer"] == "none" for one in others if one.key != "network")


async def test_one_that_is_down_when_the_network_is_back_is_told_of_by_itself(
    filing: Filing,
) -> None:
    street = street_of(filing.pool, filing.clock, *names(6))
    for answering in (True, False, False, True, True, True):
        await _round(street, answering=answering, but="d0")

    told = await keys(filing)
    assert told[-1] == ("network", False) or ("network", False) in told
    assert ("d0", False) not in told


async def test_of_a_network_that_is_gone_one_issue_is_opened(store_environ: dict[str, str]) -> None:
    given = {"dependency": [{"name": name, "url": f"https://{name}"} for name in names(6)]}
    settings = Settings.model_validate({**RECEIVERS, **given})
    async with place_of(store_environ) as place:
        taking = taking_of(settings, place.clock)
        street = Street(place.pool, place.clock, settings)
        await _round(street, answering=True)
        for answering in (False, False, True, True, True, True):
            await _round(street, answering=answering, but="d0")
            while await absorb.absorb(place.pool, taking):
                pass
            await absorb.look_again(place.pool, taking)
        found = await place.issues()

    assert [(one.title, str(one.status)) for one in found] == [
        ("Most of what Fettle looks at gives no answer", "resolved"),
        ("A dependency gives no answer: d0", "triaged"),
    ]


async def test_two_that_are_down_among_many_are_two(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, *names(6))
    for _ in range(3):
        for name in names(6):
            down = name in ("d0", "d1")
            await street.look(name, [silence(name) if down else answer(name)])
            filing.clock.moment += MINUTE / 6

    assert await keys(filing) == [("d0", True), ("d1", True)]


async def _round(street: Street, *, answering: bool, but: str = "") -> None:
    """Look at all, one after the other, within a minute."""
    for name in street.plans:
        good = answering and name != but
        await street.look(name, [answer(name) if good else silence(name)])
        street.clock.moment += MINUTE / 6


# What is kept


async def test_a_look_keeps_how_it_went_and_what_it_measured(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    await street.looks("stripe", [answer("stripe", 0.2)], [answer("stripe", 0.6)], [GAP])
    await street.looks("stripe", [answer("stripe", 0.4)], apart=10 * MINUTE)
    (series,) = await street.series("stripe")
    stands = await street.stand("stripe")
    async with filing.pool.connection() as connection:
        five = Span(START, START + timedelta(hours=1), 5 * MINUTE)
        hours = Span(START, START + timedelta(hours=1), 60 * MINUTE)
        (fine,) = (await samples.lines(connection, [series.id], five)).values()
        (rough,) = (await samples.lines(connection, [series.id], hours)).values()
        looks = await samples.looks(connection, stands.id, START - MINUTE, 10)
        beats = await samples.beats(connection, [stands.id], START - MINUTE, 2)
        days = await samples.days(connection, [stands.id], START.date())

    assert (series.metric, series.subject, series.latest) == ("probe_whole_s", "", 0.4)
    assert [fine.number, fine.least, fine.most] == [[3], [0.2], [0.6]]
    assert rough.mean == pytest.approx([0.4])
    assert [one.status for one in looks] == ["ok", "unknown", "ok", "ok"]
    assert looks[1].worst == "dependency_unavailable: the exporter is down"
    assert beats[stands.id].status == ["unknown", "ok"]
    assert {one.status: one.looks for one in days} == {"ok": 3, "unknown": 1}
    assert (stands.status, stands.cut, stands.kind) == ("ok", 0, "dependency")


async def test_what_a_target_told_and_tells_no_more_is_unknown_for_a_day(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "a")
    full = Memory("a", Bytes(90), Bytes(100))
    await street.looks("a", [answer("a"), full], [answer("a"), full], [answer("a")])
    assert (await street.stand("a")).status == "unknown"
    assert await keys(filing) == [("a", True)]

    filing.clock.moment += timedelta(days=1)
    await street.looks("a", *[[answer("a")]] * 3)
    assert (await street.stand("a")).status == "ok"
    assert await keys(filing) == [("a", True), ("a", False)]


async def test_a_look_that_is_repeated_is_counted_once(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    run = uuid4()
    await street.look("stripe", [silence("stripe")], run)
    await street.look("stripe", [silence("stripe")], run)
    assert await keys(filing) == []

    await asyncio.gather(*(street.look("stripe", [answer("stripe")], uuid4()) for _ in range(4)))
    stands = await street.stand("stripe")
    (series,) = await street.series("stripe")
    async with filing.pool.connection() as connection:
        looks = await samples.looks(connection, stands.id, START - MINUTE, 100)
        span = Span(START, START + 5 * MINUTE, 5 * MINUTE)
        (line,) = (await samples.lines(connection, [series.id], span)).values()
    assert 2 <= len(looks) <= 5
    assert line.number == [len(looks) - 1]  # of those that were overtaken nothing is kept


async def test_figures_beyond_what_is_kept_are_cut_and_counted(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe", keep={"most_series": 1})
    await street.look("stripe", [answer("stripe")])
    async with filing.pool.connection() as connection:
        kept = (await street.series("stripe"))[0]
        more = samples.Took((await street.stand("stripe")).id, START, "checks", "ok", 0, 0, 0.1)
        await samples.keep(connection, more, [], cut=7)

    assert kept.metric == "probe_whole_s"
    assert (await street.stand("stripe")).cut == 7


async def test_parts_of_tables_are_made_ahead_and_go_as_a_whole(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    filing.clock.moment = START + timedelta(days=400)  # nobody has prepared that
    await street.look("stripe", [answer("stripe")])
    async with filing.pool.connection() as connection:
        await partitions.cover(connection, START, START + timedelta(days=30))
        await partitions.cover(connection, START, START + timedelta(days=30))
        before = await _parts(filing)
        while await partitions.let_go(connection, "sample", START + timedelta(days=14)):
            pass
        after = await _parts(filing)
        cursor = await connection.execute("SELECT count(*) FROM sample")
        (kept,) = await cursor.fetchone() or (0,)

    gone = set(before) - set(after)
    assert gone == {"sample_20251229", "sample_20260105"}  # each of a week, from a Monday on
    assert kept == 1


async def _parts(filing: Filing) -> list[str]:
    async with filing.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'sample'::regclass"
        )
        return [str(name) for (name,) in await cursor.fetchall()]


async def test_what_answers_with_no_number_has_no_sample(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    await street.look("stripe", [answer("stripe", float("inf"))])

    assert await street.series("stripe") == []


async def test_old_samples_go_and_those_of_hours_stay_for_longer(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    await street.prepare()
    await street.looks("stripe", [answer("stripe")])
    seen = []
    for days in (1, 30, 460):
        now = START + timedelta(days=days)
        async with filing.pool.connection() as connection:
            more = True
            while more:
                async with connection.transaction():
                    more = await retain.let_go(connection, street.settings, now)
            counts = {}
            for table in ("look", "sample", "sample_hour", "look_day", "series"):
                cursor = await connection.execute(f"SELECT count(*) FROM {table}".encode())
                (counts[table],) = await cursor.fetchone() or (0,)
        seen.append(counts)

    assert seen[0] == dict.fromkeys(seen[0], 1)
    assert seen[1] == {**seen[0], "look": 0, "sample": 0}
    assert seen[2] == dict.fromkeys(seen[0], 0)


async def test_what_no_look_will_see_again_ends_when_the_settings_say_so(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe", "search", "mail")
    await street.prepare()
    down = [silence("stripe")], [silence("stripe")]
    await street.looks("stripe", *down)
    await street.looks("search", [answer("search")])
    fired = await filing.filed()
    without = street_of(filing.pool, filing.clock, "search", "mail")
    await without.prepare()
    ended = (await filing.filed())[len(fired) :]

    assert [one.firing for one in fired] == [True]
    assert [(one.key, one.firing) for one in ended] == [(fired[0].key, False)]
    assert "not watched any more" in ended[0].text
    assert (await street.stand("stripe")).looked_at < filing.clock.now()  # nobody has looked
    await without.prepare()
    assert len(await filing.filed()) == 2


async def test_a_network_is_back_though_those_without_an_answer_are_watched_no_more(
    filing: Filing,
) -> None:
    names = [f"api-{number}" for number in range(6)]
    street = street_of(filing.pool, filing.clock, *names, "left")
    await street.prepare()
    for name in names:
        await street.look(name, [answer(name)])
    for _ in range(2):
        for name in names:
            await street.look(name, [silence(name)])
        filing.clock.moment += MINUTE
    gone = [one for one in await filing.filed() if one.labels.get("check") == "network"]
    left = street_of(filing.pool, filing.clock, "left")
    await left.prepare()
    filing.clock.moment += 3 * MINUTE
    await left.look("left", [answer("left")])
    told = [one for one in await filing.filed() if one.labels.get("check") == "network"]

    assert [one.firing for one in gone] == [True]
    assert [one.firing for one in told] == [True, False]


async def test_a_network_that_nobody_looks_from_any_more_is_gone_no_more(filing: Filing) -> None:
    names = [f"api-{number}" for number in range(6)]
    away = [{"name": one, "url": f"https://{one}.example", "on": "office"} for one in names]
    street = street_of(filing.pool, filing.clock, dependency=away)
    await street.prepare()
    for _ in range(2):
        for name in names:
            await street.look(name, [silence(name)])
        filing.clock.moment += MINUTE
    await street_of(filing.pool, filing.clock, "other").prepare()
    told = [one for one in await filing.filed() if one.labels.get("check") == "network"]

    assert [one.firing for one in told] == [True, False]
    assert told[1].labels["on"] == "office"


async def test_a_look_that_is_clean_hides_nothing_that_another_schedule_asks_about(
    filing: Filing,
) -> None:
    street = street_of(filing.pool, filing.clock, "stripe")
    await street.prepare()
    await street.looks("stripe", *([silence("stripe")],) * 2)
    known = await watched_of(filing, "stripe")
    other = replace(
        known.firing[next(iter(known.firing))],
        title="A certificate runs out",
        severity=Severity.HIGH,
    )
    async with filing.pool.connection() as connection:
        before = await watched.read(connection, "stripe")
        kept = replace(before.watched, firing={"certificate_expiring:stripe": other})
        await watched.write(connection, ("stripe", "dependency"), kept, before.version, START)
    await street.looks("stripe", *([answer("stripe")],) * 3)

    assert (await street.stand("stripe")).status == "high"


# What is behind it

CHAIN = {
    "service": [
        {"name": "shop", "url": "https://shop.example", "depends_on": ["api", "main-db"]},
        {"name": "api", "url": "https://api.example", "depends_on": ["stripe"]},
    ],
    "database": [{"name": "main-db", "url": "postgresql://127.0.0.1:1/nothing"}],
}


async def causes(filing: Filing, name: str) -> dict[str, Mapping[str, Any]]:
    async with filing.pool.connection() as connection:
        kept = await samples.saved(connection, name)
    assert kept is not None
    return {one["subject"]: one for one in cast("list[dict[str, Any]]", kept[1]["causes"])}


async def test_a_service_is_explained_by_what_its_needs_were_seen_to_be(filing: Filing) -> None:
    """However far they are; what they are is theirs to tell."""
    street = street_of(filing.pool, filing.clock, "stripe", **CHAIN)
    await street.look("stripe", [silence("stripe")])
    await street.look("api", [answer("api")])
    await street.look("main-db", [])
    await street.look("shop", [silence("shop")])

    found = await causes(filing, "shop")
    assert found.keys() == {"dependency stripe", "database main-db"}
    assert found["dependency stripe"]["explains"] == ["dependency_unavailable:shop"]
    assert (
        "shop needs it: shop → api → stripe; nothing that needs it works"
        in found["dependency stripe"]["evidence"]
    )
    assert (
        "main-db could not be reached: its own latest look got no answer"
        in found["database main-db"]["evidence"]
    )
    async with filing.pool.connection() as connection:
        kept = await samples.saved(connection, "shop")
    assert kept is not None
    told = cast("list[dict[str, Any]]", kept[1]["findings"])
    assert [one["key"] for one in told] == ["dependency_unavailable:shop"]


async def test_what_was_seen_of_a_need_too_long_ago_explains_nothing(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe", **CHAIN)
    await street.look("stripe", [silence("stripe")])
    filing.clock.moment += timedelta(hours=1)
    await street.look("api", [silence("api")])

    assert await causes(filing, "api") == {}


async def test_what_a_rare_look_saw_of_a_need_explains_until_the_next_ones(
    filing: Filing,
) -> None:
    schedule = [
        {"name": "quick", "every": "1m", "targets": ["stripe"]},
        {"name": "deep", "every": "1h", "targets": ["stripe"]},
    ]
    street = street_of(filing.pool, filing.clock, "stripe", **CHAIN, schedule=schedule)
    await street.look("stripe", [silence("stripe")], schedule="deep")
    filing.clock.moment += 20 * MINUTE
    await street.look("api", [silence("api")])
    assert (await causes(filing, "api")).keys() == {"dependency stripe"}

    filing.clock.moment += 4 * 60 * MINUTE
    await street.look("api", [silence("api")])
    assert await causes(filing, "api") == {}


async def test_a_need_of_which_nothing_can_be_seen_now_explains_nothing(filing: Filing) -> None:
    street = street_of(filing.pool, filing.clock, "stripe", **CHAIN)
    await street.look("stripe", [silence("stripe")])
    await street.look("stripe", [GAP])
    await street.look("api", [silence("api")])

    assert await causes(filing, "api") == {}


@pytest.mark.parametrize(
    ("ago", "needs"),
    [
        (MINUTE, "nothing that api needs is known to be in trouble"),
        (20 * MINUTE, "what api needs was not looked at with it"),
    ],
)
async def test_what_went_live_just_before_explains_what_no_need_does(
    filing: Filing, ago: timedelta, needs: str
) -> None:
    street = street_of(filing.pool, filing.clock, "stripe", **CHAIN)
    await street.look("stripe", [answer("stripe")])
    filing.clock.moment += ago
    now = filing.clock.now()
    async with filing.pool.connection() as connection:
        for service, version in (("api", "1.4.2"), ("shop", "9")):
            live = Deploy(service, version, now - 12 * MINUTE, "token ci")
            await deploys.mark(connection, live, now)
    await street.look("api", [silence("api")])

    ((cause, told),) = (await causes(filing, "api")).items()
    assert cause == "deploy 1.4.2 of api"
    assert "deploy 1.4.2 went live 12 min before api was looked at" in told["evidence"]
    assert needs in told["evidence"]


async def watched_of(filing: Filing, name: str) -> Watched:
    async with filing.pool.connection() as connection:
        return (await watched.read(connection, name)).watched
