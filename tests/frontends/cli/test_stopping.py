"""A server that is told to stop answers what it was asked, keeps it, and takes nothing new."""

import json
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from tests.frontends.cli.calling import fettle
from tests.frontends.cli.test_up import up

_BODY = json.dumps({"title": "Checkout is slow", "key": "a"}).encode()


def hook(environ: dict[str, str], cwd: Path) -> str:
    """Make a key of a hook; return the path of its generic door."""
    arguments = ("key", "create", "--kind=hook", "--name=prod", "--format=json")
    made = fettle(*arguments, cwd=cwd, environ=environ)
    return f"/hooks/{json.loads(made.out)['key']}/generic"


def address_of(url: str) -> tuple[str, int]:
    return "127.0.0.1", int(url.rstrip("/").rpartition(":")[2])


def begun(url: str, path: str, body: bytes = b"") -> socket.socket:
    """Begin to send a delivery: all but the rest of its body, which follows the given part."""
    connection = socket.create_connection(address_of(url), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: fettle\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def refuses(url: str) -> bool:
    try:
        socket.create_connection(address_of(url), timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until_refused(url: str) -> None:
    deadline = time.monotonic() + 60
    while not refuses(url):
        assert time.monotonic() < deadline, "it still listens"
        time.sleep(0.02)


def kept(environ: dict[str, str]) -> list[tuple[bytes]]:
    with psycopg.connect(environ["FETTLE_STORE__URL"]) as connection:
        return connection.execute("SELECT body FROM fettle.delivery").fetchall()


@pytest.fixture
def environ(store_environ: dict[str, str]) -> dict[str, str]:
    """Give the environment of a server that stops without a pause, and of its store."""
    return {**store_environ, "FETTLE_SERVER__DRAIN": "0s"}


def test_what_was_being_sent_is_answered_and_kept(environ: dict[str, str], tmp_path: Path) -> None:
    path = hook(environ, tmp_path)
    with up(tmp_path, environ) as (process, url):
        with begun(url, path, _BODY[:5]) as connection:
            assert status_of(f"{url}healthz") == 200  # what was sent before it has arrived
            process.send_signal(signal.SIGTERM)
            wait_until_refused(url)
            connection.sendall(_BODY[5:])
            answer = connection.makefile("rb").read()
        assert process.wait(60) == 0

    assert answer.startswith(b"HTTP/1.1 202")
    assert kept(environ) == [(_BODY,)]


def test_who_balances_is_told_before_the_door_closes(
    store_environ: dict[str, str], tmp_path: Path
) -> None:
    path = hook(store_environ, tmp_path)
    with up(tmp_path, {**store_environ, "FETTLE_SERVER__DRAIN": "1h"}) as (process, url):
        process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 60
        while status_of(f"{url}readyz") != 503:
            assert time.monotonic() < deadline, "it is still ready"
        assert status_of(f"{url}healthz") == 200
        with begun(url, path, _BODY) as connection:
            assert connection.recv(12) == b"HTTP/1.1 202"
        assert process.poll() is None

        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0  # and not after an hour

    assert kept(store_environ) == [(_BODY,)]


def test_who_is_told_twice_waits_for_nobody(environ: dict[str, str], tmp_path: Path) -> None:
    path = hook(environ, tmp_path)
    with up(tmp_path, environ) as (process, url):
        with begun(url, path, _BODY[:5]) as connection:
            assert status_of(f"{url}healthz") == 200
            process.send_signal(signal.SIGTERM)
            wait_until_refused(url)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            assert connection.recv(1) == b""  # without an answer
        assert process.stderr is not None
        said = process.stderr.read()

    assert "timeout graceful shutdown exceeded" not in said
    assert "Fettle has stopped" in said
    assert kept(environ) == []


def test_a_log_that_nobody_reads_holds_nothing_up(environ: dict[str, str], tmp_path: Path) -> None:
    with up(tmp_path, environ) as (process, url):
        with socket.create_connection(address_of(url), timeout=60) as connection:
            answers = connection.makefile("rb")
            for _ in range(1000):  # some 200 kB of log, and a pipe takes 64
                connection.sendall(b"GET /none HTTP/1.1\r\nHost: fettle\r\n\r\n")
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    if found := re.match(rb"content-length: (\d+)", line, re.IGNORECASE):
                        length = int(found[1])
                answers.read(length)
        process.send_signal(signal.SIGTERM)

        assert process.wait(60) == 0


def test_the_log_of_a_service_is_json_alone(environ: dict[str, str], tmp_path: Path) -> None:
    with up(tmp_path, environ) as (process, url):
        status_of(f"{url}none")
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        lines = [json.loads(line) for line in process.stderr]

    assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)
    request = next(line for line in lines if line["message"] == "request")
    assert (request["path"], request["status"], request["client"]) == ("/none", 404, "127.0.0.1")
    assert lines[-1]["message"] == "Fettle has stopped."


def test_quiet_says_nothing_when_all_goes_well(environ: dict[str, str], tmp_path: Path) -> None:
    called = fettle(
        "worker", "--quiet", cwd=tmp_path, environ={**environ, "FETTLE_SERVER__LOG": "x"}
    )
    assert called.code == 64
    assert "server.log" in called.err
