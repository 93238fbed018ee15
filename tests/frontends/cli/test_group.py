"""What every command does: with a reader that has seen enough, and where nothing can be written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "fettle", "settings"]


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            COMMAND, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)

    assert done.returncode == -signal.SIGPIPE
    assert done.stderr == b""


def test_a_disk_that_is_full_is_said_in_one_message(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            COMMAND, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.returncode == 70
    assert done.stderr.decode().splitlines()[0].startswith("fettle: the disk is full")
    assert b"Traceback" not in done.stderr
