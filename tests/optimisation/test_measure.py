"""What several visits come to."""

import asyncio
from dataclasses import replace

import pytest

from fettle.errors import CannotLook, Unreachable, WrongUsage
from fettle.model.browser import PageAsked
from fettle.model.measurement import LongTask, PageMeasurement, Profile, Visit, Weight
from fettle.model.web_address import registered
from fettle.optimisation import measure
from fettle.testing import SteppedClock
from tests.optimisation.made_up import DOCUMENT, PAGE, asset, measured, visit


class Scripted:
    """A browser whose visits go as they are told to; implements Browser."""

    def __init__(self, *goes: Visit | CannotLook) -> None:
        self.goes = list(goes)

    async def visit(self, _: PageAsked) -> Visit:
        gone = self.goes.pop(0)
        if isinstance(gone, CannotLook):
            raise gone
        return gone


def run(*goes: Visit | CannotLook, runs: int = 5) -> PageMeasurement:
    said: list[str] = []
    return asyncio.run(measure.measure(Scripted(*goes), PAGE, runs, SteppedClock(), said.append))


def test_a_figure_is_the_median_of_all_visits_with_its_quartiles_and_its_rating() -> None:
    found = run(*(visit({"lcp": lcp}) for lcp in (2600, 2400, 9000, 2500, 2450)))
    lcp = found.metrics["lcp"]
    assert (lcp.median, lcp.iqr) == (2500, (2450, 2600))
    assert lcp.unit == "ms"
    assert lcp.rating == "good"
    assert list(lcp.values) == [2600, 2400, 9000, 2500, 2450]
    assert found.metrics["server_response"].rating is None


@pytest.mark.parametrize(
    ("name", "value", "profile", "rating"),
    [
        ("lcp", 2500, Profile.PHONE, "good"),
        ("lcp", 2501, Profile.PHONE, "needs-improvement"),
        ("lcp", 4001, Profile.PHONE, "poor"),
        ("cls", 0.1, Profile.PHONE, "good"),
        ("cls", 0.26, Profile.PHONE, "poor"),
        ("inp", 201, Profile.PHONE, "needs-improvement"),
        ("ttfb", 1801, Profile.PHONE, "poor"),
        ("tbt", 180, Profile.PHONE, "good"),
        ("tbt", 180, Profile.DESKTOP, "needs-improvement"),
    ],
)
def test_ratings_are_todays_definitions(
    name: str, value: float, profile: Profile, rating: str
) -> None:
    found = measured([visit({name: value})] * 5, replace(PAGE, profile=profile))
    assert found.metrics[name].rating == rating


def test_what_most_visits_had_no_figure_of_has_none() -> None:
    without = visit()
    without = replace(without, figures={"ttfb": 570.0})
    assert "lcp" not in measured([visit(), visit(), without, without, without]).metrics
    assert len(measured([visit(), visit(), visit(), without]).metrics["lcp"].values) == 3


def test_what_is_told_of_the_page_is_of_the_visit_in_the_middle() -> None:
    found = measured([visit({"lcp": lcp}, dialogs=n) for n, lcp in enumerate((900, 5000, 1000))])
    assert found.typical.dialogs == 2


def test_bytes_are_the_medians_by_kind() -> None:
    visits = [
        visit(requests=(DOCUMENT, asset("a.js", "script", 600, 1200, size)))
        for size in (100, 200, 900)
    ]
    assert measured(visits).weights["script"] == Weight(200, 600, 1)
    assert list(measured(visits).weights) == ["document", "script"]


def test_others_are_told_from_the_pages_own_hosts_with_what_they_cost() -> None:
    pixel = replace(DOCUMENT, url="https://ads.example.net/p.js", kind="script", transferred=500)
    own = replace(DOCUMENT, url="https://cdn.shop.example/a.js", kind="script")
    busy = LongTask(1000, 120, "https://ads.example.net/p.js")
    found = measured([visit(requests=(DOCUMENT, own, pixel), tasks=(busy,))])
    (party,) = found.third_parties
    assert (party.host, party.weight.transferred, party.busy_ms) == ("ads.example.net", 500, 120)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.shop.example/a", "shop.example"),
        ("https://www.shop.co.uk/", "shop.co.uk"),
        ("https://cdn.t.co/", "t.co"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://localhost/", "localhost"),
        ("http://[::1]/", "::1"),
    ],
)
def test_the_registered_part_of_a_name(url: str, site: str) -> None:
    assert registered(url) == site


def test_one_visit_may_fail_that_went_well_before() -> None:
    gone = Unreachable("the network is gone")
    assert len(run(visit(), gone, *[visit()] * 4).visits) == 5
    with pytest.raises(Unreachable):
        run(visit(), gone, visit(), gone)
    with pytest.raises(Unreachable):
        run(gone, visit())


def test_fewer_visits_than_tell_anything_are_refused() -> None:
    with pytest.raises(WrongUsage, match="5 times at least"):
        run(visit(), runs=4)


def test_a_user_in_the_address_is_in_no_result() -> None:
    found = measured([visit()], replace(PAGE, url="https://ada:pw@shop.example/a?b=1"))
    assert found.url == "https://shop.example/a?b=1"
