"""Processes that use the embedded server, started and killed for real; and what they run."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from fettle.store.programs import as_user

_USES = """
import sys
from pathlib import Path
from fettle.store import embedded
with embedded.acquire(Path(sys.argv[1])) as server:
    print(server.conninfo, flush=True)
    sys.stdin.readline()
"""


def unprivileged() -> pwd.struct_passwd:
    """Give the user that a test's server runs as."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


class User:
    """Another process that uses the embedded server until it is told to end, or killed."""

    def __init__(self, data: Path, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _USES, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def conninfo(self) -> str:
        """Wait until it has the server."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        return line

    def end(self) -> None:
        """Let it end as it should."""
        _, said = self.process.communicate("\n", timeout=60)
        assert (self.process.returncode, said) == (0, "")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def running(
    command: list[str], folder: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program as the unprivileged user, its output in a file; it is ended afterwards."""
    with (folder / "output").open("ab") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={"PATH": os.defpath, **environment},
            **as_user(unprivileged()),
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def server_pid(data: Path) -> int:
    """Return the process id that the server wrote."""
    return int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ask(conninfo: str, question: str) -> list[Any]:
    """Ask the server one question."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return connection.execute(question.encode()).fetchall()
