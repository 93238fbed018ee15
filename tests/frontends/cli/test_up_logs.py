"""A server follows the files of its settings, and what is news in them becomes an issue."""

import signal
from pathlib import Path

import psycopg

from tests.frontends.cli.test_up import up
from tests.frontends.cli.test_up_watches import until

_SETTINGS = """
[logs]
learn = "0s"

[[log]]
name = "shop"
paths = ["{folder}/*.log"]
"""
_TITLES = "SELECT coalesce(array_agg(title), '{}') FROM fettle.issue"
_LINES = "SELECT coalesce(sum(lines), 0) FROM fettle.log_source"
_FOLLOWS = "SELECT count(*) FROM fettle.log_follower"


def test_what_is_new_and_bad_in_a_file_opens_an_issue(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "fettle.toml").write_text(_SETTINGS.format(folder=tmp_path))
    log = tmp_path / "shop.log"

    def found(query: str) -> object:
        with psycopg.connect(store_environ["FETTLE_STORE__URL"]) as connection:
            row = connection.execute(query.encode()).fetchone()
            return row and row[0]

    def say(line: str) -> None:
        with log.open("a") as file:
            file.write(f"2026-01-01 12:00:00 {line}\n")

    with up(tmp_path, store_environ) as (process, _):
        until(lambda: found(_FOLLOWS) == 1)
        say("INFO served /")
        until(lambda: found(_LINES) == 1)
        say("ERROR the disk is full")
        until(lambda: found(_TITLES) == ["New in shop: the disk is full"])
        process.send_signal(signal.SIGTERM)
        process.wait()
    log.rename(tmp_path / "shop.log.1")
    say("INFO served /")
    with up(tmp_path, store_environ):
        until(lambda: found(_LINES) == 3)
        assert found(_FOLLOWS) == 1
