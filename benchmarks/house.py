"""A `fettle up` on its embedded PostgreSQL, as it is shipped, for the benchmarks."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from fettle.store import embedded
from tests.flow.crew import member
from tests.servers import free_port

_PATIENCE_S = 300


@dataclass(frozen=True)
class House:
    """A server: its address, the key of a hook, a token of the API, and a way to its store."""

    url: str
    key: str
    token: str
    store: "psycopg.Connection[tuple[Any, ...]]"
    data: Path
    process: int

    def link(self) -> str:
        """Return an address by which somebody who may do everything logs in, once."""
        path = urlsplit(_secret(self.data, "user", "link", "admin")["url"]).path
        return f"{self.url}{path}"

    def errors_key(self) -> tuple[str, str]:
        """Make an application's key; return it, and the address to which it sends envelopes."""
        made = _secret(self.data, "key", "create", "--name=shop", "--kind=errors")
        project = urlsplit(made["dsn"]).path
        return made["key"], f"{self.url}/api{project}/envelope/"

    def memory_mb(self) -> float:
        """Return the server's resident memory."""
        status = Path(f"/proc/{self.process}/status").read_text()
        (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        return int(kilobytes) / 1024

    def ask(self, question: str, **values: object) -> list[tuple[Any, ...]]:
        """Ask the store."""
        cursor = self.store.execute(question.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def count(self, what: str) -> int:
        """Count rows: of a table, with a condition perhaps."""
        ((number,),) = self.ask(f"SELECT count(*) FROM {what}")
        return int(number)

    def wait_until(self, what: str, many: int) -> None:
        """Wait until there are so many rows."""
        until(lambda: self.count(what) == many)


@contextmanager
def house(settings: Mapping[str, Any]) -> Iterator[House]:
    """Have a server up; it and its data are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fettle-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the store's own user comes through
        data, port = folder / "data", free_port()
        options = (f"--data={data}", f"--port={port}")
        server = member(folder, "server", settings, *options, fresh=True)
        with embedded.acquire(data) as store:
            key = _secret(data, "key", "create", "--name=bench", "--kind=hook")["key"]
            token = _secret(data, "token", "create", "--name=bench", "--role=viewer")["token"]
            server.start()
            try:
                until(lambda: server.is_up or server.has_ended)
                search = "-c search_path=fettle"
                with psycopg.connect(store.conninfo, autocommit=True, options=search) as connection:
                    url = f"http://127.0.0.1:{port}"
                    assert server.process
                    yield House(url, key, token, connection, data, server.process.pid)
            finally:
                server.stop()


def until(happened: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + _PATIENCE_S
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("it has not happened")
        time.sleep(0.02)


def _secret(data: Path, *words: str) -> dict[str, str]:
    command = [sys.executable, "-m", "fettle", *words, "--format=json"]
    done = subprocess.run(
        [*command, f"--data={data}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=data,
        env={**os.environ, "FETTLE_SERVER__PUBLIC_URL": "http://127.0.0.1"},
    )
    document: dict[str, str] = json.loads(done.stdout)
    return document
