"""Supabase's Management API: how edge functions ran."""

from collections.abc import Iterator

import pytest

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.readings import Functions
from fettle.model.watchpoint import EdgeFunctions
from fettle.targets.edge import source
from fettle.testing import SteppedClock
from tests.targets.edge.providers import TOKEN, Provider, serving

LISTED = "/v1/projects/abc/functions"


@pytest.fixture
def supabase() -> Iterator[Provider]:
    with serving(Provider()) as provider:
        yield provider


async def read(provider: Provider, *names: str) -> list[Functions | Unknown]:
    point = EdgeFunctions("edge", "supabase", provider.address, "abc", TOKEN, functions=names)
    async with source.functions(point, ("127.0.0.1",), SteppedClock()) as functions:
        return list(await functions.read(Functions))


async def test_minutes_are_summed_up_by_their_calls(supabase: Provider) -> None:
    supabase.answers = {
        LISTED: [{"id": "f1", "slug": "pay"}, {"id": "f2", "slug": "mail"}],
        "f1": {
            "result": [
                {"requests_count": 90, "avg_execution_time": 100, "server_err_count": 0},
                {"requests_count": "10", "avg_execution_time": 1000.0, "server_err_count": 4},
                {"requests_count": 0, "avg_execution_time": None},
            ]
        },
        "f2": {"result": []},
    }
    pay, mail = await read(supabase)
    assert isinstance(pay, Functions)
    assert (pay.subject, pay.calls, pay.failed) == ("edge/pay", 100, 4)
    assert pay.mean_s == pytest.approx(0.19)
    assert isinstance(mail, Functions)
    assert (mail.calls, mail.mean_s) == (0, None)
    paths = [path for path, query, _ in supabase.asked if query]
    assert paths == ["/v1/projects/abc/analytics/endpoints/functions.combined-stats"] * 2


async def test_only_the_functions_that_are_named_are_asked_about(supabase: Provider) -> None:
    supabase.answers = {
        LISTED: [{"id": "f1", "slug": "pay"}, {"id": "f2", "slug": "mail"}],
        "f2": {"result": []},
    }
    (mail,) = await read(supabase, "mail")
    assert isinstance(mail, Functions)
    assert mail.subject == "edge/mail"


async def test_one_function_without_figures_is_unknown_and_the_others_are_told(
    supabase: Provider,
) -> None:
    supabase.answers = {
        LISTED: [{"id": "f1", "slug": "pay"}, {"id": "f2", "slug": "mail"}],
        "f1": {"error": {"message": "Backend timed out"}},
        "f2": {"result": []},
    }
    pay, mail = await read(supabase)
    assert pay == Unknown("edge/pay: Supabase answers: Backend timed out")
    assert isinstance(mail, Functions)


async def test_one_that_is_named_and_not_there_is_unknown_beside_the_others(
    supabase: Provider,
) -> None:
    supabase.answers = {
        LISTED: [{"id": "f1", "slug": "pay"}, {"id": "f2", "slug": "mail"}],
        "f1": {"error": {"message": "Backend timed out"}},
        "f2": {"result": []},
    }
    pay, mail, cart = await read(supabase, "pay", "mail", "cart")
    assert pay == Unknown("edge/pay: Supabase answers: Backend timed out")
    assert isinstance(mail, Functions)
    assert isinstance(cart, Unknown)
    assert cart.reason == "Supabase's figures of edge tell nothing of cart"


async def test_a_mean_that_is_no_number_is_not_told(supabase: Provider) -> None:
    supabase.answers = {
        LISTED: [{"id": "f1", "slug": "pay"}],
        "f1": {"result": [{"requests_count": 90, "avg_execution_time": "NaN"}]},
    }
    (pay,) = await read(supabase)
    assert isinstance(pay, Functions)
    assert (pay.calls, pay.mean_s) == (90, None)


async def test_another_api_is_told_apart(supabase: Provider) -> None:
    supabase.answers = {LISTED: {"message": "hello"}}
    with pytest.raises(CannotLook, match="no Management API of Supabase"):
        await read(supabase)
