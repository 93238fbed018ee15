"""Which targets trouble may be about: a table of what is told, and what is looked at."""

from dataclasses import replace
from typing import Any

import pytest

from fettle.model.service import Service
from fettle.model.severity import Severity
from fettle.triage.aim import Sights, aims
from fettle.triage.case import Case, Policy
from fettle.triage.catalogue import Catalogue
from fettle.triage.classify import classify

SERVICES = (
    Service("shop", depends_on=("cart", "stripe")),
    Service("cart", depends_on=("main-db",)),
    Service("blog", depends_on=("Blog DB",)),
    Service("wiki"),
)
CATALOGUE = Catalogue(SERVICES)
DATABASES = ("main-db", "blog-db", "orders")
SIGHTS = Sights(DATABASES)
ALL = Sights(DATABASES, ("shop", "cart", "stripe", "web-1"))


def aimed(sights: Sights = SIGHTS, **told: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    case = Case(told.pop("title", "Something is wrong"), **told)
    made = classify(case, Policy(CATALOGUE))
    return [(aim.target, aim.why) for aim in aims(case, made, sights, CATALOGUE)]


@pytest.mark.parametrize(
    ("told", "comes"),
    [
        (
            {"title": "A sequence is full", "labels": {"database": "main-db"}},
            [("main-db", "the label database names main-db")],
        ),
        ({"title": "Disk of ORDERS fills up"}, [("orders", "the text names orders")]),
        ({"title": "main_db does not answer"}, [("main-db", "the text names main-db")]),
        (
            {"title": "Checkout times out", "service": "shop"},
            [("main-db", "shop needs main-db")],  # through the cart
        ),
        ({"title": "Posts are missing", "service": "blog"}, [("blog-db", "blog needs blog-db")]),
        ({"title": "Pages are slow", "service": "wiki"}, []),
        (
            {"title": "The database is slow", "service": "cart"},
            [("main-db", "it speaks of a database, and cart needs main-db")],
        ),
        (
            {"title": "Queries time out, deadlocks everywhere"},
            [(name, "it speaks of a database, and names none") for name in DATABASES],
        ),
        ({"title": "The logo overlaps the menu in the browser", "service": "shop"}, []),
        ({"title": "A typo in the manual of the shop", "service": "shop"}, []),
        ({"title": "Login broken"}, []),
    ],
)
def test_what_is_looked_at(told: dict[str, Any], comes: list[tuple[str, str]]) -> None:
    assert aimed(**told) == comes


def test_the_surest_grounds_come_first_and_each_database_once() -> None:
    found = aimed(title="orders is slow, and so is the database", service="shop")

    assert [database for database, _ in found] == ["orders", "main-db"]


def test_what_hurries_nobody_is_looked_at_only_when_it_names_a_database() -> None:
    case = Case("A word about the cart", service="cart")
    made = replace(classify(case, Policy(CATALOGUE)), severity=Severity.LOW)

    assert aims(case, made, SIGHTS, CATALOGUE) == []
    assert aims(case, made, ALL, CATALOGUE) == []


def test_without_anything_to_look_at_nothing_is_read() -> None:
    assert aimed(Sights(), title="The database is slow") == []


@pytest.mark.parametrize(
    ("told", "comes"),
    [
        (
            {"title": "Checkout times out", "service": "shop"},
            [
                ("shop", "it is about shop"),
                ("cart", "shop needs cart"),
                ("stripe", "shop needs stripe"),
                ("main-db", "shop needs main-db"),
            ],
        ),
        ({"title": "The logo overlaps the menu in the browser", "service": "shop"}, []),
        (
            {"title": "A certificate ends soon", "labels": {"host": "web-1"}},
            [("web-1", "the label host names web-1")],
        ),
        ({"title": "web_1 does not answer"}, [("web-1", "the text names web-1")]),
        ({"title": "A typo in the manual of web-1"}, []),
        (
            {"title": "The database is slow", "service": "cart"},
            [
                ("main-db", "it speaks of a database, and cart needs main-db"),
                ("cart", "it is about cart"),
            ],
        ),
    ],
)
def test_what_is_no_database_is_looked_at_as_well(
    told: dict[str, Any], comes: list[tuple[str, str]]
) -> None:
    assert aimed(ALL, **told) == comes


def test_services_that_need_each_other_come_to_an_end() -> None:
    circle = Catalogue((Service("a", depends_on=("b",)), Service("b", depends_on=("a", "main-db"))))

    assert list(circle.needs("a")) == ["b", "main-db"]
    assert list(circle.needs("nothing")) == []
