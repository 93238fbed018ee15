"""Whose issue it is, and why."""

from dataclasses import replace

import pytest

from fettle.model.service import Service
from fettle.model.team import Team
from fettle.triage.assign import Assigned, assigned
from tests.triage.test_moves import decided

SERVICES = {
    one.name: one
    for one in (Service("shop", team="web"), Service("mail"), Service("db", team="ops"))
}
TEAMS = [Team("web"), Team("data", categories=("performance",)), Team("ops")]


@pytest.mark.parametrize(
    ("services", "category", "default", "expected"),
    [
        (("shop",), "performance", "ops", Assigned("web", "web owns shop")),
        (("mail", "db", "shop"), "performance", None, Assigned("ops", "ops owns db")),
        (
            ("mail",),
            "performance",
            "ops",
            Assigned("data", "data takes issues of the category performance"),
        ),
        (
            ("unknown",),
            "security",
            "ops",
            Assigned("ops", "nobody owns it, and ops is the default"),
        ),
        ((), "security", None, Assigned("web", "nobody owns it, and web is the first team")),
    ],
)
def test_the_owner_then_the_category_then_the_default(
    services: tuple[str, ...], category: str, default: str | None, expected: Assigned
) -> None:
    made = replace(decided(), services=services, category=category)
    assert assigned(made, SERVICES, TEAMS, default) == expected


def test_without_teams_it_is_nobodys() -> None:
    assert assigned(replace(decided(), services=("mail",)), SERVICES, []) == Assigned(
        None, "no team is in the settings"
    )
