"""What names say of figures, and when a figure began to move."""

from dataclasses import replace

import pytest

from fettle.diagnosis.suspects import bad_way, onset, ranked
from fettle.model.incident import Span
from tests.diagnosis.incidents import BEGIN, FROM, LEVELS, MINUTE, QUIET, incident, noisy


@pytest.mark.parametrize(
    ("metric", "way"),
    [
        ("latency_p95", 1),
        ("http_request_duration_seconds", 1),
        ("requestDuration", 1),
        ("error_rate_ratio", 1),
        ("requests_abandoned_ratio", 1),
        ("cpu_used_ratio", 1),
        ("restarts_count", 1),
        ("availability_Average", -1),
        ("site_up", -1),
        ("disk_free_bytes", -1),
        ("cdn_hit_rate_ratio", -1),
        ("allowance_left_requests", -1),
        ("successRate", -1),
        ("requests_count", 0),
        ("calls", 0),
        ("site_body_bytes", 0),
    ],
)
def test_a_name_says_which_way_is_bad(metric: str, way: int) -> None:
    assert bad_way(metric) == way


@pytest.mark.parametrize("quiet", [2, QUIET])
def test_the_onset_is_found_to_the_sample(quiet: int) -> None:
    scored = ranked(incident(LEVELS, {"search": 0.5, "web": 0.45}, quiet=quiet)).scored

    assert scored[0].moved.moves[0].begins == FROM + quiet * MINUTE


def test_a_single_jump_before_it_is_no_onset() -> None:
    given = incident(LEVELS, {"search": 0.5, "web": 0.45})
    points = given.series["search"]["latency_p95"]
    jump = [(at, 0.6 if at == FROM + MINUTE else value) for at, value in points]

    series = {**given.series, "search": {"latency_p95": jump}}

    scored = ranked(replace(given, series=series)).scored

    assert scored[0].moved.subject == "search"
    assert scored[0].moved.moves[0].begins == FROM + QUIET * MINUTE


@pytest.mark.parametrize("normal", [None, Span(BEGIN, FROM)])
def test_a_figure_alone_has_an_onset_only_where_it_moved(normal: Span | None) -> None:
    span = Span(FROM, FROM + 16 * MINUTE)

    assert onset("latency", noisy("db", 1, 2), span, normal) == FROM + QUIET * MINUTE
    assert onset("latency", noisy("db", 1, 0), span, normal) is None
    assert onset("site_up", noisy("db", 1, -1), span, normal) == FROM + QUIET * MINUTE
    assert onset("site_up", noisy("db", 1, 3), span, normal) is None


def test_an_onset_is_within_the_span_though_its_samples_do_not_fit_into_it() -> None:
    points = [(at, 5.0 if at >= 1100 else 1.0) for at in range(0, 1101, 300)] + [(1100.0, 5.0)]

    begins = onset("latency", points, Span(0, 1100))

    assert begins is not None
    assert 900 <= begins <= 1100
