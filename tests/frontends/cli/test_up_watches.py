"""A server checks the databases of its settings, and tells others that it lives."""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.conftest import FreshDatabase
from tests.flow.test_watch import plant
from tests.frontends.cli.test_up import up
from tests.receiving import receiving

_SETTINGS = """
[[database]]
name = "main-db"
url = "{url}"

[server]
alive_url = "{alive}/alive"

[outgoing]
allow = ["127.0.0.1"]
"""
_OPENED = "SELECT array_agg(title) FROM fettle.issue"


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_trouble_becomes_an_issue_and_who_waits_is_called(
    store_environ: dict[str, str], pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    plant(pg18_database)

    def issues() -> str:
        with psycopg.connect(store_environ["FETTLE_STORE__URL"]) as connection:
            return str(connection.execute(_OPENED).fetchone())

    with receiving() as watcher:
        settings = _SETTINGS.format(url=pg18_database.url, alive=watcher.url)
        (tmp_path / "fettle.toml").write_text(settings)
        with up(tmp_path, store_environ):
            until(lambda: "shop_id_seq" in issues())
            assert "Fettle keeps its own records on the server of main-db" in issues()
            until(lambda: bool(watcher.requests))
