"""Fettle behind a real nginx, with the settings that its documentation gives."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.frontends.cli.test_stopping import hook
from tests.frontends.cli.test_up import Running, up
from tests.servers import free_port

EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
CLIENT = "127.0.0.9"  # a client's address, beside the proxy's


@contextmanager
def nginx(folder: Path, behind: str) -> Iterator[int]:
    """Run nginx with the example, before a server at an address; yield its port."""
    port = free_port()
    site = EXAMPLE.read_text()
    site = re.sub(r"\n *ssl_\w+ [^;]+;", "", site)
    for before, after in (
        ("127.0.0.1:8470", behind),
        ("listen 443 ssl", f"listen 127.0.0.1:{port}"),
    ):
        assert before in site
        site = site.replace(before, after)
    paths = "".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; user root; pid {folder / 'pid'}; error_log stderr; events {{}}"
        f" http {{ access_log off; {paths}\n{site}}}"
    )
    with listening(["nginx", "-p", str(folder), "-c", str(file)], port):
        yield port


@contextmanager
def listening(command: list[str], port: int, **environ: str) -> Iterator[None]:
    """Run a proxy until the block ends; enter it when the proxy listens."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin", **environ},
    )
    try:
        deadline = time.monotonic() + 30
        while not listens(port):
            assert process.poll() is None, f"{command[0]} has ended"
            assert time.monotonic() < deadline, f"{command[0]} does not listen"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(30)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    """Ask a server, from the client's address."""
    asked = http.client.HTTPConnection("127.0.0.1", port, 60, source_address=(CLIENT, 0))
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked.request(method, path, body, named)
        answer = asked.getresponse()
        return Answer(
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read(),
        )
    finally:
        asked.close()


@pytest.fixture
def environ(store_environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Give the environment of a server that stands behind a proxy."""
    (tmp_path / "fettle.toml").write_text(
        '[server]\npublic_url = "https://ops.example"\ntrusted_proxies = ["127.0.0.1"]\n'
        'drain = "0s"\n'
    )
    return store_environ


def logged(process: Running) -> list[dict[str, Any]]:
    """Stop a server; return the requests in its log."""
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    lines = [json.loads(line) for line in process.stderr]
    return [line for line in lines if line["message"] == "request"]


Proxy = Callable[[Path, str], AbstractContextManager[int]]


@contextmanager
def both(
    folder: Path, environ: dict[str, str], proxy: Proxy = nginx
) -> Iterator[tuple[Running, int, int]]:
    """Run a server and a proxy before it; yield the server's process, its port and the proxy's."""
    own = free_port()
    with up(folder, environ, f"--port={own}") as (process, url):
        assert url == "https://ops.example/"
        with proxy(folder, f"127.0.0.1:{own}") as port:
            yield process, own, port


def test_the_log_names_who_asked_and_the_request(environ: dict[str, str], tmp_path: Path) -> None:
    with both(tmp_path, environ) as (process, own, port):
        through = ask(port, "GET", "/through", X_Forwarded_For="1.1.1.1")
        beside = ask(own, "GET", "/beside", X_Forwarded_For="1.1.1.1")
        requests = {line["path"]: line for line in logged(process)}

    assert (through.status, beside.status) == (404, 404)
    assert requests["/through"]["client"] == CLIENT
    assert requests["/beside"]["client"] == CLIENT
    assert requests["/through"]["request"] == through.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", through.headers["x-request-id"])


def test_a_delivery_goes_through_and_one_that_is_too_large_is_told_so(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path = hook(environ, tmp_path)
    with both(tmp_path, environ) as (_, _, port):
        large = json.dumps({"title": "x", "text": "y" * 2_000_000}).encode()
        taken = ask(port, "POST", path, large)
        refused = ask(port, "POST", path, b" " * 3_000_000)
        kept_out = ask(port, "POST", path, b" " * 5_000_000)

    assert taken.status == 202, taken.body
    assert (refused.status, kept_out.status) == (413, 413)
    assert b"a request has at most" in refused.body


def test_pages_are_there_and_figures_are_for_the_inside(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with both(tmp_path, environ) as (_, _, port):
        page = ask(port, "GET", "/login")
        head = ask(port, "HEAD", "/login")
        figures = ask(port, "GET", "/metrics")
        health = ask(port, "GET", "/healthz")

    assert (page.status, head.status, health.status, figures.status) == (200, 200, 200, 403)
    assert (head.body, head.headers["content-length"]) == (b"", str(len(page.body)))
    assert re.search(r"fettle(-\d+)?=fettle_v_", page.headers["set-cookie"])


def test_a_server_that_has_stopped_is_passed_over(environ: dict[str, str], tmp_path: Path) -> None:
    with both(tmp_path, environ) as (process, _, port):
        before = ask(port, "GET", "/healthz")
        logged(process)
        process.wait(60)
        after = ask(port, "GET", "/healthz")

    assert (before.status, after.status) == (200, 502)
