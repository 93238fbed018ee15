"""What has happened at a small shop in the last days, told by the doors that everybody uses."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from fettle.demonstration import failing, hastened, measuring, raising, speaking
from fettle.demonstration.teller import Teller
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind

SETTINGS = Path(__file__).with_name("fettle.toml").read_text(encoding="utf-8")
LASTS = timedelta(days=2, minutes=20)
_DEPLOYED = timedelta(minutes=7)  # before checkout went down


@dataclass(frozen=True)
class Told:
    """The issues of the story."""

    reviewed: int
    closed: int
    declined: int
    fixing: int
    held: int
    taken: int
    new: int


async def tell(teller: Teller) -> Told:
    """Let it happen; the clock goes on by LASTS, and stands at now afterwards."""
    clock, begun = teller.clock, teller.clock.now()
    await _upkeep(teller, "downloaded", "the sums are the same")
    reviewed = await _an_outage(teller)
    closed, declined = await _small_things(teller)
    clock.moment = begun + LASTS - timedelta(hours=2)
    await _upkeep(teller, "downloaded")
    fixing = await _at_work(teller)
    held, taken = await _waiting(teller)
    clock.moment = begun + LASTS - timedelta(minutes=4)
    new = await _just_now(teller)
    await _around(teller)
    clock.moment = begun + LASTS
    await raising.offer(teller)
    await failing.fail(teller)
    await speaking.speak(teller)
    await measuring.measure(teller, begun + _DEPLOYED)
    await hastened.tell(teller, clock.now())
    return Told(reviewed, closed, declined, fixing, held, taken, new)


async def _upkeep(teller: Teller, *notes: str) -> None:
    """Barbara compares the till with the bank; what she has a note of is done."""
    begun = await teller.ask("barbara", "tasks/till-and-bank/run", {})
    for step, note in enumerate(notes, 1):
        teller.later(minutes=3)
        place = f"task-runs/{begun.document['run']}/steps/{step}"
        await teller.ask("barbara", place, {"outcome": "passed", "note": note})


async def _an_outage(teller: Teller) -> int:
    """Checkout was down; it is over, and its review waits to be signed."""
    failing = "checkout-5xx", "Checkout answers with errors", Severity.CRITICAL, "shop"
    text = "41 % of requests to /checkout are answered with 503 (5 minutes)"
    await teller.ask("grace", "deploys", {"service": "shop", "version": "2026.47.2"})
    teller.later(minutes=_DEPLOYED // timedelta(minutes=1))
    number = await teller.arrive(_alert(*failing, text=text))
    teller.later(minutes=3)
    await teller.act("ada", number, "acknowledge")
    teller.later(minutes=6)
    waits = "All payment workers wait for the same row lock in main-db."
    await teller.act("ada", number, "note", text=waits)
    holds = "A migration holds ACCESS EXCLUSIVE."
    await teller.act("ada", number, "stage", stage="identified", text=holds)
    ending = "Ending the migration's session."
    await teller.act("ada", number, "stage", stage="fixing", text=ending)
    teller.later(minutes=4)
    await teller.arrive(_alert(*failing, over=True))
    teller.later(minutes=9)
    quiet = "No 503 for ten minutes; orders come in again."
    await teller.act("grace", number, "note", text=quiet)
    teller.later(hours=5)
    await _looking_back(teller, number)
    return number


async def _looking_back(teller: Teller, number: int) -> None:
    """Ada writes the review, and promises something; somebody else is to sign it."""
    await teller.act("ada", number, "review")
    place = f"issues/{number}/review"
    read = await teller.read(place)
    sections = {
        "impact": "For 16 minutes two of five people who wanted to pay could not.",
        "causes": "The migration took `ACCESS EXCLUSIVE` on `orders` without a `lock_timeout`, and "
        "waited behind a report; everybody else waited behind the migration.",
        "went-well": "The alert came within a minute, and named the right service.",
        "went-badly": "Nothing keeps a migration from waiting for a lock for ever.",
    }
    written = {"version": read["version"], "sections": sections}
    await teller.ask("ada", place, written, "PUT")
    due = (teller.clock.now() + timedelta(days=9)).date().isoformat()
    promise = {"issue": number, "title": "Migrations set lock_timeout = 3s", "owner": "grace"}
    await teller.ask("ada", "action-items", {**promise, "due": due})
    await teller.ask("ada", f"{place}/submit")


async def _small_things(teller: Teller) -> tuple[int, int]:
    """One is over and closed, one was none."""
    teller.later(hours=7)
    closed = await teller.report("barbara", "Wiki pages take 20 s to open", "wiki")
    await teller.act("edgar", closed, "acknowledge")
    few = "A handful of readers at night"
    await teller.act("edgar", closed, "classify", severity="low", reason=few)
    teller.later(minutes=50)
    ended = "The export job has ended; pages open in 300 ms."
    await teller.act("edgar", closed, "resolve", evidence=ended)
    moved = "The export now runs at 4 in the morning."
    await teller.act("edgar", closed, "close", review=moved)
    teller.later(hours=3)
    declined = await teller.report("grace", "Certificate warning in my browser", "mail")
    wrong = "The laptop's clock was wrong."
    await teller.act("ada", declined, "decline", why="false-positive", reason=wrong)
    return closed, declined


async def _at_work(teller: Teller) -> int:
    """Search lags, and somebody is at it."""
    lags = "index lag 17 min on search-2; new products are not found"
    title = "Search index lag above 15 minutes"
    number = await teller.arrive(
        _alert("search-lag", title, Severity.HIGH, "search", text=lags, group="search"),
        _alert(
            "search-queue", "Search queue is growing", Severity.MEDIUM, "search", group="search"
        ),
    )
    teller.later(minutes=2)
    await teller.act("edgar", number, "acknowledge")
    teller.later(minutes=11)
    shards = "Reindexing the product shards on search-2."
    await teller.act("edgar", number, "stage", stage="fixing", text=shards)
    third = "Shard 3 of 8 is done; about 25 minutes to go."
    await teller.act("edgar", number, "note", text=third)
    return number


async def _waiting(teller: Teller) -> tuple[int, int]:
    """One waits for somebody else, one is looked into."""
    held = await teller.report("grace", "Invoices to one customer bounce", "mail")
    await teller.act("grace", held, "acknowledge")
    ticket = "Their provider lifts the block; ticket 88121 is open there."
    await teller.act("grace", held, "hold", reason=ticket)
    taken = await teller.report("ada", "Photos are missing in the handbook", "wiki")
    await teller.act("barbara", taken, "acknowledge")
    return held, taken


async def _just_now(teller: Teller) -> int:
    """Something burns that nobody has taken yet."""
    text = "pg_locks: 4 sessions wait, the longest for 4 minutes; invoices are not written"
    alert = _alert("db-locks", "main-db: sessions wait for locks", Severity.HIGH, "shop", text=text)
    labels = {"database": "main-db", "instance": "db-1.shop.example:5432"}
    return await teller.arrive(replace(alert, labels=labels))


async def _around(teller: Teller) -> None:
    """Let there be a silence, one that is over, a deploy, and a letter that nobody could read."""
    for matcher, duration in (("service", "4h"), ("host", "1m")):
        silence = {
            "matchers": [{"name": matcher, "op": "=", "value": "wiki"}],
            "comment": "The wiki moves to its new machine",
            "duration": duration,
        }
        await teller.ask("edgar", "silences", silence)
    await teller.ask("ada", "deploys", {"service": "shop", "version": "2026.47.3"})
    reason = "alerts: this is no list; is it Alertmanager's webhook, version 4?"
    await teller.arrive_unread(b'{"alerts": null}', reason)


def _alert(
    key: str,
    title: str,
    severity: Severity,
    service: str,
    *,
    text: str = "",
    group: str | None = None,
    over: bool = False,
) -> Signal:
    return Signal(
        "alertmanager/prod",
        SignalKind.ALERT,
        key,
        not over,
        title,
        text,
        severity,
        severity.label,
        service,
        group,
        key,
    )
