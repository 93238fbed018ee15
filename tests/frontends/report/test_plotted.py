"""Charts of reports: where lines and ticks are, and what is said of them."""

import math

import pytest
from hypothesis import given

from fettle.frontends.report.plotted import plot
from fettle.model.report import Chart, Curve
from tests.model.reporting import CHARTS

HOUR = 3600.0
MONDAY = 1_795_996_800.0  # 30 Nov 2026, 00:00 UTC


def chart(*values: float | None, unit: str = "s", step: float = HOUR) -> Chart:
    points = [
        (MONDAY + place * step, value) for place, value in enumerate(values) if value is not None
    ]
    return Chart("how long", unit, (Curve("p95", tuple(points)),))


def ups(chart: Chart) -> list[str]:
    plotted = plot(chart)
    assert plotted
    return [tick.text for tick in plotted.up]


def test_a_chart_without_a_point_is_none() -> None:
    assert plot(chart()) is None
    assert plot(chart(math.nan, math.inf)) is None


def test_a_line_is_broken_where_nothing_was_measured() -> None:
    plotted = plot(chart(1, 2, 3, None, None, None, 4, 5))

    assert plotted
    assert [len(piece) for piece in plotted.lines[0].pieces] == [3, 2]


def test_what_is_said_of_a_chart_is_all_that_it_shows() -> None:
    plotted = plot(chart(2, 9, 1, 3))

    assert plotted
    assert plotted.says == (
        "how long, 30 Nov 2026, 00:00 UTC to 30 Nov 2026, 03:00 UTC. "
        "p95: first 2 s, last 3 s, least 1 s, most 9 s."
    )


@pytest.mark.parametrize(
    ("values", "unit", "ticks"),
    [
        ((1, 9), "s", ["0", "2 s", "4 s", "6 s", "8 s", "10 s"]),
        ((0.11, 0.29), "s", ["0", "100 ms", "200 ms", "300 ms"]),
        ((100, 9000), "s", ["0", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min"]),
        ((0.91, 0.95), "ratio", ["91 %", "92 %", "93 %", "94 %", "95 %"]),
        ((0, 2 * 1024**3), "bytes", ["0", "512 MiB", "1.0 GiB", "1.5 GiB", "2.0 GiB"]),
        ((-4, 4), "s", ["-4 s", "-2 s", "0", "2 s", "4 s"]),
        ((7, 7), "connections", ["6 connections", "8 connections"]),
    ],
)
def test_a_scale_has_round_figures(values: tuple[float, ...], unit: str, ticks: list[str]) -> None:
    assert ups(chart(*values, unit=unit)) == ticks


def test_days_are_marked_at_their_beginning() -> None:
    plotted = plot(chart(*range(169)))

    assert plotted
    assert [tick.text for tick in plotted.across][:2] == ["30 Nov", "1 Dec"]
    assert plotted.across[0].at == 0


def test_a_peak_stays_in_a_line_of_more_points_than_can_be_seen() -> None:
    values = [1.0] * 20_000
    values[12_345] = 99.0
    plotted = plot(chart(*values, step=60))

    assert plotted
    (piece,) = plotted.lines[0].pieces
    assert len(piece) <= 700
    assert max(value for _, value in piece) == pytest.approx(99 / 100, abs=0.02)


@given(CHARTS)
def test_whatever_was_measured_is_drawn_in_its_room(given: Chart) -> None:
    plotted = plot(given)
    if plotted is None:
        return
    assert len(plotted.up) <= 12
    for line in plotted.lines:
        for piece in line.pieces:
            for across, up in piece:
                assert -1e-6 <= across <= 1 + 1e-6
                assert -1e-6 <= up <= 1 + 1e-6
