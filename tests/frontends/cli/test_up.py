"""`fettle up` starts, answers, and stops in order."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import click
import pytest

from fettle.frontends.cli import options
from fettle.frontends.cli.commands import up as up_command
from fettle.frontends.cli.commands.up import command_line, reached_as
from fettle.frontends.cli.group import group
from fettle.frontends.listening import listen
from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import fettle
from tests.frontends.cli.going_on import GoingOn

Running: TypeAlias = "subprocess.Popen[str] | GoingOn"


@contextmanager
def up(
    cwd: Path, environ: dict[str, str], *more: str, fresh: bool = False
) -> Iterator[tuple[Running, str]]:
    """Start it, on a free port when none is given; yield the process and its address.

    `fresh`: in a process that has imported nothing yet.
    """
    words = ["up", *(more or ["--port=0"])]
    environ = {"PATH": os.environ["PATH"], **environ}
    process: Running = (
        subprocess.Popen(
            [sys.executable, "-m", "fettle", *words],
            cwd=cwd,
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        if fresh
        else GoingOn(*words, cwd=cwd, environ=environ)
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if match := re.search(r"https?://\S+", line):
                yield process, match[0]
                break
        else:
            raise AssertionError("it has not come up")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_makes_its_store_answers_and_stops_in_order(
    pg18_database: FreshDatabase, tmp_path: Path, how: signal.Signals
) -> None:
    with up(tmp_path, {"FETTLE_STORE__URL": pg18_database.url}, fresh=True) as (process, url):
        with urllib.request.urlopen(f"{url}healthz") as healthy:
            assert healthy.status == 200
        with urllib.request.urlopen(f"{url}readyz") as ready:
            assert ready.status == 200
        with urllib.request.urlopen(url) as page:
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert page.url == f"{url}login"
        process.send_signal(how)
        assert process.stderr is not None
        said = process.stderr.read()

        assert process.wait(30) == 0
        assert "Fettle has stopped." in said


def test_a_caller_that_goes_away_ends_nothing(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: fettle\r\n\r\n"
    with up(tmp_path, store_environ) as (process, url):
        address = ("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))
        process.send_signal(signal.SIGSTOP)  # so that all of it is there when it is read
        with socket.create_connection(address) as caller:
            caller.sendall(asked)
        process.send_signal(signal.SIGCONT)

        with urllib.request.urlopen(f"{url}healthz") as healthy:
            assert healthy.status == 200
        assert process.poll() is None


def test_a_port_that_is_taken_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        called = fettle("up", f"--port={port}", f"--data={tmp_path / 'data'}", cwd=tmp_path)

    assert called.code == 64
    assert f"cannot listen on 127.0.0.1 port {port}" in called.err
    assert not (tmp_path / "data").exists()


def test_quiet_prints_results_and_errors_alone(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    told = fettle("backup", "one", cwd=tmp_path, environ=store_environ)
    quiet = fettle("backup", "two", "--quiet", cwd=tmp_path, environ=store_environ)
    failed = fettle("backup", "two", "--quiet", cwd=tmp_path, environ=store_environ)

    assert (told.code, quiet.code, failed.code) == (0, 0, 64)
    assert "fettle restore one" in told.err
    assert quiet.out + quiet.err == ""
    assert "two" in failed.err


def test_every_command_takes_quiet_and_verbose() -> None:
    def leaves(command: click.Command) -> Iterator[click.Command]:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from leaves(found)
        else:
            yield command

    for command in leaves(group):
        assert {"quiet", "verbose"} <= {parameter.name for parameter in command.params}


@pytest.mark.parametrize(
    ("called_as", "path", "says"),
    [
        ("/opt/fettle/.venv/bin/fettle", "/nowhere", "/opt/fettle/.venv/bin/fettle"),
        ("/usr/lib/python3/fettle/__main__.py", "/nowhere", "fettle"),
    ],
)
def test_what_to_do_next_can_be_copied_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, called_as: str, path: str, says: str
) -> None:
    monkeypatch.setattr(sys, "argv", [called_as])
    monkeypatch.setenv("PATH", path)

    assert command_line() == says


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], ""),
        (["--data", "/srv/my data"], " --data '/srv/my data'"),
        (["--database-url", "postgresql://u:s3cret@h/d"], " --database-url URL"),
    ],
)
def test_what_to_do_next_is_about_the_same_store(given: list[str], says: str) -> None:
    with up_command.command.make_context("up", list(given)):
        assert options.same_store() == says


@pytest.mark.parametrize(
    ("host", "named"),
    [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("0.0.0.0", None)],  # noqa: S104
)
def test_it_is_named_as_others_reach_it(host: str, named: str | None) -> None:
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]

        assert reached_as(listener) == f"{named or socket.gethostname()}:{port}"
