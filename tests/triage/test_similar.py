"""Past issues that are like one: why, how much, and what helped then."""

from dataclasses import replace

import pytest

from fettle.model.issue import Entry, Issue, Status
from fettle.testing import START
from fettle.triage import similar
from fettle.triage.similar import Past, words_of
from tests.triage.test_moves import an_issue, decided


def issue(
    number: int,
    title: str = "Something",
    class_: str | None = None,
    services: tuple[str, ...] = (),
    group: str | None = None,
) -> Issue:
    made = replace(decided(), class_=class_, services=services)
    return replace(an_issue(made), number=number, title=title, status=Status.CLOSED, group=group)


def found(asked: Issue, *past: Issue, alerts: tuple[int, ...] = ()) -> list[tuple[int, str]]:
    known = [Past(one, one.number in alerts) for one in past]
    return [(one.issue.number, "; ".join(one.why)) for one in similar.similar(asked, known, 10)]


def test_the_same_alert_says_the_most() -> None:
    asked = issue(9, "Odd", "search-outage", ("shop",))

    comes = found(
        asked,
        issue(1, "Quiet"),
        issue(2, "Even", "search-outage", ("shop",)),
        alerts=(1,),
    )

    assert comes == [
        (1, "the same alert fired"),
        (2, "both are search-outage; both are about shop"),
    ]


@pytest.mark.parametrize(
    ("past", "why"),
    [
        (issue(1, group="g"), "its alerts were grouped alike"),
        (issue(1, class_="search-outage"), "both are search-outage"),
        (issue(1, services=("cart", "shop")), "both are about shop, cart"),
        (issue(1, "Replication slot inactive"), "both speak of inactive, replication"),
    ],
)
def test_each_ground_is_said(past: Issue, why: str) -> None:
    asked = issue(9, "Replication inactive", "search-outage", ("shop", "cart"), "g")

    assert found(asked, past) == [(1, why)]


def test_a_word_that_all_titles_share_is_no_ground() -> None:
    asked = issue(9, "Checkout refuses foreign cards")
    common = [issue(n, f"Checkout number{n}") for n in range(1, 8)]

    comes = found(asked, *common, issue(8, "Checkout refuses foreign cards again"))

    assert [number for number, _ in comes] == [8]


def test_one_service_alone_is_too_little() -> None:
    asked = issue(9, "Checkout refuses cards", services=("shop",))
    assert found(asked, issue(1, "Signup sends no mail", services=("shop",))) == []


def test_the_latest_comes_first_among_equals_and_not_more_than_asked() -> None:
    asked = issue(9, class_="x")
    past = [Past(issue(n, f"Title{n}", "x"), False) for n in range(1, 6)]

    assert [one.issue.number for one in similar.similar(asked, past, 3)] == [5, 4, 3]


def test_ordinary_words_say_nothing() -> None:
    assert words_of("The page is slow, again: ERROR in checkout-flow!") == {"checkout", "flow"}


# What helped


def entry(event: str, text: str = "", **detail: str) -> Entry:
    return Entry(event, "ada", START, text, detail)


def test_what_helped_is_the_cause_the_fixes_that_worked_and_the_end() -> None:
    timeline = [
        entry("root-cause", "first thought"),
        entry("fix-done", "dropped an index", plan="1", verified="true"),
        entry("fix-done", "who knows", plan="2", verified="false"),
        entry("fix-done", "taken back", plan="3", verified="true"),
        entry("fix-undone", "", plan="3"),
        entry("root-cause", "a full disk"),
        entry("resolved", "orders come in"),
        entry("closed", "see the minutes"),
    ]

    assert [one.text for one in similar.helped(timeline)] == [
        "a full disk",
        "dropped an index",
        "orders come in",
        "see the minutes",
    ]
    assert similar.helped([entry("closed")]) == []


def test_a_remedy_helped_unless_it_was_taken_back() -> None:
    timeline = [
        entry("remedy-helped", "restart on shop", attempt="1"),
        entry("remedy-helped", "flag on shop", attempt="2"),
        entry("remedy-undone", "flag on shop", attempt="2"),
    ]

    assert [one.text for one in similar.helped(timeline)] == ["restart on shop"]


def test_an_issue_that_speaks_as_an_error_does_is_alike_by_all_that_was_said_of_it() -> None:
    past = [
        replace(issue(1, "Books"), description="LedgerRefused: the posting was refused"),
        issue(2, "The posting is late"),
        issue(3, "The menu is cold"),
    ]

    found = similar.speaking_alike(words_of("LedgerRefused: posting was refused"), past, 5)

    assert [(one.issue.number, one.why) for one in found] == [
        (1, ("both speak of ledgerrefused, refused, posting",))
    ]


def test_many_that_lack_the_same_word_are_alike_all_the_same() -> None:
    past = [issue(n, f"shop: OperationalError: server closed connection {n}") for n in range(1, 30)]
    words = words_of("OperationalError: server closed the connection unexpectedly")

    found = similar.speaking_alike(words, past, 5)

    assert [one.issue.number for one in found] == [29, 28, 27, 26, 25]


def test_one_word_is_no_ground_to_call_an_issue_like_an_error() -> None:
    past = [issue(1, "shop: KeyError: 'sku'")]

    assert similar.speaking_alike(words_of("KeyError: 'name'"), past, 5) == []
