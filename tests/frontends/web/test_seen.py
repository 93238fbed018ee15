"""What pages make of how a page was before and after; what may be chance is not called better."""

from dataclasses import replace
from typing import Any, cast

import pytest

from fettle.frontends.report.optimised_document import LoadDocument, OptimisationRecord, of_load
from fettle.frontends.web import earned, waterfall
from fettle.frontends.web.seen import Row, pages_of
from fettle.model.loaded import When
from fettle.optimisation.document import EarnedDocument
from tests import optimised_run


@pytest.mark.parametrize(
    ("metric", "value", "says"),
    [
        ("lcp", 999.4, "999 ms"),
        ("lcp", 23_872, "23.9 s"),
        ("cls", 0.1534, "0.153"),
        ("bytes", 864_256, "844 KiB"),
    ],
)
def test_figures_are_said_with_their_unit(metric: str, value: float, says: str) -> None:
    assert earned.said(metric, value) == says


@pytest.mark.parametrize(
    ("before", "after", "better", "says"),
    [
        (1000, 140, True, "−86 %"),  # noqa: RUF001
        (1000, 1250, False, "+25 %"),
        (1000, 998, None, "as before"),
        (0, 0, None, "as before"),
        (0, 0.3, False, "new"),
    ],
)
def test_less_is_better(before: float, after: float, better: bool | None, says: str) -> None:
    assert earned.judged(before, after) == (better, says)


@pytest.mark.parametrize(
    ("metric", "p", "better"), [("lcp", 0.008, True), ("lcp", 0.2, None), ("bytes", 0.2, True)]
)
def test_what_may_be_chance_is_not_called_better(
    metric: str, p: float, better: bool | None
) -> None:
    one: EarnedDocument = {
        "page": "index.html",
        "profile": "phone",
        "metric": metric,
        "before": 1000,
        "after": 800,
        "share": 0.2,
        "p": p,
    }
    assert earned.change(one).better is better


def loads(**figures: tuple[float, float]) -> list[LoadDocument]:
    """Return a page before and after, with these figures."""
    found = []
    for number, when in enumerate(When):
        load = of_load(optimised_run.load(when, 5000 - 3000 * number, 400_000))
        for name, values in figures.items():
            median: Any = {**load["metrics"]["lcp"], "median": values[number]}
            load["metrics"][name] = median
        found.append(load)
    return found


def record(*, pictures: tuple[dict[str, Any], ...] = (), **given: Any) -> OptimisationRecord:  # noqa: ANN401
    return cast("OptimisationRecord", {"loads": loads(**given), "pictures": list(pictures)})


def rows(**figures: tuple[float, float]) -> dict[str, Row]:
    (page,) = pages_of(record(**cast("Any", figures)))
    return {one.name: one for one in page.figures}


def test_a_figure_is_better_by_a_tenth_and_what_is_noise_never_is() -> None:
    found = rows(fcp=(1000, 890), inp=(100, 95), tbt=(900, 100), cls=(0.003, 0), fid=(2.1, 1.8))
    assert (found["Shifts"].better, found["Shifts"].share) == (None, "−100 %")  # noqa: RUF001
    assert (found["First input"].better, found["First input"].share) == (None, "as before")
    assert found["First paint"].better is True
    assert (found["Slowest click"].better, found["Slowest click"].share) == (None, "−5 %")  # noqa: RUF001
    assert found["Blocked"].better is None


def picture(when: str, at: float | None, id_: int, kind: str = "frame") -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind,
        "page": "index.html",
        "profile": "phone",
        "when": when,
        "at": at,
        "width": 24,
        "height": 48,
        "url": "",
    }


def test_both_strips_have_the_same_step_and_show_what_was_there_at_each_moment() -> None:
    shown = (picture("before", 900, 1), picture("before", 5000, 2), picture("after", 1600, 3))
    (page,) = pages_of(record(pictures=shown))
    before, after = page.strips
    assert [one.at for one in after.cells] == ["0.5 s", "1 s", "1.5 s", "2 s"]
    assert [one.picture and one.picture["id"] for one in after.cells] == [None, None, None, 3]
    assert [one.picture and one.picture["id"] for one in before.cells] == [None, *[1] * 8, 2]


def test_a_screen_of_which_one_picture_is_gone_is_not_compared() -> None:
    shown = (picture("before", None, 1, "screen"), picture("after", 100, 2))
    (page,) = pages_of(record(pictures=shown))
    assert page.screens == []


def test_a_waterfall_tells_what_failed_and_what_had_not_ended() -> None:
    load = optimised_run.load(When.BEFORE, 5000, 400_000)
    document, image = load.measured.typical.requests
    requests = (
        document,
        replace(image, failed="net::ERR_FAILED", end_ms=None),
        replace(image, status=404, blocks_rendering=True),
        replace(image, first_byte_ms=None, end_ms=None),
        *(image,) * 100,
    )
    typical = replace(load.measured.typical, requests=requests)
    drawn = waterfall.drawn(
        of_load(replace(load, measured=replace(load.measured, typical=typical))), 10_000
    )
    assert [list(one.notes) for one in drawn.bars[:4]] == [
        [],
        ["net::ERR_FAILED"],
        ["blocks rendering", "answers 404"],
        ["had not ended"],
    ]
    assert drawn.bars[0].name == "index.html"
    assert (len(drawn.bars), drawn.hidden) == (60, 44)
    assert [(one.name, one.at) for one in drawn.marks] == [("Largest paint", 500.0)]
    assert all(one.start + one.wait + one.load <= waterfall.WIDE + 3 for one in drawn.bars)
