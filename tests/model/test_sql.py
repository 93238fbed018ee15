"""Names and values as PostgreSQL reads them back, whatever is in them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fettle.model.sql import identifier, literal
from tests.servers import Server

Connection = psycopg.Connection[tuple[object, ...]]

LONGEST_NAME = 63  # bytes: NAMEDATALEN - 1
WORDS = ("select", "SELECT", "user", "table", "end", "null", "true", "order", "public", "Ünïcode")
NASTY = ('"', "''", ".", '".".', "\\", "\\'", ";--", "/*", "$$", "%s", "%I", "{}", " ", "\n", "\t")
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(characters) | st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY)).map("".join)


def _cut(text: str) -> str:
    return text.encode()[:LONGEST_NAME].decode(errors="ignore")


names = (
    st.text(characters, min_size=1, max_size=LONGEST_NAME).map(_cut)
    | st.sampled_from(WORDS)
    | st.lists(st.sampled_from(NASTY + WORDS), min_size=1).map("".join).map(_cut)
)
# PostgreSQL keeps this beginning for its own schemas.
schemas = names.filter(lambda name: not name.startswith("pg_") and name != "public")

# A connection outlives the examples; each is rolled back.
against_a_server = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with psycopg.connect(server.url()) as connected:
        yield connected


def answer(connection: Connection, statement: str) -> object:
    """Run a statement that is text and nothing else, as a person would."""
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


@against_a_server
@given(schema=schemas, name=names)
@example(schema="x" * 63, name="é" * 31)
@example(schema="User", name='"')
def test_a_name_that_was_quoted_is_the_name(connection: Connection, schema: str, name: str) -> None:
    connection.execute(f"CREATE SCHEMA {identifier(schema)}".encode())
    connection.execute(f"CREATE TABLE {identifier(schema, name)} ()".encode())

    found = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n"
        " ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)",
        [identifier(schema, name)],
    ).fetchall()
    connection.rollback()

    assert found == [(schema, name)]


@against_a_server
@given(schema=schemas, name=names)
def test_a_name_that_postgresql_quoted_leads_back_to_the_thing(
    connection: Connection, schema: str, name: str
) -> None:
    """The checks' SQL names things with format('%I.%I'); statements carry what it gives."""
    connection.execute(f"CREATE SCHEMA {identifier(schema)}".encode())
    connection.execute(f"CREATE TABLE {identifier(schema, name)} ()".encode())
    written = str(
        answer(
            connection,
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            f" WHERE c.oid = {literal(identifier(schema, name))}::regclass",
        )
    )

    same = answer(
        connection,
        f"SELECT to_regclass({literal(written)}) = to_regclass("
        f"{literal(identifier(schema, name))})",
    )
    connection.execute(f"DROP TABLE {written}".encode())
    connection.rollback()

    assert same is True


@against_a_server
@given(text=texts)
@example(text="it's \\ 'so'")
@pytest.mark.parametrize("standard", ["on", "off"])
def test_a_text_that_was_quoted_is_the_text(
    connection: Connection, standard: str, text: str
) -> None:
    """Old applications set standard_conforming_strings off for their role."""
    connection.execute(f"SET standard_conforming_strings = {standard}".encode())
    connection.execute("SET escape_string_warning = off")

    assert answer(connection, f"SELECT {literal(text)}") == text


@against_a_server
@given(text=texts)
def test_a_literal_can_stand_anywhere(connection: Connection, text: str) -> None:
    """After a word, where E'…' without a space would become part of it."""
    assert answer(connection, f"SELECT text{literal(text)}") == text


@against_a_server
@given(
    number=st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
)
@example(number=float("inf"))
def test_a_number_is_the_number(connection: Connection, number: float) -> None:
    kind = "bigint" if isinstance(number, int) else "float8"

    assert answer(connection, f"SELECT CAST({literal(number)} AS {kind})") == number


@against_a_server
@given(
    moment=st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001
        timezones=st.integers(-15 * 60, 15 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        ),
    )
)
def test_a_moment_is_the_moment(connection: Connection, moment: datetime) -> None:
    connection.execute("SET timezone = 'UTC'")

    assert answer(connection, f"SELECT {literal(moment)}") == moment


def test_what_postgresql_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        identifier("shop", "a\0b")
    with pytest.raises(ValueError, match="NUL"):
        literal("a\0b")
    with pytest.raises(ValueError, match="zone"):
        literal(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_how_they_look() -> None:
    assert identifier("shop", 'odd"name') == '"shop"."odd""name"'
    assert literal("it's") == "'it''s'"
    assert literal("a\\b") == " E'a\\\\b'"
    assert literal(True) == "true"
    assert literal(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == (
        "timestamptz '2026-01-02 03:04:00+00:00'"
    )
