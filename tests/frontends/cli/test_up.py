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

import pytest

from tests.frontends.cli.calling import fettle


@contextmanager
def up(cwd: Path, environ: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start it on a free port; yield the process and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fettle", "up", "--port=0"],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **environ},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if match := re.search(r"http://\S+", line):
                yield process, match[0]
                break
        else:
            raise AssertionError("it has not come up")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_stops_in_order(
    store_environ: dict[str, str], tmp_path: Path, how: signal.Signals
) -> None:
    with up(tmp_path, store_environ) as (process, url):
        with urllib.request.urlopen(f"{url}healthz") as healthy:
            assert healthy.status == 200
        with urllib.request.urlopen(f"{url}readyz") as ready:
            assert ready.status == 200
        with urllib.request.urlopen(url) as page:
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert "fettle check postgresql://" in page.read().decode()
        process.send_signal(how)
        assert process.stderr is not None
        said = process.stderr.read()

        assert process.wait(30) == 0
        assert "Fettle has stopped." in said


def test_a_port_that_is_taken_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        called = fettle("up", f"--port={port}", f"--data={tmp_path / 'data'}", cwd=tmp_path)

    assert called.code == 64
    assert f"cannot listen on 127.0.0.1 port {port}" in called.err
    assert not (tmp_path / "data").exists()
