"""Figures as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.frontends.report import figures
from fettle.model.finding import Scalar


@pytest.mark.parametrize(
    ("name", "value", "label", "shown"),
    [
        ("size_bytes", 41_943_040, "size", "40 MiB"),
        ("waited_s", 240.5, "waited", "4 min"),
        ("mean_ms", 1800.5, "mean", "1.8 s"),
        ("used_ratio", 0.81, "used", "81 %"),
        ("dead_percent", 12.5, "dead", "12.5 %"),
        ("calls_count", 12_400, "calls", "12,400"),
        ("rows", 1_000_000, "rows", "1,000,000"),
        ("load", 1234.567, "load", "1,234.57"),
        ("load", 0.000123, "load", "0.000123"),
        ("pid", 42_421, "pid", "42421"),
        ("blocking_pid", 42_421, "blocking pid", "42421"),
        ("idle_for", timedelta(seconds=65), "idle for", "1 min 5 s"),
        ("since", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "since", "2026-01-02 03:04:05 UTC"),
        ("valid", False, "valid", "no"),
        ("feeds", None, "feeds", "–"),
        ("name", "1000000", "name", "1000000"),
    ],
)
def test_a_figure_is_shown_with_the_unit_its_name_carries(
    name: str, value: Scalar, label: str, shown: str
) -> None:
    assert (figures.label(name), figures.shown(name, value)) == (label, shown)
