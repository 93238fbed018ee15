"""What was reckoned of a recommendation stands beside what came."""

from dataclasses import replace

import pytest

from fettle.frontends.cli import roots
from fettle.model.improvement import Gain
from fettle.model.loaded import Load, When
from fettle.optimisation.came import came
from fettle.optimisation.document import of_run, read
from fettle.optimisation.said import beside
from tests.optimisation.made_up import DOCUMENT, URL, asset, measured, visit
from tests.optimised_run import done
from tests.schemas import validate

PLAIN = asset("a.js", "script", 600, 2200, 200_000, encoding="", packed=50_000)
ILL = visit({"lcp": 2200}, requests=(DOCUMENT, PLAIN))


PACKED = replace(PLAIN, transferred=50_000, end_ms=1400, encoding="br", packed=None)
CURED = visit({"lcp": 1500}, requests=(DOCUMENT, PACKED))


def test_what_is_cured_is_told_with_what_it_was_to_earn_and_what_came() -> None:
    found = {one.title: one for one in came(measured([ILL] * 5), measured([CURED] * 5))}
    text = next(one for name, one in found.items() if "ack" in name)

    assert (text.gain.metric, text.cured, text.came) == ("lcp", True, 700)
    assert 500 < text.gain.amount < 1100


def test_what_is_still_there_is_not_said_to_be_cured() -> None:
    found = list(came(measured([ILL] * 5), measured([ILL] * 5)))

    assert found
    assert not any(one.cured or one.came for one in found)


def test_a_page_that_is_well_had_nothing_to_reckon() -> None:
    well = measured([visit()] * 5)

    assert URL in well.url
    assert list(came(well, well)) == []


def test_it_is_said_in_words() -> None:
    assert beside(Gain("lcp", 800.0), 650.0) == (
        "about 800 ms less: largest paint (LCP); it is 650 ms less"
    )
    assert beside(Gain("cls", 0.1, at_most=True), -0.02).endswith("it is 0.02 more")


def test_a_run_tells_it_to_programs_and_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    loads = (
        Load("index.html", When.BEFORE, measured([ILL] * 5)),
        Load("index.html", When.AFTER, measured([CURED] * 5)),
    )
    document = of_run(replace(done("0123456789ab"), loads=loads))
    validate({**document})
    (one,) = [one for one in document["estimates"] if "ack" in one["title"]]
    roots.print_run(document, "text")

    assert (one["page"], one["metric"], one["came"], one["cured"]) == (
        "index.html",
        "lcp",
        700,
        True,
    )
    assert f"  {one['title']}: about " in capsys.readouterr().out


def test_a_run_that_was_kept_without_it_is_read() -> None:
    assert read({"run": "0123456789ab"})["estimates"] == []
