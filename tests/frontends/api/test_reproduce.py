"""What shows an issue's trouble is asked once more: a remedy's probe, an error's request."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.conftest import until
from tests.frontends.api.conftest import SETTINGS, Api, worker
from tests.frontends.api.posting import take
from tests.frontends.api.sending_errors import Sender, a_sender, errors, event, shown
from tests.frontends.api.test_solving import LOST, solve
from tests.receiving import Receiving, receiving

HEADERS = {"Cookie": "session=1", "X-Tenant": "7"}


@pytest.fixture
def till() -> Iterator[Receiving]:
    """Give a service that fails."""
    with receiving() as made:
        made.status = 503
        yield made


@pytest.fixture
def settings_text(till: Receiving) -> str:
    """Give settings in which it is watched, and can be restarted."""
    return f"""{SETTINGS}
[outgoing]
allow = ["127.0.0.1"]

[[service]]
name = "till"
url = "{till.url}/health"

[[remedy]]
name = "restart-shop"
for = ["conn_lost"]
kind = "restart"
target = "shop"
url = "{till.url}/restart"
probe = "{till.url}/probe?key=s3cret"
mode = "suggest"

[[remedy]]
name = "calm-flag"
for = ["conn_lost"]
kind = "webhook"
target = "shop"
url = "{till.url}/flag"
mode = "suggest"
"""


async def answered(api: Api, issue: int, **what: object) -> dict[str, Any]:
    """Ask, and return what the timeline says of the answer."""
    await api.act(issue, "reproduce", **what)

    async def told() -> bool:
        return any(one["event"] == "reproduced" for one in (await api.show(issue))["timeline"])

    async with worker(api):
        await until(told)
    found: list[dict[str, Any]] = (await api.show(issue))["timeline"]
    return next(one for one in reversed(found) if one["event"] == "reproduced")


async def stage(api: Api, issue: int) -> str:
    stages = (await api.show(issue))["stages"]
    return str(next(one["state"] for one in stages if one["stage"] == "reproduce"))


async def failed(api: Api, **asked: object) -> tuple[int, int]:
    """Let an application tell of an error; return the issue and the error."""
    sender: Sender = await a_sender(api)
    await sender.send(event(request=asked))
    await take(api)
    (error,) = await errors(api)
    return (await shown(api, error["id"]))["issue"], int(error["id"])


async def test_a_probe_that_does_not_answer_well_shows_it(api: Api, till: Receiving) -> None:
    issue = (await api.report(LOST, service="shop"))["number"]
    await solve(api, issue)

    told = await answered(api, issue, remedy="restart-shop")

    assert told["text"] == (
        "restart-shop: its probe does not answer well: 503; the trouble is there"
    )
    assert told["actor"] == "token:responder"
    assert [one.path for one in till.requests] == ["/probe?key=s3cret"]
    assert "s3cret" not in str(await api.show(issue))
    assert await stage(api, issue) == "done"


async def test_a_probe_that_answers_well_shows_nothing(api: Api, till: Receiving) -> None:
    till.status = 200
    issue = (await api.report(LOST, service="shop"))["number"]

    told = await answered(api, issue, remedy="restart-shop")

    assert told["text"].endswith("its probe answers: all is well; that shows no trouble")
    assert await stage(api, issue) == "open"


async def test_a_request_is_sent_again_without_what_came_with_it(api: Api, till: Receiving) -> None:
    url = f"{till.url}/cart/7"
    issue, error = await failed(api, method="GET", url=url, query_string="a=1", headers=HEADERS)

    told = await answered(api, issue, error=error)

    host = till.url.removeprefix("http://")
    assert told["text"] == f"GET {host}/cart/7 is answered with 503; the trouble is there"
    (request,) = till.requests
    assert request.path == "/cart/7?a=1"
    assert (request.headers["Cookie"], request.headers["X-Tenant"]) == (None, None)
    assert await stage(api, issue) == "done"


@pytest.mark.parametrize(
    ("status", "means"),
    [(200, "that shows no trouble"), (401, "whether the trouble is there is not known")],
)
async def test_an_answer_says_what_it_means(
    api: Api, till: Receiving, status: int, means: str
) -> None:
    till.status = status
    issue, error = await failed(api, url=f"{till.url}/cart")

    told = await answered(api, issue, error=error)

    assert f"is answered with {status}" in told["text"]
    assert told["text"].endswith(means)
    assert await stage(api, issue) == "open"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"method": "POST", "url": "{till}/cart"}, "what may change something"),
        ({"url": "http://127.0.0.1:1/cart"}, "of no [[service]]"),
        ({"url": "https://{host}/cart"}, "of no [[service]]"),
        ({"url": "http://ada:pw@{host}/cart"}, "of no [[service]]"),
        ({"url": "/cart"}, "of no [[service]]"),
        ({"url": "http://[bad"}, "of no [[service]]"),
        ({"url": "{till}/cart", "query_string": "token=abcdefghijklmnop"}, "a secret"),
        ({}, "names no request"),
    ],
)
async def test_what_may_not_be_sent_again_is_refused(
    api: Api, till: Receiving, asked: dict[str, str], says: str
) -> None:
    host = till.url.removeprefix("http://")
    given = {name: text.format(till=till.url, host=host) for name, text in asked.items()}
    issue, error = await failed(api, **given)

    answer = await api.try_to(issue, "reproduce", error=error)

    assert answer.status_code == 409, answer.text
    assert says in answer.text
    assert till.requests == []


async def test_only_what_the_issue_is_about_is_asked(api: Api, till: Receiving) -> None:
    _, error = await failed(api, url=f"{till.url}/cart")
    other = (await api.report("The menu is slow"))["number"]

    assert (await api.try_to(other, "reproduce", error=error)).status_code == 404
    assert (await api.try_to(other, "reproduce", remedy="gone")).status_code == 404
    none = await api.try_to(other, "reproduce", remedy="calm-flag")
    assert (none.status_code, "names nothing" in none.text) == (409, True)
    assert (await api.try_to(other, "reproduce")).status_code == 422
    await api.act(other, "resolve", evidence="it is fast")
    await api.act(other, "close")
    ended = await api.try_to(other, "reproduce", remedy="restart-shop")
    assert ended.status_code == 409
    assert "nothing is asked for it any more" in ended.text
