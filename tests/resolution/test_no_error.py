"""Settings that are quoted, good news and notices are no errors, whatever their words."""

import pytest

from fettle.resolution.catalogue import shipped
from fettle.resolution.no_error import speaks_against_error, without_settings
from fettle.resolution.recognise import Recogniser

RECOGNISER = Recogniser(shipped())


@pytest.mark.parametrize(
    "text",
    [
        "SET statement_timeout = 0;\nSET lock_timeout = 0;",
        "connecting with connect_timeout=30 max_connections=100",
        "INFO: HikariPool-1 - Start completed.",
        'level=info msg="deadlock detector started"',
        "Reconnected successfully after connection reset",
        "DeprecationWarning: connection refused errors will be raised as ConnectError",
        "All done. No race conditions. No deadlocks.",
        "ValueError: the read timeout must be a number",
        "UserError: batches do not support a `request_timeout`",
        "WARNING: name exceeds 28 characters, truncating.",
    ],
)
def test_it_is_no_error(text: str) -> None:
    assert not RECOGNISER.recognise(text).answered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTPConnectionPool: Read timed out. (read timeout=10)", "timeout"),
        ("reconnected, then failed again: connection reset by peer", "conn_lost"),
        ("ERROR: lock_timeout = 5s was too short: canceling statement due to lock timeout",
         "lock_timeout"),
        ("no space left on device", "disk_full"),
        ("no pg_hba.conf entry for host", "auth_failed"),
    ],
)  # fmt: skip
def test_it_still_is_one(text: str, expected: str) -> None:
    found = RECOGNISER.recognise(text)

    assert found.answered
    assert found.matches[0].known.id == expected


def test_a_setting_is_left_out_and_what_has_run_out_stays() -> None:
    assert "timeout" not in without_settings("idle_timeout = 30")
    assert without_settings("timeout of 30s exceeded") == "timeout of 30s exceeded"


def test_an_empty_value_in_a_record_is_left_out_and_one_that_was_used_stays() -> None:
    assert "nil" not in without_settings("%Order{id: nil, total: nil}")
    assert without_settings("TypeError: null is not an object") == (
        "TypeError: null is not an object"
    )


def test_a_failure_is_not_made_good_by_a_good_word() -> None:
    assert speaks_against_error("the job completed") > 0
    assert speaks_against_error("the job completed with errors: connection refused") == 0


@pytest.mark.parametrize(
    "part", ["a.", "timeout.", "timeout ", "max", "a=", "_timeout:", "a-", "`a"]
)
def test_no_text_keeps_it_busy(part: str) -> None:
    without_settings(part * 4000)  # took minutes where names had no bound
    speaks_against_error(part * 4000)
