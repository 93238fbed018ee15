"""Symptoms rank and explain; they hide nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle import unit
from fettle.diagnosis.symptoms import WAYS, explain
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Finding, Unknown
from fettle.model.severity import Severity


def found(check: str, subject: str, severity: Severity = Severity.HIGH) -> Outcome:
    return Outcome(check, (Finding(subject, severity, "…", check=check),))


BLOCKED = found("blocked_sessions", "app@shop (web)")
SEQUENCE = found("sequence_exhaustion", "shop.orders_id_seq")
UNUSED = found("index_unused", "shop.events_note_idx", Severity.MEDIUM)


@pytest.mark.parametrize(
    ("symptom", "kinds"),
    [
        ("checkout is slow", {"slowness"}),
        ("Timeouts since 9:00", {"slowness"}),
        ("the app lags", {"slowness"}),
        ("Checkout p95 is 9 s", {"slowness"}),
        ("connection errors", {"refused connections"}),
        ("FATAL: sorry, too many clients already", {"refused connections"}),
        ("can't connect", {"refused connections"}),
        ("stuck in locks", {"standing still"}),
        ("everything hangs", {"standing still"}),
        ("disk full", {"room on the disk"}),
        ("the database grows", {"room on the disk"}),
        ("errors on insert", {"failing writes"}),
        ("inserts into orders fail", {"failing writes"}),
        ("stale reads", {"old data on the replicas"}),
        ("replication lag", {"old data on the replicas"}),
        ("wrong sort order", {"wrong results"}),
        ("the shop is down", {"an outage"}),
        ("it slows down", {"slowness"}),
        ("504 gateway timeout", {"slowness", "an outage"}),
        ("slowmotion blockchain downloads", set()),
        ("", set()),
    ],
)
def test_whole_words_say_how_trouble_shows(symptom: str, kinds: set[str]) -> None:
    (match,) = explain([symptom], [])

    assert set(match.kinds) == kinds


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.kind)
def test_every_check_that_a_way_names_exists(way: object) -> None:
    planned = {
        *unit.checks(),
        # of the catalogue, not in the tree of every branch yet
        *("blocked_sessions", "connections_saturated", "ddl_queue", "idle_in_transaction"),
        *("long_query", "long_transaction", "prepared_transaction_stale"),
    }

    assert set(next(one for one in WAYS if one is way).shows) <= planned


def test_a_finding_that_fits_says_why() -> None:
    (match,) = explain(["checkout hangs"], [BLOCKED, SEQUENCE])

    assert match.fits == {
        "blocked_sessions:app@shop (web)": "these sessions stand still until the lock is let go"
    }
    assert match.explanation == "1 finding would show as standing still"


def test_a_table_that_the_symptom_names_fits_too() -> None:
    (match,) = explain(["saving orders takes ages"], [BLOCKED, UNUSED, SEQUENCE])

    assert match.fits["sequence_exhaustion:shop.orders_id_seq"] == "the symptom names orders"


def test_a_schema_or_a_session_that_is_named_fits_nothing() -> None:
    (match,) = explain(["shop says nothing"], [BLOCKED, SEQUENCE])

    assert match.fits == {}


def test_the_likeliest_comes_first() -> None:
    (match,) = explain(["inserts into events fail, the disk is full"], [UNUSED, SEQUENCE])

    assert list(match.fits) == [
        "index_unused:shop.events_note_idx",
        "sequence_exhaustion:shop.orders_id_seq",
    ]


def test_nothing_that_fits_says_what_could_not_be_seen() -> None:
    blind = Outcome("slow_queries", unknown=(Unknown("no extension"),))
    (seen,) = explain(["slow"], [SEQUENCE])
    (unseen,) = explain(["slow"], [SEQUENCE, blind])

    assert "may lie outside the database" in seen.explanation
    assert "but slow_queries could not look" in unseen.explanation


def test_symptoms_rank_within_a_severity_and_hide_nothing() -> None:
    outcomes = (SEQUENCE, UNUSED, BLOCKED)
    matches = tuple(explain(["hangs", "slow"], outcomes))
    started = datetime(2026, 11, 23, tzinfo=UTC)
    plain = Diagnosis("shop", started, timedelta(), outcomes)
    ranked = Diagnosis("shop", started, timedelta(), outcomes, symptom_matches=matches)

    assert [one.check for one in plain.findings] == [
        "sequence_exhaustion",
        "blocked_sessions",
        "index_unused",
    ]
    assert [one.check for one in ranked.findings] == [
        "blocked_sessions",
        "sequence_exhaustion",
        "index_unused",
    ]
