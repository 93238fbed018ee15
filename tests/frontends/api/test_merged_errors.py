"""Which alerts fire once errors became one, and stand by themselves again."""

from datetime import datetime

import pytest

from fettle.flow import absorb
from tests.frontends.api.conftest import Api
from tests.frontends.api.posting import issues, take
from tests.frontends.api.sending_errors import Sender, a_sender, act, event, shown
from tests.frontends.api.test_errors import several
from tests.frontends.api.test_issues import fire


@pytest.fixture
async def shop(api: Api) -> Sender:
    return await a_sender(api)


async def issue_of(api: Api, error: int) -> int:
    return int((await shown(api, str(error)))["issue"])


async def alert_of(api: Api, error: int) -> tuple[bool, datetime | None]:
    """Return whether an error's alert fires, and when it ended."""
    query = "SELECT firing, ended_at FROM alert WHERE source = 'errors' AND key = %s"
    rows = await (await api.store.connection.execute(query, (str(error),))).fetchall()
    ((firing, ended_at),) = rows
    return firing, ended_at


async def test_what_was_told_of_a_merged_error_and_not_heard_yet_ends_with_it(
    shop: Sender,
) -> None:
    api = shop.api
    one, other = await several(shop, "KeyError", "ValueError")
    await take(api)
    number = await issue_of(api, other)
    await api.act(await issue_of(api, one), "resolve", evidence="a restart")
    await act(api, str(other), "mute", events=1)
    await api.clock.sleep(60)
    await shop.send(event("ValueError", "no cart", timestamp="2026-01-01T12:01:00Z"))

    merged = await act(api, str(one), "merge", others=[other])
    await take(api)
    assert (merged["issue"], (await api.show(number))["status"]) == (number, "triaged")
    assert not (await alert_of(api, other))[0]

    await act(api, str(one), "resolve")
    await take(api)
    assert (await api.show(number))["status"] == "resolved"


async def test_what_was_fixed_as_one_with_another_is_fixed_by_itself(shop: Sender) -> None:
    api = shop.api
    one, other = await several(shop, "KeyError", "ValueError")
    await take(api)
    was = await issue_of(api, one)
    await api.store.connection.execute("UPDATE alert SET issue = NULL WHERE issue = %s", (was,))
    await act(api, str(one), "merge", others=[other])
    await take(api)
    await act(api, str(one), "resolve")
    await take(api)

    await act(api, str(one), "split", merged=other)
    await take(api)
    await absorb.look_again(api.serving.pool, api.serving.taking)
    firing, ended_at = await alert_of(api, one)
    assert (firing, ended_at is None) == (False, False)
    assert len(await issues(api)) == 2


async def test_what_was_over_before_it_took_in_another_one_is_over_again(shop: Sender) -> None:
    api = shop.api
    one, other = await several(shop, "KeyError", "ValueError")
    await act(api, str(one), "resolve")
    await take(api)
    await act(api, str(one), "reopen")
    await act(api, str(one), "merge", others=[other])
    await take(api)
    assert await alert_of(api, one) == (True, None)

    await act(api, str(one), "split", merged=other)
    await take(api)
    firing, ended_at = await alert_of(api, one)
    assert (firing, ended_at is None) == (False, False)
    assert await alert_of(api, other) == (True, None)


async def test_an_error_goes_on_with_the_issue_of_one_that_goes_on_itself(shop: Sender) -> None:
    api = shop.api
    one, over, other = await several(shop, "KeyError", "ValueError", "TypeError")
    await take(api)
    older, newer = [await issue_of(api, id_) for id_ in (over, other)]
    assert older < newer
    await api.act(await issue_of(api, one), "resolve", evidence="a restart")
    await api.arrive(fire("x", group="x"))
    await api.act(newer + 1, "merge", into=older)
    await act(api, str(over), "resolve")
    await take(api)
    assert (await api.show(older))["status"] == "triaged"

    merged = await act(api, str(one), "merge", others=[over, other])
    assert merged["issue"] == newer
    assert await alert_of(api, one) == (True, None)
