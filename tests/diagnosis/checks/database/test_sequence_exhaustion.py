"""A sequence is close to its ceiling."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.sequence_exhaustion import Limits, Row, judge
from fettle.model.finding import Finding, Measurement, Relation, Unknown
from fettle.model.quantity import Ratio
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(
    sequence=Relation("shop.orders_id_seq"),
    schema="shop",
    feeds="shop.orders.id",
    last_value="1610612736",
    ceiling="2147483647",
    readable=True,
    role="app",
    remaining=536870911,
    used=Ratio(0.75),
)


@pytest.mark.parametrize(
    ("used", "severity"),
    [
        (0.0, None),
        (0.7499, None),
        (0.75, Severity.HIGH),
        (0.8999, Severity.HIGH),
        (0.90, Severity.CRITICAL),
        (1.0, Severity.CRITICAL),
    ],
)
def test_the_share_of_the_range_that_is_gone_decides(
    used: float, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, used=Ratio(used))], Limits())

    assert [verdict.severity for verdict in verdicts if isinstance(verdict, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(("used", "measured"), [(0.09, []), (0.1, [0.1]), (0.7512345, [0.7512])])
def test_a_sequence_that_is_under_way_is_measured(used: float, measured: list[float]) -> None:
    verdicts = judge([replace(ROW, used=Ratio(used))], Limits())

    found = [one for one in verdicts if isinstance(one, Measurement)]
    assert [one.value for one in found] == measured
    assert {(one.name, one.subject) for one in found} <= {
        ("sequence_used_ratio", "shop.orders_id_seq")
    }


def test_a_sequence_that_cannot_be_read_is_unknown_with_the_grant() -> None:
    hidden = replace(ROW, used=None, last_value=None, readable=False)

    verdicts = judge([hidden, replace(hidden, schema='"Odd"')], Limits())

    assert verdicts == [
        Unknown(
            "2 sequences cannot be read by app",
            'GRANT SELECT ON ALL SEQUENCES IN SCHEMA "Odd", shop TO app;',
        )
    ]


def test_a_sequence_that_was_never_used_is_clean() -> None:
    assert judge([replace(ROW, used=None, last_value=None)], Limits()) == []


async def test_the_smaller_of_the_sequences_and_the_columns_range_counts(
    database: FreshDatabase,
) -> None:
    database.run(
        'CREATE SCHEMA "Odd.one"',
        "CREATE TABLE tight (id serial)",
        "SELECT setval('tight_id_seq', 1717986918)",  # 80 % of an integer
        "CREATE SEQUENCE wide",
        'CREATE TABLE "Odd.one"."T""x" (id int DEFAULT nextval(\'wide\'))',
        "SELECT setval('wide', 2040109465)",  # 95 % of an integer, nothing of a bigint
        "CREATE SEQUENCE downwards INCREMENT -1 MINVALUE -100 MAXVALUE -1",
        "SELECT setval('downwards', -80)",  # 80 % of the way down
        "CREATE DOMAIN ident AS integer",
        "CREATE SEQUENCE named",
        "CREATE TABLE tagged (id ident DEFAULT nextval('named'))",
        "SELECT setval('named', 1717986918)",
    )

    outcome = await ask(database.url, "sequence_exhaustion")

    assert {found.subject: found.severity for found in outcome.findings} == {
        "public.wide": Severity.CRITICAL,
        "public.downwards": Severity.HIGH,
        "public.named": Severity.HIGH,
        "public.tight_id_seq": Severity.HIGH,
    }
    assert 'into "Odd.one"."T""x".id' in outcome.findings[0].description


async def test_nothing_is_said_of_sequences_that_cycle_or_have_room(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE SEQUENCE cycling MAXVALUE 100 CYCLE",
        "SELECT setval('cycling', 99)",
        "CREATE TABLE roomy (id bigserial)",
        "SELECT setval('roomy_id_seq', 2000000000)",
        "CREATE SEQUENCE unused MAXVALUE 2",
    )

    outcome = await ask(database.url, "sequence_exhaustion")

    assert outcome.clean


async def test_a_role_without_rights_is_told_the_grant(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE hidden (id serial)",
        f"CREATE ROLE {database.name}_blind LOGIN PASSWORD 'x'",
    )
    try:
        url = database.server.url(database.name, f"{database.name}_blind", "x")

        outcome = await ask(url, "sequence_exhaustion")
    finally:
        database.run(f"DROP ROLE {database.name}_blind")

    (gap,) = outcome.unknown
    assert gap.remedy == (
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {database.name}_blind;"
    )
