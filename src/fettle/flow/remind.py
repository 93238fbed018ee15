"""Tell people what is overdue: reviews that nobody has signed, action items that nobody has done.

It can wait for the morning: a timer of the engine rings at the beginning of each business day, and
each team is told at once of all that is its own. What was told is told again after
`[review] remind_every`, as long as it is overdue.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fettle.engine.means import Handler
from fettle.flow.tend import Desk
from fettle.model.issue import Entry
from fettle.model.notification import Event, Message
from fettle.model.quantity import say_count
from fettle.model.review import ActionItem
from fettle.model.run import Timer
from fettle.store import actions, issues, outbox, reviews, timers
from fettle.store.outbox import Addressed
from fettle.store.reviews import Overdue
from fettle.store.statements import Connection

TIMER = "reminding"
SUBJECT = "overdue"
ACTOR = "fettle"
_REST = timedelta(hours=20)  # a business day begins at the earliest so long after the one before
_JUST = timedelta(microseconds=1)
_MOST = 500
_NAMED = 20


async def prepare(connection: Connection, desk: Desk) -> None:
    """Set the timer, where none is set."""
    if not await timers.pending(connection, SUBJECT):
        due_at = _morning(desk, desk.clock.now())
        await timers.schedule(connection, TIMER, SUBJECT, due_at, None)


def reminding(desk: Desk) -> Mapping[str, Handler]:
    """Return what is done when the timer rings."""

    async def handle(connection: Connection, _: Timer) -> None:
        now = desk.clock.now()
        await remind(connection, desk, now)
        due_at = _morning(desk, now + _REST)
        await timers.schedule(connection, TIMER, SUBJECT, due_at, None)

    return {TIMER: handle}


async def remind(connection: Connection, desk: Desk, now: datetime) -> None:
    """Tell each team what is overdue and was not told lately. The caller is in a transaction."""
    before = now - desk.looking_back.remind_every
    late = await reviews.overdue(connection, now, before, _MOST)
    items = await actions.overdue(connection, now.date(), before, _MOST)
    for one in late:
        text = f"its review was due by {one.due_at:%Y-%m-%d %H:%M} UTC"
        issue = await issues.find(connection, one.issue)
        await issues.write_down(connection, issue, Entry("review-overdue", ACTOR, now, text))
    await reviews.told(connection, [one.issue for one in late], now)
    await actions.told(connection, [one.id for one in items], now)
    await outbox.put(connection, list(_addressed(desk, late, items, now)), now)


def _addressed(
    desk: Desk, late: Sequence[Overdue], items: Sequence[ActionItem], now: datetime
) -> Sequence[Addressed]:
    lines: dict[str | None, list[str]] = defaultdict(list)
    for one in late:
        day = f"{one.due_at:%Y-%m-%d}"
        lines[one.team].append(f"- the review of #{one.issue}, due {day}: {one.title}")
    for item in items:
        owner = f", {item.owner}" if item.owner else ""
        lines[item.team].append(
            f"- action item {item.id} of #{item.issue}, due {item.due}{owner}: {item.title}"
        )
    return [
        Addressed(receiver, _message(desk, told), now)
        for team, told in lines.items()
        for receiver in desk.people.reached(team, ("team",), now)
    ]


def _message(desk: Desk, told: Sequence[str]) -> Message:
    more = [f"and {len(told) - _NAMED} more"] if len(told) > _NAMED else []
    return Message(
        Event.REMINDER,
        f"{say_count(len(told), 'promise')} of reviews overdue",
        "\n".join([*told[:_NAMED], *more]),
        url=f"{desk.links.url}/reviews",
        quiet=True,
    )


def _morning(desk: Desk, moment: datetime) -> datetime:
    """Return the first moment from this one on that is of business hours."""
    return desk.people.hours.add(moment, _JUST) - _JUST
