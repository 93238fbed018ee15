"""`fettle check` as its users call it: exit codes, messages, targets."""

import json
import re
import socket
from pathlib import Path

import pytest

from tests import schemas, servers
from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import fettle
from tests.servers import Server

DATABASE = '[[database]]\nname = "a"\nurl = "postgresql://x"\n'
WIDE = "CREATE SEQUENCE s MAXVALUE 100"


@pytest.mark.parametrize(
    ("used", "options", "code"),
    [
        (10, [], 0),
        (80, [], 2),
        (95, [], 2),
        (80, ["--fail-on", "critical"], 0),
        (95, ["--fail-on", "critical"], 2),
        (80, ["--limit", "sequence_exhaustion.high=85%"], 0),
        (80, ["--limit", "sequence-exhaustion.high=0.85"], 0),
        (80, ["--skip", "sequence_exhaustion", "--only", "index_unused"], 0),
    ],
)
def test_the_exit_code_says_how_bad_it_is(
    database: FreshDatabase, tmp_path: Path, used: int, options: list[str], code: int
) -> None:
    database.run(WIDE, f"SELECT setval('s', {used})")
    only = [] if "--only" in options else ["--only", "sequence_exhaustion"]

    called = fettle("check", database.url, *only, *options, cwd=tmp_path)

    assert called.code == code, called.err


def test_medium_findings_alone_are_one(pg18_database: FreshDatabase, tmp_path: Path) -> None:
    pg18_database.run(
        "CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)"
    )

    called = fettle("check", pg18_database.url, "--only", "index_duplicate", cwd=tmp_path)

    assert called.code == 1


def test_what_could_not_be_looked_at_is_three(pg18_database: FreshDatabase, tmp_path: Path) -> None:
    called = fettle("check", pg18_database.url, "--only", "slow_queries", cwd=tmp_path)

    assert called.code == 3
    assert "CREATE EXTENSION pg_stat_statements" in called.out


@pytest.mark.parametrize(
    ("address", "says", "does"),
    [
        ("postgresql://postgres@127.0.0.1:1/x", "nobody listens there", "check host and port"),
        ("postgresql://u:s3cret@no.invalid/x", "host's name is unknown", "resolver"),
        ("{nobody}", "wants a password and none was given", "PGPASSWORD"),
        ("{wrong}", "refused the user or the password", "check both"),
        ("{gone}", "no such database", "psql -l"),
        ("{tls}", "encrypted connection could not be made", "sslmode"),
    ],
)
def test_a_target_that_cannot_be_reached_is_one_clear_message(
    pg18: Server, tmp_path: Path, address: str, says: str, does: str
) -> None:
    address = address.format(
        nobody=pg18.url(user="nobody_at_all"),
        wrong=pg18.url(user="nobody_at_all", password="s3cret"),
        gone=pg18.url("gone"),
        tls=f"{pg18.url()}?sslmode=require",
    )

    called = fettle("check", address, "--format", "json", cwd=tmp_path)

    document = json.loads(called.out)
    (gap,) = document["unknown"]
    assert called.code == 3
    assert document["status"] == "unknown"
    assert gap["check"] == "connection"
    assert says in gap["reason"]
    assert does in gap["remedy"]
    assert "s3cret" not in called.out + called.err


def test_a_role_that_may_not_connect_is_told_the_grant_that_lets_it(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    name = pg18_database.name
    pg18_database.run(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    url = pg18_database.server.url(name, servers.USER, servers.PASSWORD)

    refused = fettle("check", url, "--only=index_invalid", "--format=json", cwd=tmp_path)
    (gap,) = json.loads(refused.out)["unknown"]
    pg18_database.run(gap["remedy"])
    let_in = fettle("check", url, "--only=index_invalid", cwd=tmp_path)

    assert "may not connect" in gap["reason"]
    assert (refused.code, let_in.code) == (3, 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "there is nothing to look at"),
        (["main-db"], "nothing is called main-db"),
        (["ftp://db"], "ftp:// is no address"),
        (["postgresql://["], "cannot be read"),
        (["postgresql://x", "--only", "index_unusd"], "did you mean index_unused"),
        (["postgresql://x", "--limit", "index_unused.min_size=lots"], "no amount of storage"),
        (["postgresql://x", "--limit", "index_unused.size=1"], "it has min_size"),
        (["postgresql://x", "--limit", "index_unused.size=1"], "--limit: index_unused"),
        (["postgresql://x", "--limit", "slow_queries.most=1e3"], "no whole number"),
        (["postgresql://x", "--limit", "nonsense"], "ID.NAME=VALUE"),
        (["postgresql://x", "--only=long_query", "--skip=long-query"], "leaves no check to ask"),
        (["postgresql://x", "--timeout", "0s"], "longer than nothing"),
        (["postgresql://x", "--timeout", "soon"], "no duration"),
        (["postgresql://x", "--fail-on", "grave"], "no severity"),
        (["postgresql://x", "--verbos"], "No such option"),
    ],
)
def test_wrong_usage_says_what_is_wrong(tmp_path: Path, arguments: list[str], says: str) -> None:
    called = fettle("check", *arguments, cwd=tmp_path)

    assert called.code == 64
    assert says in called.err
    assert called.out == ""


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('[[database]]\nname = "a"\nurl = "${NOPE}"', "the environment has no NOPE"),
        ("[[database]", "is not TOML"),
        (f'[limits.index_unused]\nmin_sise = "1"\n{DATABASE}', "min_sise"),
        (f'[limits.index_unusd]\nmin_size = "1"\n{DATABASE}', "did you mean index_unused?"),
        (f'{DATABASE}\nlimits.index_unused.min_sise = "1"', "[[database]] a: limits: "),
        (f'{DATABASE}\nlimits.index_unusd.min_size = "1"', "[[database]] a: limits.index_"),
        (f'[[ignore]]\ncheck = "index_unusd"\nreason = "x"\n{DATABASE}', "mean index_unused?"),
        ('[[database]]\nname = "a"\nurl = "http://x"', "[[database]] a: the address"),
        ('[[database]]\nname = "a"\nurl = "no url"', "[[database]] a: the address"),
        ('[check]\ntimeout = "soon"', "no duration"),
    ],
)
def test_bad_settings_say_where_and_what(tmp_path: Path, toml: str, says: str) -> None:
    (tmp_path / "fettle.toml").write_text(toml)

    called = fettle("check", cwd=tmp_path)

    assert called.code == 64
    assert says in called.err


def test_an_address_of_the_environment_is_said_to_come_from_there(tmp_path: Path) -> None:
    called = fettle("check", cwd=tmp_path, environ={"DATABASE_URL": "garbage"})

    assert called.code == 64
    assert "DATABASE_URL: the address" in called.err


def test_a_database_is_looked_at_without_the_secrets_of_others(
    database: FreshDatabase, tmp_path: Path
) -> None:
    (tmp_path / "fettle.toml").write_text(
        '[[database]]\nname = "main-db"\nurl = "${MAIN}"\nfix_url = "${FIX}"\n'
        '[[database]]\nname = "other-db"\nurl = "${OTHER}"\n'
        '[[receiver]]\nname = "ada"\nurl = "slack://${ADA}"\n'
    )
    environ = {"MAIN": database.url}

    ours = fettle("check", "main_db", "--only=long_query", cwd=tmp_path, environ=environ)
    theirs = fettle("check", "other-db", cwd=tmp_path, environ=environ)
    everything = fettle("check", cwd=tmp_path, environ=environ)

    assert ours.code == 0, ours.err
    assert (theirs.code, everything.code) == (64, 64)
    assert "[[database]] other-db: url: the environment has no OTHER" in theirs.err
    assert "the environment has no OTHER" in everything.err


def test_databases_come_from_the_settings_and_secrets_from_the_environment(
    database: FreshDatabase, tmp_path: Path
) -> None:
    database.run(WIDE, "SELECT setval('s', 95)")
    (tmp_path / "fettle.toml").write_text(
        '[[database]]\nname = "main-db"\nurl = "${DATABASE}"\n'
        'limits.sequence_exhaustion.critical = "99 %"\n'
        '[[ignore]]\ncheck = "sequence_*"\nsubject = "public.t*"\nreason = "another"\n'
    )
    environ = {"DATABASE": database.url}

    called = fettle(
        "check", "--only", "sequence_exhaustion", "--format=json", cwd=tmp_path, environ=environ
    )

    document = json.loads(called.out)
    assert document["target"] == "main-db"
    assert [found["severity"] for found in document["findings"]] == ["high"]


def test_what_is_accepted_is_listed_and_does_not_fail(
    database: FreshDatabase, tmp_path: Path
) -> None:
    database.run(WIDE, "SELECT setval('s', 95)")
    of_scan = '[[ignore]]\ncheck = "weekly-security-scan"\nsubject = "*"\nreason = "another"\n'
    toml = '[[ignore]]\ncheck = "sequence-exhaustion"\nsubject = "public.*"\nreason = "known"\n'
    toml = f"{of_scan}{toml}"
    (tmp_path / "fettle.toml").write_text(toml)
    arguments = ["check", database.url, "--only", "sequence_exhaustion"]

    called = fettle(*arguments, cwd=tmp_path)
    (tmp_path / "fettle.toml").write_text(f"{toml}until = 2020-01-01\n")
    expired = fettle(*arguments, cwd=tmp_path)
    (tmp_path / "fettle.toml").unlink()
    fettle(*arguments, "--format", "json", "--output", "known.json", cwd=tmp_path)
    baseline = fettle(*arguments, "--baseline", "known.json", cwd=tmp_path)

    assert (called.code, expired.code, baseline.code) == (0, 2, 0)
    assert "public.s" in called.out
    assert "known" in called.out
    assert "public.s" in baseline.out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"hello", "Expecting value"),
        (b"[]", "its schema is not fettle.check/1"),
        (b'{"schema": "fettle.plan/1"}', "its schema is not fettle.check/1"),
        (b'{"schema": "fettle.check/1", "target": "x"}', "it has no 'findings'"),
        (b'{"schema": "fettle.check/1", "target": "x", "findings": [1]}', "is no report"),
        (b"\xff\xfe", "is no report"),
    ],
)
def test_a_baseline_that_is_no_report_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "known.json").write_bytes(content)

    called = fettle("check", "postgresql://x", "--baseline", "known.json", cwd=tmp_path)

    assert called.code == 64
    assert says in called.err
    assert "--output known.json" in called.err


def test_what_is_known_of_one_target_is_news_of_another(
    pg18_database: FreshDatabase, pg15_database: FreshDatabase, tmp_path: Path
) -> None:
    pg18_database.run(WIDE, "SELECT setval('s', 95)")
    pg15_database.run(WIDE)
    arguments = [
        "check", pg18_database.url, pg15_database.url, "--only=sequence_exhaustion",
        "--format=json",
    ]  # fmt: skip
    fettle(*arguments, "--output=known.json", cwd=tmp_path)
    # a person who looks at it may keep it as jq prints it
    reports = (tmp_path / "known.json").read_text().splitlines()
    pretty = [json.dumps(json.loads(report), indent=2) for report in reports]
    (tmp_path / "known.json").write_text("\n".join(pretty))
    pg15_database.run("SELECT setval('s', 95)")

    called = fettle(*arguments, "--baseline=known.json", cwd=tmp_path)

    known, news = (json.loads(line) for line in called.out.splitlines())
    assert (known["status"], news["status"]) == ("ok", "critical")
    assert called.code == 2


def test_a_longer_time_is_also_the_server_s_limit(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    """`look again with a longer --timeout` would be no help otherwise."""
    arguments = ["check", pg18_database.url, "--only=index_unused", "--format=json"]
    toml = '[check]\ntimeout = "6ms"\n'
    (tmp_path / "fettle.toml").write_text(toml)

    hasty = fettle(*arguments, cwd=tmp_path)
    patient = fettle(*arguments, "--timeout=60s", cwd=tmp_path)

    assert "--timeout" in json.loads(hasty.out)["unknown"][0]["remedy"]
    assert json.loads(patient.out)["unknown"] == []


def test_who_takes_the_call_and_says_nothing_is_one_clear_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://app@127.0.0.1:{silent.getsockname()[1]}/shop"

        called = fettle("check", address, "--timeout=1s", "--format=json", cwd=tmp_path)

    (gap,) = json.loads(called.out)["unknown"]
    assert (called.code, gap["check"]) == (3, "connection")
    assert gap["reason"] == f"{address} did not answer within 1 s"


def test_several_targets_are_one_object_a_line_and_the_worst_decides(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    pg18_database.run(WIDE, "SELECT setval('s', 80)")
    away = "postgresql://postgres@127.0.0.1:1/x"

    called = fettle(
        "check", away, pg18_database.url, "--only=sequence_exhaustion", "--format=json",
        cwd=tmp_path,
    )  # fmt: skip

    statuses = [json.loads(line)["status"] for line in called.out.splitlines()]
    assert statuses == ["unknown", "high"]
    assert called.code == 2


def test_every_database_of_the_server_is_looked_at_once(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    called = fettle(
        "check", pg18_database.url, "--all-databases", "--only=unsafe_settings", "--format=json",
        cwd=tmp_path,
    )  # fmt: skip

    documents = [json.loads(line) for line in called.out.splitlines()]
    assert documents[0]["target"] == pg18_database.url
    assert {"postgres"} <= {document["server"]["database"] for document in documents}
    # what concerns the whole server is said once
    assert [bool(document["findings"]) for document in documents].count(True) == 1


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_a_database_in_another_encoding_is_looked_at_like_any_other(
    database: FreshDatabase, tmp_path: Path, encoding: str
) -> None:
    name = f"{database.name}_{encoding.lower()}"
    database.run(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'"
        " LC_COLLATE 'C' LC_CTYPE 'C'"
        + (" LOCALE_PROVIDER libc" if database.server.major >= 15 else "")
    )
    try:
        letter = "表" if encoding == "EUC_JP" else "ä"
        database.server.run(
            "SET client_encoding = 'UTF8'",
            f'CREATE TABLE "{letter}" (a int)',
            f'CREATE INDEX "{letter}1" ON "{letter}" (a)',
            f'CREATE INDEX "{letter}2" ON "{letter}" (a)',
            database=name,
        )
        called = fettle(
            "check", database.server.url(name), "--format=json", cwd=tmp_path,
            environ={"PGCLIENTENCODING": "LATIN1"},
        )  # fmt: skip
    finally:
        database.run(f"DROP DATABASE {name}")

    document = json.loads(called.out)
    keys = [finding["key"] for finding in document["findings"]]
    assert f'index_duplicate:public."{letter}2"' in keys
    assert {gap["check"] for gap in document["unknown"]} == {
        "slow_queries",
        "statement_statistics_evicted",
    }


def test_a_server_with_many_databases_keeps_its_connections(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    """One is looked at after the other; the server ends each session a moment after us."""
    names = [f"{pg18_database.name}_{number}" for number in range(5)]
    role = f"{pg18_database.name}_role"
    pg18_database.run(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 2 PASSWORD 'x'")
    try:
        pg18_database.run(*(f"CREATE DATABASE {name}" for name in names))
        url = pg18_database.server.url(pg18_database.name, role, "x")

        called = fettle(
            "check", url, "--all-databases", "--only=index_invalid", "--format=json", cwd=tmp_path
        )
    finally:
        pg18_database.run(
            *(f"DROP DATABASE {name} WITH (FORCE)" for name in names), f"DROP ROLE {role}"
        )

    documents = [json.loads(line) for line in called.out.splitlines()]
    assert set(names) <= {document["server"].get("database") for document in documents}
    assert called.code == 0


def test_what_was_found_is_told_although_it_cannot_be_kept(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    pg18_database.run(WIDE, "SELECT setval('s', 95)")
    nowhere = {"FETTLE_STORE__URL": "postgresql://postgres@127.0.0.1:1/x"}
    call = ["check", pg18_database.url, "--only=sequence_exhaustion", "--format=json", "--save"]

    called = fettle(*call, cwd=tmp_path, environ=nowhere)

    assert json.loads(called.out)["status"] == "critical"
    assert "the store does not let Fettle in" in called.err
    assert called.code == 70


def test_what_changed_since_the_last_time_is_said(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(WIDE, "SELECT setval('s', 80)", "CREATE SEQUENCE gone MAXVALUE 10")
    pg18_database.run("SELECT setval('gone', 8)")
    arguments = ["check", pg18_database.url, "--only=sequence_exhaustion", "--format=json"]

    fettle(*arguments, "--save", cwd=tmp_path, environ=store_environ)
    pg18_database.run(
        "DROP SEQUENCE gone", "SELECT setval('s', 95)", "CREATE SEQUENCE n MAXVALUE 10"
    )
    pg18_database.run("SELECT setval('n', 8)")
    called = fettle(*arguments, "--since-last", cwd=tmp_path, environ=store_environ)

    change = json.loads(called.out)["change"]
    assert change["new"] == ["sequence_exhaustion:public.n"]
    assert change["gone"] == ["sequence_exhaustion:public.gone"]
    assert change["worse"] == ["sequence_exhaustion:public.s"]


def test_what_was_not_asked_is_neither_new_nor_gone(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(WIDE, "SELECT setval('s', 80)", "CREATE TABLE t (a int)")
    call = ["check", pg18_database.url, "--format=json", "--since-last"]
    sequences, keys = "--only=sequence_exhaustion", "--only=primary_key_missing"
    fettle(*call, sequences, "--save", cwd=tmp_path, environ=store_environ)

    more = fettle(*call, sequences, keys, cwd=tmp_path, environ=store_environ)
    other = fettle(*call, keys, cwd=tmp_path, environ=store_environ)

    for called in (more, other):
        change = json.loads(called.out)["change"]
        assert (change["new"], change["gone"], change["worse"]) == ([], [], [])


def test_what_was_accepted_the_last_time_is_not_new(
    pg18_database: FreshDatabase, tmp_path: Path, store_environ: dict[str, str]
) -> None:
    pg18_database.run(WIDE, "SELECT setval('s', 80)")
    call = ["check", pg18_database.url, "--only=sequence_exhaustion", "--format=json"]
    toml = tmp_path / "fettle.toml"
    toml.write_text('[[ignore]]\ncheck = "sequence_exhaustion"\nreason = "known"\n')
    fettle(*call, "--save", cwd=tmp_path, environ=store_environ)
    toml.unlink()

    called = fettle(*call, "--since-last", cwd=tmp_path, environ=store_environ)

    assert json.loads(called.out)["change"]["new"] == []


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("check --only index_unu", {"index_unused"}),
        ("check --skip index-inv", {"index_invalid"}),
        ("explain drop_dup", {"drop_duplicate_index"}),
        ("fix plan main-db slow", {"slow_queries"}),
        ("check --form", {"--format"}),
        ("settin", {"settings"}),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_options_and_ids(
    tmp_path: Path, shell: str, words: str, offered: set[str]
) -> None:
    typed = f"fettle {words}"
    at = typed.rsplit(maxsplit=1)[-1] if shell == "fish" else str(len(typed.split()) - 1)
    environ = {"_FETTLE_COMPLETE": f"{shell}_complete", "COMP_WORDS": typed, "COMP_CWORD": at}

    called = fettle(cwd=tmp_path, environ=environ)

    assert offered <= set(re.split(r"[,\n\t]", called.out))


def test_a_role_that_may_not_read_an_extension_is_told_the_grant_that_lets_it(
    database: FreshDatabase, tmp_path: Path
) -> None:
    role = f"{database.name} Blind"
    database.run(
        'CREATE SCHEMA "Odd one"',
        'CREATE EXTENSION pg_stat_statements SCHEMA "Odd one"',
        f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'x'",
    )
    url = database.server.url(database.name, role, "x")
    call = ["check", url, "--only=slow_queries", "--format=json"]
    try:
        blind = fettle(*call, cwd=tmp_path)
        (gap,) = json.loads(blind.out)["unknown"]
        database.run(gap["remedy"])
        seeing = fettle(*call, cwd=tmp_path)
    finally:
        database.run(f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')

    assert "permission denied" not in seeing.out
    assert "pg_read_all_stats" in seeing.out


def test_a_role_with_a_time_limit_of_a_millisecond_still_gets_its_answer(
    database: FreshDatabase, tmp_path: Path
) -> None:
    role = f"{database.name}_hasty"
    database.run(
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'",
        f"ALTER ROLE {role} SET statement_timeout = '1ms'",
        f"GRANT pg_monitor TO {role}",
        WIDE,
    )
    try:
        url = database.server.url(database.name, role, "x")

        called = fettle("check", url, "--skip", "slow_queries", "--format=json", cwd=tmp_path)
    finally:
        database.run(f"DROP ROLE {role}")

    reasons = [gap["reason"] for gap in json.loads(called.out)["unknown"]]
    assert not [reason for reason in reasons if "needed more than" in reason or "57014" in reason]


def test_every_listing_is_printed_with_a_statement_that_runs(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    pg18_database.run(
        'CREATE SCHEMA "odd ""one"', 'CREATE EXTENSION pg_stat_statements SCHEMA "odd ""one"'
    )

    called = fettle(
        "check", pg18_database.url, "--only", "index_unused", "--format=json", cwd=tmp_path
    )

    listings = schemas.validate(json.loads(called.out))["queries"]
    assert [listing["name"] for listing in listings] == [
        "active_connections",
        "long_running_queries",
        "slow_queries",
        "table_sizes",
        "index_usage",
        "blocking_queries",
    ]
    pg18_database.run(*(listing["sql"].rstrip().rstrip(";") for listing in listings))
