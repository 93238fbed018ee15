"""The weeks before the story: small things that were seen to, for figures to tell of."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fettle.demonstration.teller import Teller

LASTS = timedelta(days=70)


@dataclass(frozen=True)
class Past:
    """Trouble that was reported so many days before the story, and what became of it.

    `taken` and `over` are how many minutes later; `over` None: it was none, and was declined. No
    service is among them that lives on the database: that is as it is now, not as it was then.
    """

    days: float
    service: Literal["search", "mail", "wiki"]
    text: str
    by: tuple[str, str, str]
    taken: float
    over: float | None
    said: str


# Who reports it, who takes it, and who signs: of a p1 or p2 somebody who has not worked on it.
_WEB, _DATA = ("grace", "ada", "edgar"), ("barbara", "edgar", "ada")
PAST = (
    Past(69.2, "mail", "Vouchers are not sent", _WEB, 11, 74, "mail-2 has the right time."),
    Past(66.9, "search", "Search finds sold-out products", _DATA, 25, 190, "The job runs again."),
    Past(61.3, "mail", "Order mails arrive an hour late", _WEB, 8, 55, "The queue is empty."),
    Past(58.6, "wiki", "The wiki logs everybody out", _DATA, 40, 130, "Sessions last a day."),
    Past(52.1, "search", "Photos in results are slow", _DATA, 6, 48, "They come in 80 ms."),
    Past(47.4, "mail", "A mail looks like spam", _WEB, 15, None, "It is, and none of ours."),
    Past(44.8, "search", "Search is slow for long words", _DATA, 13, 95, "p95 is 120 ms."),
    Past(38.2, "search", "Prices lack their currency", _DATA, 4, 22, "Rolled back."),
    Past(33.5, "wiki", "The wiki finds nothing", _DATA, 31, 84, "Its index was built anew."),
    Past(29.7, "mail", "Mails to log in come late", _WEB, 9, 63, "They come in seconds."),
    Past(24.3, "mail", "Invoices lack the logo", _WEB, 18, 41, "The next one has it."),
    Past(17.9, "search", "New products are not found", _DATA, 7, 58, "The indexer runs."),
    Past(12.6, "mail", "One provider refuses our mails", _WEB, 3, 37, "They take them again."),
    Past(8.4, "wiki", "A page cannot be saved", _DATA, 22, None, "It is locked, as meant."),
    Past(5.1, "search", "Search is slow at noon", _DATA, 5, 29, "p95 is 210 ms, as before."),
)


async def tell(teller: Teller) -> None:
    """Let it happen; the clock goes on by LASTS."""
    ends = teller.clock.now() + LASTS
    for one in PAST:
        teller.clock.moment = ends - timedelta(days=one.days)
        await _happen(teller, one)
    teller.clock.moment = ends


async def _happen(teller: Teller, one: Past) -> None:
    reporter, taker, signer = one.by
    number = await teller.report(reporter, one.text, one.service)
    teller.later(minutes=one.taken)
    await teller.act(taker, number, "acknowledge")
    if one.over is None:
        await teller.act(taker, number, "decline", why="false-positive", reason=one.said)
        return
    teller.later(minutes=one.over - one.taken)
    await teller.act(taker, number, "resolve", evidence=one.said)
    await teller.act(signer, number, "close", review=one.said)
