"""An error is recognised by its facts and by what it says; what nobody knows, by silence."""

import pytest

from fettle.model.known_error import ErrorFacts
from fettle.resolution.catalogue import shipped
from fettle.resolution.recognise import Recogniser
from fettle.resolution.told_facts import facts_in

RECOGNISER = Recogniser(shipped())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ErrorFacts(sqlstate="40P01"), "deadlock"),
        (ErrorFacts(sqlstate="23505"), "unique_violation"),
        (ErrorFacts(errno="ECONNREFUSED"), "conn_refused"),
        (ErrorFacts(errno="P2002"), "unique_violation"),
        (ErrorFacts(errno="1213"), "deadlock"),
        (ErrorFacts(exception="java.lang.OutOfMemoryError"), "oom_memory"),
        (ErrorFacts(exception="ActiveRecord::RecordNotUnique"), "unique_violation"),
    ],
)
def test_a_fact_is_enough(facts: ErrorFacts, expected: str) -> None:
    found = RECOGNISER.recognise("it went wrong", facts)

    assert found.answered
    assert found.matches[0].known.id == expected
    assert found.matches[0].confidence > 0.9


def test_a_state_that_databases_give_to_several_tells_less_than_what_is_said() -> None:
    conflict = ErrorFacts(sqlstate="40001")
    (deadlock, *_) = RECOGNISER.recognise("Deadlock detected, rolled back", conflict).matches
    (lock, *_) = RECOGNISER.recognise("lock conflict on no wait transaction", conflict).matches
    alone = RECOGNISER.recognise("it went wrong", conflict)

    assert deadlock.known.id == "deadlock"
    assert lock.known.id == "lock_timeout"
    assert alone.answered
    assert alone.matches[0].known.id == "serialization"


def test_a_hint_that_reaches_far_hides_nothing() -> None:
    found = RECOGNISER.recognise("the node answered: too many requests, and went down")

    assert found.matches[0].known.id == "rate_limit"
    assert found.answered


def test_a_status_tells_less_than_what_is_said() -> None:
    (first, *_) = RECOGNISER.recognise("JWT expired", ErrorFacts(status=401)).matches
    alone = RECOGNISER.recognise("it went wrong", ErrorFacts(status=429))

    assert first.known.id == "auth_expired"
    assert alone.answered
    assert alone.matches[0].known.id == "rate_limit"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ERROR:  deadlock detected (SQLSTATE 40P01)", "deadlock"),
        ("pq: canceling statement due to lock timeout", "lock_timeout"),
        ("pq: canceling statement due to statement timeout", "timeout"),
        ("[Errno 98] error while attempting to bind", "port_in_use"),
        ('"POST /v1/charges HTTP/1.1" 503 Service Unavailable', "upstream_unavailable"),
        ("FATAL: sorry, too many clients already", "pool_exhausted"),
        ("OSError: [Errno 24] Too many open files", "too_many_files"),
        ("Access denied for user 'app'@'10.0.0.3' (using password: YES)", "auth_failed"),
        ("permission denied for table invoices", "permission_denied"),
        ("jwt expired", "auth_expired"),
        ("certificate has expired", "tls_cert"),
        ("Connection Refused: bad user name or password", "auth_failed"),
        ('JdbcSQLSyntaxErrorException: Table "ORDERS" not found', "schema_missing"),
        (
            "/srv/app/conf/solr/cores/main/conf/schema/current/solr.xml does not exist",
            "file_missing",
        ),
    ],
)
def test_what_is_said_tells_it_from_what_is_near(text: str, expected: str) -> None:
    found = RECOGNISER.recognise(text)

    assert found.answered
    assert found.matches[0].known.id == expected
    assert found.matches[0].evidence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it went wrong",
        "The card was declined by the bank",
        "AssertionError: 3 != 4",
        "Hydration failed because the initial UI does not match what was rendered on the server",
        "Feature flag new-checkout is unknown",
        "\x00\ud800 \N{PILE OF POO}",
    ],
)
def test_what_is_not_known_is_not_answered(text: str) -> None:
    assert not RECOGNISER.recognise(text).answered


def test_a_text_of_megabytes_is_read_at_its_beginning() -> None:
    assert RECOGNISER.recognise("deadlock detected\n" + "x " * 5_000_000).answered


PUMPS = (
    " ", "\t", "\n", "\r\n", "'", '"', "(", "[", ":", "=", ".", ",", ";", "-", "_", "/", "\\", "{",
    "<", "#", "!", "1", "12", "5.0", "A", "aB", "E_", "A_", "(1", ":1", "é", "code ", "error: ",
)  # fmt: skip


@pytest.mark.timeout(60)  # what tries everything again behind each letter takes hours
@pytest.mark.parametrize("pump", PUMPS, ids=repr)
def test_no_text_holds_it_up_however_it_goes_on(pump: str) -> None:
    for head in ("code", "status", "error", "errno", "sqlstate", "http/", "msg", "", "("):
        for sep in ("", "\n"):
            text = f"{head}{sep}{pump * (8_000 // len(pump))}!"
            list(facts_in(text))
    assert RECOGNISER.recognise(f"deadlock detected {pump * 8_000}").answered
