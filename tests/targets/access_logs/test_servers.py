"""The logs that real web servers write, nginx's and Caddy's, while they write them."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.targets.access_logs.logs import read

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status '
                   '$body_bytes_sent "$http_referer" "$http_user_agent" '
                   'rt=$request_time urt="$upstream_response_time"';
  log_format json escape=json '{{"time_iso8601":"$time_iso8601","request_method":"$request_method",'
                  '"request_uri":"$request_uri","status":"$status","request_time":"$request_time"}}';
  server {{
    listen 127.0.0.1:{port};
    access_log {folder}/combined.log;
    access_log {folder}/timed.log timed;
    access_log {folder}/json.log json;
    location / {{ return 200 "well"; }}
    location /broken/ {{ return 503; }}
  }}
}}
"""
_CADDY = """
{{
  admin off
  storage file_system {folder}/storage
}}
http://127.0.0.1:{port} {{
  log {{
    output file {folder}/caddy.log
  }}
  respond /broken/* 503
  respond "well"
}}
"""


@contextmanager
def running(command: Sequence[str], port: int, home: Path) -> Iterator[str]:
    """Run a web server until this ends; yield its address."""
    env = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.communicate()[0].decode()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def ask(address: str, *paths: str) -> None:
    for path in paths:
        try:
            urllib.request.urlopen(f"{address}{path}", timeout=10).close()
        except HTTPError as error:
            error.close()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def nginx(folder: Path, port: int) -> Sequence[str]:
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port))
    return ("nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder))


def caddy(folder: Path, port: int) -> Sequence[str]:
    (folder / "Caddyfile").write_text(_CADDY.format(folder=folder, port=port))
    return ("caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile")


@pytest.mark.parametrize(
    ("server", "logs"),
    [
        (nginx, {"combined.log": False, "timed.log": True, "json.log": True}),
        (caddy, {"caddy.log": True}),
    ],
)
def test_what_they_write_is_read(
    tmp_path: Path, server: Callable[[Path, int], Sequence[str]], logs: dict[str, bool]
) -> None:
    assert shutil.which("nginx"), "script/install-debian installs it"
    port = free_port()
    with running(server(tmp_path, port), port, tmp_path) as address:
        ask(address, "/", "/orders/17", "/orders/18?page=2", "/broken/4", '/a%22b"c')
    for name, timed in logs.items():
        summed = read(tmp_path / name)
        found = {route: told.requests for route, told in summed.tally.routes().items()}
        assert found == {
            "GET /": 1,
            "GET /orders/{id}": 2,
            "GET /broken/{id}": 1,
            "GET /{id}": 1,
        }, name
        assert sum(told.failed for told in summed.tally.routes().values()) == 1
        assert (summed.tally.unread, summed.timed) == (0, timed), name
