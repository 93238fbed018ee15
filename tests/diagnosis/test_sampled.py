"""Causes of an issue by what looks measured every five minutes."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fettle.diagnosis.sampled import LONGEST, NORMAL, Samples, causes, spans
from fettle.model.deploy import Deploy
from fettle.model.incident import Points
from fettle.model.service import Service

BEGAN = datetime(2026, 11, 27, 12, tzinfo=UTC)
LOOK = timedelta(minutes=5)
SHOP = (
    Service("shop", depends_on=("api", "stripe")),
    Service("api", depends_on=("main-db",)),
    Service("blog", depends_on=("blog-db",)),
)


def looks(name: str, level: float, fault: float, onset: datetime) -> Points:
    """Return what looks measured over a day and an hour: with noise, and a fault from its onset."""
    chance = random.Random(name)
    start = BEGAN - timedelta(hours=25)
    moments = [start + place * LOOK for place in range(26 * 12)]
    return [
        (at.timestamp(), level * chance.gauss(1, 0.04) + (fault if at >= onset else 0))
        for at in moments
    ]


def samples(onset: datetime = BEGAN - timedelta(minutes=10)) -> Samples:
    """Return those of a database whose locks slow a service and what needs that."""
    return {
        "shop": {"p95_s": looks("shop", 0.3, 1.2, onset), "site_up": looks("up", 1, 0, onset)},
        "api": {"p95_s": looks("api", 0.2, 1.0, onset)},
        "main-db": {"sessions_blocked_count": looks("main-db", 0.5, 30, onset)},
        "stripe": {"dependency_answer_s": looks("stripe", 0.4, 0, onset)},
        "blog": {"p95_s": looks("blog", 0.1, 3, onset)},
    }


def asked(given: Samples, *, deploys: Sequence[Deploy] = (), about: str = "shop") -> list[str]:
    found = causes([about], BEGAN, BEGAN + timedelta(minutes=30), given, SHOP, deploys)
    return [one.subject for one in found]


def test_the_deepest_that_moved_with_the_issues_service_is_named() -> None:
    found = causes(["shop"], BEGAN, BEGAN + timedelta(minutes=30), samples(), SHOP)

    assert (found[0].subject, found[0].metric) == ("main-db", "sessions_blocked_count")
    assert "shop needs it: shop → api → main-db" in found[0].evidence
    assert found[0].begins == (BEGAN - timedelta(minutes=10)).timestamp()


def test_what_hangs_together_with_nothing_of_it_is_no_cause() -> None:
    """Though it moved in the same way at the same time."""
    assert "blog" not in asked(samples())


def test_a_deploy_is_part_of_the_grounds() -> None:
    deploy = Deploy("api", "2.0", BEGAN - timedelta(minutes=15), "ci")
    found = causes(["shop"], BEGAN, BEGAN + timedelta(minutes=30), samples(), SHOP, [deploy])

    (api,) = (one for one in found if one.subject == "api")
    assert any(line.startswith("deploy 2.0 at 2026-11-27T11:45:00Z") for line in api.evidence)


def test_nothing_is_said_where_nothing_was_measured() -> None:
    assert asked({}) == []
    assert asked(samples(), about="unheard-of") == []
    assert causes([], BEGAN, BEGAN, samples(), SHOP) == []


def test_a_long_issue_is_judged_by_its_beginning() -> None:
    normal, incident = spans(BEGAN, BEGAN + timedelta(days=9))

    assert incident.end == (BEGAN + LONGEST).timestamp()
    assert normal.end == incident.start
    assert normal.length == NORMAL.total_seconds()
