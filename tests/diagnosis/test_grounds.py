"""Causes of an incident: the one that nothing else explains comes first, with grounds, always."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fettle.diagnosis.grounds import suspects
from fettle.model.incident import Change, Incident, Span, Suspect
from tests.diagnosis.incidents import BEGIN, FROM, LEVELS, MINUTE, QUIET, incident, noisy

DATABASE = {"db": 0.4, "api": 0.42, "web": 0.5, "jobs": 1.5}
SEARCH = {"search": 0.5, "web": 0.45}
WEB = {"web": 0.8}
API = {"api": 0.5, "web": 0.5}


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        pytest.param(DATABASE, "db", id="a database that slows all that use it"),
        pytest.param(SEARCH, "search", id="a service that one other needs"),
        pytest.param(API, "api", id="one in the middle, what it needs is well"),
        pytest.param(WEB, "web", id="the reported itself, what it needs is well"),
        pytest.param({**DATABASE, "cache": 0.0003}, "db", id="another that hardly moves"),
    ],
)
@pytest.mark.parametrize("quiet", [0, QUIET])
@pytest.mark.parametrize("normal", [True, False])
def test_what_nothing_else_explains_comes_first(
    faults: dict[str, float], cause: str, quiet: int, normal: bool
) -> None:
    first, *others = suspects(incident(LEVELS, faults, quiet=quiet, normal=normal))

    assert first.subject == cause
    assert first.confidence > 0.5
    assert all(other.confidence < first.confidence / 2 for other in others)


def test_the_grounds_say_what_changed_when_by_how_much_and_what_is_upstream() -> None:
    cause = suspects(incident(LEVELS, DATABASE))[0]

    assert cause.metric == "latency_p95"
    moved, alike, needed, explained, covers = cause.evidence
    assert moved.startswith("latency_p95 rose from 0.04")
    assert "8.3 times, from 2026-09-21T16:19:00Z on" in moved
    assert alike.startswith("it moved as web's latency_p95 did: likeness 1.00 over 16 samples")
    assert needed == "web needs it: web → api → db"
    assert explained == "it needs nothing else, as far as is known"
    assert covers.startswith("4 of 4 that moved are it and what needs it")
    assert cause.begins == FROM + QUIET * MINUTE


def test_what_falls_is_bad_where_less_is_bad() -> None:
    """What gets better at the same time explains nothing."""
    levels = dict.fromkeys(LEVELS, 100.0)
    faults = {"db": -30.0, "api": -20.0, "web": -18.0, "cache": 25.0}

    first = suspects(incident(levels, faults, metric="availability"))[0]

    assert first.subject == "db"
    assert first.evidence[0].startswith("availability fell from")


def test_a_shift_of_long_before_is_no_news() -> None:
    """Its level has nothing to do with the normal period, but it did not move in the incident."""
    shifted = incident(LEVELS, SEARCH)
    points = [(at, value * (9 if at >= FROM else 1)) for at, value in noisy("db", 0.05, 0.0)]
    shifted = replace(shifted, series={**shifted.series, "db": {"latency_p95": points}})

    first, *others = suspects(shifted)

    assert first.subject == "search"
    assert all(other.confidence < 0.1 for other in others)


def test_another_figure_tells_of_what_has_no_such_figure() -> None:
    """A database has no latency of requests, but its locks say enough."""
    without = incident({name: LEVELS[name] for name in ("web", "api", "cache", "search")}, API)
    locks = {"locks_waiting": noisy("db", 1.0, 40.0)}

    first = suspects(replace(without, series={**without.series, "db": locks}))[0]

    assert (first.subject, first.metric) == ("db", "locks_waiting")


def test_a_deploy_just_before_is_part_of_the_grounds() -> None:
    deploy = Change("search", FROM + (QUIET - 4) * MINUTE, "deploy 2.1")
    old = Change("search", BEGIN - 1e6, "deploy 1.0")

    first = suspects(incident(LEVELS, SEARCH, changes=(deploy, old)))[0]

    assert [line for line in first.evidence if "deploy" in line] == [
        "deploy 2.1 at 2026-09-21T16:15:00Z, 4 min before"
    ]


def test_what_was_changed_just_before_is_more_suspect() -> None:
    twins = {"cache": 0.5, "db": 0.5, "api": 0.5, "web": 0.5}
    levels = {**LEVELS, "cache": 0.05}
    deploy = Change("cache", FROM + (QUIET - 4) * MINUTE, "release 7")

    before = {one.subject: one.confidence for one in suspects(incident(levels, twins))}
    after = {
        one.subject: one.confidence for one in suspects(incident(levels, twins, changes=(deploy,)))
    }

    assert after["cache"] > before["cache"]
    assert after["db"] < before["db"]


def test_nothing_is_suspect_where_nothing_moves() -> None:
    still = {
        name: {"latency_p95": [(BEGIN + n * MINUTE, 1.0) for n in range(140)]} for name in LEVELS
    }

    assert suspects(replace(incident(LEVELS, {}), series=still)) == []


def test_noise_alone_is_never_sure() -> None:
    assert all(one.confidence < 0.5 for one in suspects(incident(LEVELS, {})))


def test_a_circle_of_calls_still_has_a_first() -> None:
    circle = (("web", "api"), ("api", "db"), ("db", "web"))

    assert suspects(incident(LEVELS, DATABASE, calls=circle))[0].confidence > 0


def test_the_reported_may_have_no_series() -> None:
    """Then what counts is who changed when the incident began."""
    without = incident({**LEVELS}, DATABASE, quiet=0)
    series = {name: figures for name, figures in without.series.items() if name != "web"}

    first = suspects(replace(without, series=series))[0]

    assert first.subject == "db"
    assert "no figure of web shows the trouble" in first.evidence[1]


def test_without_a_graph_whoever_moved_is_named_but_less_surely() -> None:
    found = suspects(incident(LEVELS, SEARCH, calls=()))

    assert {one.subject for one in found[:2]} == {"web", "search"}
    assert any("web does not need it" in line for one in found for line in one.evidence)


def test_gaps_wrong_values_and_disorder_do_no_harm() -> None:
    whole = incident(LEVELS, DATABASE)
    torn = {
        name: {
            metric: [
                *((at, value) for at, value in reversed(points) if at // MINUTE % 4),
                (FROM, math.nan),
                (FROM, math.inf),
                (math.nan, 1.0),
                (BEGIN, 1e308),
            ]
            for metric, points in figures.items()
        }
        for name, figures in whole.series.items()
    }

    assert suspects(replace(whole, series=torn))[0].subject == "db"


def test_clocks_that_are_some_seconds_apart_do_no_harm() -> None:
    whole = incident(LEVELS, DATABASE)
    late = {
        name: {metric: [(at + 7 * place, value) for at, value in points] for metric, points in of}
        for place, (name, of) in enumerate(
            (name, list(figures.items())) for name, figures in whole.series.items()
        )
    }

    assert suspects(replace(whole, series=late))[0].subject == "db"


def test_very_long_series_are_laid_into_few_bins() -> None:
    whole = incident(LEVELS, DATABASE)
    dense = {
        name: {
            metric: [(at + part / 10, value) for at, value in points for part in range(0, 600, 3)]
            for metric, points in figures.items()
        }
        for name, figures in whole.series.items()
    }

    first = suspects(replace(whole, series=dense))[0]

    assert first.subject == "db"
    assert "61 samples of 15 s" in first.evidence[1]


FAULTS = st.dictionaries(st.sampled_from(sorted(LEVELS)), st.floats(-1, 3), max_size=6)
GRAPHS = st.lists(
    st.tuples(st.sampled_from(sorted(LEVELS)), st.sampled_from(sorted(LEVELS))), max_size=12
)


@given(FAULTS, GRAPHS, st.booleans(), st.integers(0, QUIET))
@settings(max_examples=60, deadline=None)
def test_a_cause_is_one_of_the_given_and_has_grounds(
    faults: dict[str, float], calls: Sequence[tuple[str, str]], normal: bool, quiet: int
) -> None:
    given_ = incident(LEVELS, faults, calls=calls, normal=normal, quiet=quiet)

    found = suspects(given_)

    assert [one.confidence for one in found] == sorted(
        (one.confidence for one in found), reverse=True
    )
    assert sum(one.confidence for one in found) <= 1
    for one in found:
        assert one.metric in given_.series[one.subject]
        assert all(one.evidence)
        assert len(one.evidence) >= 4
        assert one.begins in given_.incident


@given(FAULTS, GRAPHS)
@settings(max_examples=30, deadline=None)
def test_a_quiet_service_that_nothing_ties_to_it_changes_nothing(
    faults: dict[str, float], calls: Sequence[tuple[str, str]]
) -> None:
    alone = incident(LEVELS, faults, calls=[*calls, ("web", "api")])
    beside = replace(
        alone, series={**alone.series, "billing": {"latency_p95": noisy("billing", 1, 0)}}
    )

    assert suspects(beside) == suspects(alone)


@given(FAULTS, st.sampled_from([1e-6, 1e-3, 60.0, 1e9]))
@settings(max_examples=30, deadline=None)
def test_the_unit_of_a_figure_changes_nothing(faults: dict[str, float], unit: float) -> None:
    """Not even where each service has one of its own."""
    given_ = incident(LEVELS, faults)
    other = replace(
        given_,
        series={
            **given_.series,
            "db": {"latency_p95": [(at, v * unit) for at, v in given_.series["db"]["latency_p95"]]},
        },
    )

    assert _told(suspects(other)) == _told(suspects(given_))


@given(FAULTS, GRAPHS)
@settings(max_examples=30, deadline=None)
def test_other_names_are_the_only_difference_that_other_names_make(
    faults: dict[str, float], calls: Sequence[tuple[str, str]]
) -> None:
    given_ = incident(LEVELS, faults, calls=calls)
    names = {name: f"x{place}" for place, name in enumerate(reversed(LEVELS))}
    renamed = Incident(
        [(names[one], names[other]) for one, other in calls],
        {names[name]: figures for name, figures in given_.series.items()},
        given_.incident,
        names["web"],
        given_.normal,
    )

    expected = [(names[subject], *rest) for subject, *rest in _told(suspects(given_))]
    assert [list(one) for one in _told(suspects(renamed))] == [list(one) for one in expected]


def _told(found: Sequence[Suspect]) -> list[tuple[str, str, float, float]]:
    return [(one.subject, one.metric, round(one.confidence, 2), one.begins) for one in found]


def test_a_single_sample_is_enough_to_be_compared_with_what_is_normal() -> None:
    given_ = incident(LEVELS, DATABASE, quiet=0)
    short = replace(given_, incident=Span(FROM + 2 * MINUTE, FROM + 2 * MINUTE))

    assert suspects(short)[0].subject == "db"
