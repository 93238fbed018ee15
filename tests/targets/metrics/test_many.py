"""Of very many pools and allowances those are told that matter."""

from fettle.model.readings import Allowance, Saturation
from fettle.model.watchpoint import Metrics
from tests.prometheus import answering, looking

MANY = 60
TEXT = {"Content-Type": "text/plain; version=0.0.4"}


async def told(*lines: str) -> list[Saturation | Allowance]:
    text = "".join(f"{line}\n" for line in lines).encode()
    with answering(lambda _: (200, TEXT, text)) as server:
        async with looking(Metrics("shop", server.url)) as look:
            return [*await look.of(Saturation), *await look.of(Allowance)]


async def test_the_fullest_of_very_many_pools_are_told() -> None:
    pools = [
        line
        for number in range(MANY)
        for line in (
            f'hikaricp_connections_active{{pool="p{number}"}} {10 if number == MANY - 1 else 1}',
            f'hikaricp_connections_max{{pool="p{number}"}} 10',
        )
    ]
    first, *others = await told(*pools)

    assert isinstance(first, Saturation)
    assert (first.subject, first.used, first.limit) == (f"shop p{MANY - 1}", 10, 10)
    assert len(others) == 49


async def test_those_of_very_many_allowances_are_told_of_which_least_is_left() -> None:
    left = [
        line
        for number in range(MANY)
        for line in (
            f'api_rate_limit_limit{{host="h{number}"}} 1000',
            f'api_rate_limit_remaining{{host="h{number}"}} {1 if number == MANY - 1 else 900}',
        )
    ]
    first, *others = await told(*left)

    assert isinstance(first, Allowance)
    assert (first.subject, first.limit, first.left) == (f"h{MANY - 1}", 1000, 1)
    assert len(others) == 49
