"""The pages of applications' errors: found, read with their stacks, and decided about."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from fettle.flow import absorb
from fettle.frontends.report.as_json import document
from fettle.model.diagnosis import Diagnosis, Listing
from fettle.model.investigation import Aim
from fettle.model.role import Role
from fettle.store import investigations
from tests.frontends.api.conftest import SETTINGS, Api
from tests.frontends.api.sending_errors import Sender, a_sender, event, shown
from tests.frontends.web.browsing import Visit, let_in
from tests.intake.errors.bundling import map_of, sent, zipped
from tests.schemas import validate

ADDRESS = "http://fettle"
FRAMES = [
    {"function": "handle", "filename": "lib/base.py", "abs_path": "/venv/lib/base.py", "lineno": 9},
    {
        "function": "pay",
        "module": "shop.checkout",
        "filename": "shop/checkout.py",
        "lineno": 84,
        "in_app": True,
        "pre_context": ["    with transaction.atomic():"],
        "context_line": "        charge(order)",
        "post_context": ["        order.save()"],
        "vars": {"order": "<Order 88012>"},
    },
]


def failing(**more: object) -> dict[str, Any]:
    """Return an event with a stack that is worth reading."""
    text = "canceling statement due to lock timeout"
    raised = {"type": "LockNotAvailable", "value": text, "stacktrace": {"frames": FRAMES}}
    return {**event(), "exception": {"values": [raised]}, **more}


async def looked(api: Api, path: str, role: Role = Role.VIEWER) -> str:
    cookie = await let_in(api, ADDRESS, role, f"a {role}")
    headers = {"cookie": f"fettle={cookie}", "host": "127.0.0.1"}
    return html.unescape((await api.nobody.get(path, headers=headers)).text)


@pytest.fixture
async def sender(api: Api) -> Sender:
    """Give an application that sends its errors."""
    return await a_sender(api)


async def test_where_there_is_none_it_says_how_to_send_some(api: Api) -> None:
    assert "fettle key create --kind errors --name shop" in await looked(api, "/errors")


async def test_errors_are_listed_with_how_often_and_where(api: Api, sender: Sender) -> None:
    await sender.send(*(failing(user={"id": str(number)}) for number in range(3)), event())
    page = await looked(api, "/errors")

    assert "LockNotAvailable: canceling statement due to lock timeout" in page
    assert re.search(r'data-label="times">3<', page)
    assert re.search(r'data-label="people">3<', page)
    assert "3 in 14 days, at most 3 a day, 3 today" in page
    assert "lock timeout" in page
    assert "KeyError" not in await looked(api, "/errors?q=lock")
    assert "No error is like that" in await looked(api, "/errors?state=muted")
    assert "States are new, ongoing" in await looked(api, "/errors?state=odd")


async def test_a_page_of_many_leads_to_the_older_ones(api: Api, sender: Sender) -> None:
    await sender.send(*(event(f"Odd{chr(65 + n // 26)}{chr(65 + n % 26)}") for n in range(55)))
    first = await looked(api, "/errors")
    older = re.search(r'rel="next" href="([^"]+)"', first)

    assert older is not None
    second = await looked(api, older[1])
    seen = [re.findall(r"Odd[A-Z]{2}", page) for page in (first, second)]
    assert len({*seen[0], *seen[1]}) == 55
    assert not {*seen[0]} & {*seen[1]}


async def test_a_stack_is_read_from_where_it_was_raised(api: Api, sender: Sender) -> None:
    await sender.send(failing(release="shop@1", tags={"browser": "Firefox"}))
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass
    page = await looked(api, "/errors/1")

    assert page.index("shop/checkout.py") < page.index("lib/base.py")
    assert "<strong>        charge(order)\n</strong>" in page
    assert "<Order 88012>" in page
    assert "shop@1" in page
    assert "Firefox" in page
    assert "/issues/1" in page
    assert "Why these are one" in page
    assert "/known-errors/lock_timeout" in page


async def test_a_minified_stack_asks_for_its_map_and_then_says_where_it_was(
    api: Api, sender: Sender
) -> None:
    await sender.send(sent(1) | {"release": "shop@1.1 beta"})
    before = await looked(api, "/errors/1")
    maps = zipped({"app-1.js.map": map_of(1)})
    await api.responder.post("/api/v1/errors/shop/maps", content=maps)
    after = await looked(api, "/errors/1")

    assert "1 source map of this build is missing" in before
    assert "https://shop.example/assets/app-1.js</bdi></code></li>" in before
    assert "maps upload dist --project shop --release 'shop@1.1 beta'" in before
    assert "in the build" not in before
    assert "missing" not in after
    assert "src/cart.ts" in after
    assert re.search(r"in the build: <code><bdi>\w+</bdi></code> <bdi>https://shop.example/", after)


async def test_it_says_what_helped_with_issues_like_its_own(api: Api, sender: Sender) -> None:
    title = "LockNotAvailable: canceling statement due to lock timeout"
    past = await api.report(f"{title} at the checkout", service="shop")
    await api.act(past["number"], "resolve", evidence="the long transaction was ended")
    await sender.send(failing())
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass
    (error,) = (await api.viewer.get("/api/v1/errors")).json()["items"]

    page = await looked(api, f"/errors/{error['id']}")

    assert "Like it before" in page
    assert f'href="/issues/{past["number"]}"' in page
    assert "the long transaction was ended" in page


async def test_events_are_gone_through_one_by_one(api: Api, sender: Sender) -> None:
    events = [failing(user={"id": str(number)}) for number in range(3)]
    for one in events:
        await sender.send(one)
    ids = [one["id"] for one in (await shown(api, "1"))["latest"]]
    latest = await looked(api, "/errors/1")
    middle = await looked(api, f"/errors/1?event={ids[1]}")

    assert f"event={ids[1]}#event" in latest
    assert f"event={ids[2]}#event" in middle
    assert f"event={ids[0]}#event" in middle
    assert "That event is kept no more" in await looked(
        api, "/errors/1?event=00000000-0000-0000-0000-00000000000f"
    )
    assert "is no event" in await looked(api, "/errors/1?event=x")


async def test_what_was_merged_leads_to_what_it_became(api: Api, sender: Sender) -> None:
    await sender.send(failing(), event())
    answer = await api.responder.post("/api/v1/errors/1/merge", json={"others": [2]})
    assert answer.status_code == 200
    headers = {"cookie": f"fettle={await let_in(api, ADDRESS)}", "host": "127.0.0.1"}
    gone = await api.nobody.get("/errors/2", headers=headers)

    assert (gone.status_code, gone.headers["location"]) == (303, "/errors/1")
    assert "Take it apart again" in await looked(api, "/errors/1", Role.RESPONDER)
    assert "Take it apart again" not in await looked(api, "/errors/1")


async def test_what_is_decided_in_a_browser_is_done(visit: Visit) -> None:
    sender = await a_sender(visit.api)
    await sender.send(failing(release="shop@1"), event())
    async with visit.open("/errors/1") as page:
        await page.get_by_text("It is fixed…").click()
        await page.get_by_label("In the next release").check()
        await page.get_by_role("button", name="It is fixed", exact=True).click()
        await page.get_by_text("in the release after").wait_for()
        await page.get_by_text("It is not fixed…").click()
        await page.get_by_role("button", name="It is not fixed", exact=True).click()
        await page.get_by_text("Mute…").click()
        await page.get_by_label("For how long").fill("soon")
        await page.get_by_role("button", name="Mute", exact=True).click()
        await page.locator(".notice.bad").wait_for()
        assert await page.get_by_label("For how long").input_value() == "soon"
        await page.get_by_label("For how long").fill("2h")
        await page.get_by_role("button", name="Mute", exact=True).click()
        await page.get_by_text("muted it").wait_for()
        await page.get_by_text("Merge others into it…").click()
        await page.get_by_label("Their numbers").fill("#2")
        await page.get_by_role("button", name="Merge others into it", exact=True).click()
        await page.get_by_role("button", name="Take it apart again").click()
        await page.wait_for_url("**/errors/*")
    states = [(await shown(visit.api, id_))["state"] for id_ in ("1", "2")]
    assert states[0] == "muted"
    visit.complaints = [one for one in visit.complaints if "status of 4" not in one]


async def test_known_errors_say_what_cures_them(api: Api) -> None:
    assert "/known-errors/deadlock" in await looked(api, "/known-errors")
    page = await looked(api, "/known-errors/lock-timeout")

    assert "What cures it" in page
    assert "fettle check --only" in page
    assert "No known error is called nonsense" in await looked(api, "/known-errors/nonsense")


@pytest.mark.parametrize(
    "settings_text",
    [SETTINGS + '[errors]\nrate = 7\n[[errors.project]]\nname = "wiki"\nburst = 9\n'],
)
async def test_how_much_may_be_sent_stands_beside_what_was_dropped(api: Api) -> None:
    page = re.sub(r"<[^>]+>", "", await looked(api, "/intake"))
    told = (await api.viewer.get("/api/v1/intake")).json()

    assert "Each application: 7 errors a second on average, 2,000 at once" in page
    assert "wiki: 7 errors a second on average, 9 at once" in page
    assert "Each other key: 200 deliveries a second on average, 5,000 at once" in page
    assert validate(told)["quotas"][1] == {"of": "errors", "key": "wiki", "rate": 7, "burst": 9}


async def test_its_page_shows_how_the_database_stood(api: Api, sender: Sender) -> None:
    await sender.send(failing())
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass
    busy = Listing(
        "active_connections",
        "",
        "",
        ("total_connections", "active_connections", "idle_in_transaction", "max_connections"),
        [(97, 12, 80, 100)],
    )
    waits = Listing("blocking_queries", "", "", ("blocked_pid", "waited"), [(7, 93.0), (7, 93.0)])
    unread = Listing("slow_queries", "", "", note="pg_stat_statements is not installed")
    running = Listing("long_running_queries", "", "")
    now, connection = api.clock.now(), api.store.connection
    found = Diagnosis(
        "main-db", now, timedelta(seconds=1), (), listings=(busy, waits, running, unread)
    )
    await investigations.ask(
        connection, [investigations.Asked(1, Aim("main-db", "it names a lock"), "fettle")], now
    )
    kept = await investigations.save_snapshot(
        connection, "main-db", document(found, verbose=False), (), ()
    )
    (asked,) = await investigations.of_issue(connection, 1)
    done = investigations.Completed(asked.id, (), None)
    await investigations.complete(connection, kept.id, [done], now)

    page = re.sub(r"<[^>]+>", "", await looked(api, "/errors/1"))

    assert "97 of 100 connections in use, 12 active, 80 idle in a transaction" in page
    assert "1 session waits, 1 min 33 s at most" in page
    assert "no statement for more than 5 minutes" in page
    assert "not known: pg_stat_statements is not installed" in page
