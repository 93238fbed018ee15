"""How a database is exposed is found on real servers, as whoever looks sees it."""

import re
from pathlib import Path

import pytest

from fettle.maintenance.security import database as judged
from fettle.maintenance.security.database import Entrance, Role
from fettle.model.security import Look
from fettle.model.severity import Severity
from fettle.targets.postgres import Patience, looking_at
from tests.conftest import FreshDatabase
from tests.servers import PASSWORD, USER

_OF_PATH = "SET search_path = pg_catalog AS 'SELECT 1'"
SETUP = (
    "CREATE SCHEMA shop",
    "GRANT CREATE ON SCHEMA shop TO PUBLIC",
    "CREATE TABLE shop.orders (id int)",
    "CREATE TABLE shop.prices (id int)",
    "CREATE TABLE shop.kept (id int)",
    "GRANT SELECT, UPDATE ON shop.orders TO PUBLIC",
    "GRANT SELECT ON shop.prices TO PUBLIC",
    "CREATE FUNCTION shop.pay(sum int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    f"CREATE FUNCTION shop.safe() RETURNS int LANGUAGE sql SECURITY DEFINER {_OF_PATH}",
    "CREATE PROCEDURE shop.close() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "REVOKE EXECUTE ON PROCEDURE shop.close() FROM PUBLIC",
)


async def looked(database: FreshDatabase, **login: str) -> Look:
    async with looking_at(database.server.url(database.name, **login), Patience()) as connected:
        return await judged.look("main-db", connected)


def said(look: Look) -> dict[str, Severity]:
    return {one.says: one.severity for one in look.weaknesses}


async def test_what_everybody_may_do_is_found(database: FreshDatabase) -> None:
    database.run(*SETUP)
    look = await looked(database)
    found = said(look)
    assert found["everybody may SELECT, UPDATE on shop.orders"] is Severity.HIGH
    assert found["everybody may SELECT on shop.prices"] is Severity.MEDIUM
    created = "everybody may create objects in the schema shop, which others may call"
    assert found[created] is Severity.MEDIUM
    runs = "runs as its owner and finds names where its caller says"
    assert found[f"shop.pay(sum integer) {runs} and everybody may call it"] is Severity.HIGH
    assert found[f"shop.close() {runs}"] is Severity.LOW
    assert not any("shop.safe" in says or "shop.kept" in says for says in found)
    # what is said to close it does
    database.run(
        *(one.closes for one in look.weaknesses if one.says.startswith(("everybody", "shop.")))
    )
    left = said(await looked(database))
    assert not any("shop" in says for says in left)


async def test_who_comes_in_is_found_by_a_superuser(database: FreshDatabase) -> None:
    found = said(await looked(database))
    trusted = [says for says in found if "is let in as postgres" in says]
    assert trusted
    assert all(found[says] is Severity.MEDIUM for says in trusted)  # from this machine alone
    assert found["Fettle itself looks as the superuser postgres"] is Severity.LOW


async def test_what_a_role_may_not_see_is_skipped_and_said(database: FreshDatabase) -> None:
    look = await looked(database, user=USER, password=PASSWORD)
    skipped = {one.subject: one for one in look.skipped}
    assert set(skipped) == {"main-db: pg_hba.conf", "main-db: how passwords are kept"}
    assert all("permission denied" in one.reason for one in look.skipped)
    looked_at = {one.how for one in look.looked}
    assert "roles" in looked_at
    assert not any("pg_hba" in how or "passwords" in how for how in looked_at)


async def test_the_grants_that_are_documented_let_it_see_who_comes_in(
    pg18_database: FreshDatabase,
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "security.md").read_text(encoding="utf-8")
    (grants,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    pg18_database.run(*grants.replace("fettle", USER).strip().splitlines())
    look = await looked(pg18_database, user=USER, password=PASSWORD)
    assert [one.subject for one in look.skipped] == ["main-db: how passwords are kept"]


async def test_tables_that_supabase_gives_to_everybody_are_found(
    pg18_database: FreshDatabase,
) -> None:
    database = pg18_database
    database.server.run("CREATE ROLE anon NOLOGIN")
    try:
        database.run(
            "CREATE TABLE open (id int)",
            "CREATE TABLE guarded (id int)",
            "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
            "CREATE SCHEMA hidden",
            "CREATE TABLE hidden.unreached (id int)",
            "GRANT SELECT, INSERT ON open, guarded, hidden.unreached TO anon",
        )
        look = await looked(database)
        found = said(look)
        (says,) = (one for one in found if "(anon)" in one)
        assert says == (
            "whoever is not logged in (anon) may INSERT, SELECT every row of public.open"
        )
        assert found[says] is Severity.CRITICAL
    finally:
        database.run("DROP OWNED BY anon")
        database.server.run("DROP ROLE anon")


async def test_passwords_that_are_kept_as_md5_are_found(pg15_database: FreshDatabase) -> None:
    server = pg15_database.server
    server.run("SET password_encryption = md5; CREATE ROLE of_old LOGIN PASSWORD 'x'")
    try:
        found = said(await looked(pg15_database))
        assert "passwords of of_old are kept as MD5" in found
    finally:
        server.run("DROP ROLE of_old")


def rule(method: str, address: str, kind: str = "host", netmask: str = "") -> Entrance:
    return Entrance(1, kind, "all", "all", address, netmask, method, "")


EVERY = "0.0.0.0"  # noqa: S104 - as a rule has it
LOCAL, ANYWHERE = {"listen_addresses": "localhost"}, {"listen_addresses": "*"}


@pytest.mark.parametrize(
    ("given", "settings", "severity"),
    [
        (rule("trust", EVERY, netmask=EVERY), ANYWHERE, Severity.CRITICAL),
        (rule("trust", EVERY, netmask=EVERY), {}, Severity.CRITICAL),
        (rule("trust", EVERY, netmask=EVERY), LOCAL, Severity.HIGH),
        (rule("trust", "127.0.0.1", netmask="255.255.255.255"), ANYWHERE, Severity.MEDIUM),
        (rule("trust", "::1", netmask=":".join(["ffff"] * 8)), ANYWHERE, Severity.MEDIUM),
        (rule("trust", "", kind="local"), ANYWHERE, Severity.MEDIUM),
        (rule("password", "10.0.0.0", netmask="255.0.0.0"), ANYWHERE, Severity.HIGH),
        (rule("password", "10.0.0.0", kind="hostssl", netmask="255.0.0.0"), ANYWHERE, None),
        (rule("md5", "10.0.0.0", netmask="255.0.0.0"), ANYWHERE, Severity.LOW),
        (rule("scram-sha-256", "all"), ANYWHERE, Severity.MEDIUM),
        (rule("scram-sha-256", "::", netmask="::"), ANYWHERE, Severity.MEDIUM),
        (rule("scram-sha-256", "all", kind="hostssl"), ANYWHERE, None),
        (rule("scram-sha-256", "10.0.0.0", netmask="255.0.0.0"), ANYWHERE, None),
        (rule("reject", "all"), ANYWHERE, None),
        (rule("scram-sha-256", "all"), LOCAL, None),
    ],
)
def test_rules_are_judged_by_who_comes_from_where(
    given: Entrance, settings: dict[str, str], severity: Severity | None
) -> None:
    found = list(judged.of_entrance("main-db", [given], settings))
    assert [one.severity for one in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"listen_addresses": "*", "ssl": "off"}, "it listens on * without TLS"),
        ({"listen_addresses": "localhost,127.0.0.1,::1", "ssl": "off"}, None),
        ({"listen_addresses": "", "ssl": "off"}, None),
        ({"ssl": "on", "ssl_min_protocol_version": "TLSv1"}, "it agrees on TLSv1 of TLS"),
        ({"ssl": "on", "ssl_min_protocol_version": "TLSv1.2"}, None),
        ({"password_encryption": "md5"}, "new passwords are kept as MD5"),
    ],
)
def test_settings_are_judged(settings: dict[str, str], says: str | None) -> None:
    found = [one.says for one in judged.of_settings("main-db", settings)]
    assert (found == []) if says is None else found[0].startswith(says)


def role(name: str, **more: bool) -> Role:
    given = dict.fromkeys(
        ("superuser", "bypasses_rls", "makes_roles", "for_ever", "asks", "first"), False
    )
    return Role(name, **{**given, **more})


@pytest.mark.parametrize(
    ("roles", "severity", "closes"),
    [
        (
            [role("postgres", superuser=True, first=True), role("ada", superuser=True)],
            Severity.MEDIUM,
            "ALTER ROLE ada NOSUPERUSER; and the rights that it needs",
        ),
        (
            [role("x", superuser=True, first=True, asks=True)],
            Severity.LOW,
            "a role with pg_monitor, which only looks",
        ),
        (
            [role("x", bypasses_rls=True)],
            Severity.LOW,
            "ALTER ROLE x NOBYPASSRLS; unless it makes copies",
        ),
        (
            [role("x", makes_roles=True)],
            Severity.LOW,
            "ALTER ROLE x NOCREATEROLE; unless it is for that",
        ),
    ],
)
def test_roles_that_may_much_are_told(roles: list[Role], severity: Severity, closes: str) -> None:
    found = list(judged.of_roles("main-db", roles))
    assert [(one.severity, one.closes) for one in found] == [(severity, closes)]


def test_one_superuser_is_needed() -> None:
    roles = [role("postgres", superuser=True, first=True), role("app")]
    assert list(judged.of_roles("main-db", roles)) == []
    ever = judged.of_roles("main-db", [role("app", for_ever=True)])
    assert [one.severity for one in ever] == [Severity.INFO]
