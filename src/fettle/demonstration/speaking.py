"""What the shop's log says, hour by hour, until a line comes that never came before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from fettle.demonstration.teller import Teller

LOG = "shop"
# Long enough to be learnt, and too short to be missed once nothing comes any more.
_HOURS = 40


async def speak(teller: Teller) -> None:
    """Let it speak; one kind of its lines is muted, one is new."""
    now = teller.clock.now()
    begun = now - timedelta(hours=_HOURS)
    await teller.log(LOG, LOG, list(_usual(begun)))
    for one in (await teller.read(f"logs/templates?source={LOG}"))["items"]:
        if one["text"].startswith("thumbnail"):
            await teller.ask("ada", f"logs/templates/{one['id']}/mute")
    new = "ERROR invoice {} is not written, tried 5 times"
    lately = [(now - timedelta(minutes=3), new.format(88_040 + number)) for number in range(4)]
    await teller.log(LOG, LOG, lately)


def _usual(begun: datetime) -> Iterator[tuple[datetime, str]]:
    for hour in range(_HOURS):
        at = begun + timedelta(hours=hour, minutes=30)
        for number in range(11 + hour * hour % 17):
            order = 86_000 + 50 * hour + number
            yield at, f"INFO order {order} is paid in {40 + number * 7 % 90} ms"
            yield at, f"INFO cart {order + 9} is opened by customer {order % 831}"
        for number in range(1 + hour % 3):
            yield at, f"WARNING thumbnail of photo {300 + hour + number} is missing"
        yield at, f"ERROR the provider declines the card of customer {hour * 37 % 831}"
