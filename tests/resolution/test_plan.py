"""What is told of plans that are refused: each reason once, and not too many."""

import pytest

from fettle.model.finding import Finding
from fettle.model.fix import Plan
from fettle.model.severity import Severity
from fettle.resolution.plan import refusals


def refused(subject: str, why: str | None) -> Plan:
    found = Finding(subject, Severity.LOW, "nothing reads it")
    return Plan("drop_unused_index", "main-db", "shop", found, refused=why)


@pytest.mark.parametrize(
    ("plans", "told"),
    [
        ([refused("public.a", None)], []),
        (
            [refused("public.a", None), refused("public.b", "public.b is unique")],
            ["public.b: is unique"],
        ),
        (
            [refused(f"public.i{place}", "a standby was not asked") for place in range(300)],
            ["public.i0 and 299 more: a standby was not asked"],
        ),
        (
            [
                refused("public.a", "public.a is unique"),
                refused("public.b", "public.b is clustered"),
                refused("public.c", "public.c is unique"),
            ],
            ["public.a and 1 more: is unique", "public.b: is clustered"],
        ),
        (
            [refused(f"public.i{place}", f"it belongs to r{place}") for place in range(1_300)],
            [f"public.i{place}: it belongs to r{place}" for place in range(5)]
            + ["1,295 more refused"],
        ),
    ],
)
def test_each_reason_is_told_once_and_so_many_at_most(plans: list[Plan], told: list[str]) -> None:
    assert refusals(plans) == told
