"""Call `fettle` as a shell does: in a process of its own."""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_PATIENCE_S = 60


@dataclass(frozen=True)
class Called:
    """How a call ended, and what it printed where."""

    code: int
    out: str
    err: str


def fettle(
    *arguments: str,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    fresh: bool = False,
    typed: str | None = None,
    patience_s: float = _PATIENCE_S,
) -> Called:
    """Run a command in a folder, with only what it is given of the environment, and to read.

    `fresh`: in a process that has imported nothing yet, as it is for people; the others are forked
    from one that has, unless something is `typed`. `patience_s` is for fresh ones.
    """
    given = {**_kept(), "PYTHONWARNINGS": "error", **(environ or {})}
    if not fresh and typed is None:
        return forking().call(arguments, cwd, given)
    done = subprocess.run(
        [sys.executable, "-m", "fettle", *arguments],
        cwd=cwd,
        env=given,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_s,
    )
    return Called(done.returncode, done.stdout, done.stderr)


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


@cache
def forking() -> "Forking":
    """Give the process that calls are forked from, which is started when it is first asked for."""
    made = Forking()
    atexit.register(made.end)
    return made


class Forking:
    """The process that calls are forked from; one call at a time."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(_PATIENCE_S)
        self._one = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.frontends.cli.forking", str(theirs.fileno())],
                cwd=_ROOT,
                env={**_kept(), "PYTHONWARNINGS": "error"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def call(self, arguments: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> Called:
        """Call it, and wait until it has ended."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = self._fork(arguments, cwd, environ, out.fileno(), err.fileno(), goes_on=False)
            out.seek(0)
            err.seek(0)
            return Called(code, out.read().decode(), err.read().decode())

    def begin(
        self, arguments: Sequence[str], cwd: Path, environ: Mapping[str, str], out: int, err: int
    ) -> int:
        """Let it go on, writing to two files; return the number of its process."""
        return self._fork(arguments, cwd, environ, out, err, goes_on=True)

    def ended(self, process: int) -> int | None:
        """Return how one that was begun has ended, once; None while it goes on."""
        return self._ask({"ended": process})

    def _fork(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environ: Mapping[str, str],
        out: int,
        err: int,
        *,
        goes_on: bool,
    ) -> int:
        asked = {"arguments": arguments, "cwd": str(cwd), "environ": dict(environ)}
        with Path(os.devnull).open("rb") as nothing:
            number = self._ask({**asked, "goes_on": goes_on}, nothing.fileno(), out, err)
        assert number is not None
        return number

    def _ask(self, asked: Mapping[str, object], *files: int) -> int | None:
        with self._one:
            socket.send_fds(self._channel, [f"{json.dumps(asked)}\n".encode()], files)
            try:
                told = self._channel.recv(100)
            except TimeoutError:  # its answer would be taken for that of the next one
                self._process.kill()
                forking.cache_clear()
                raise
        assert told, "the process that calls are forked from has died"
        number: int | None = json.loads(told)
        return number

    def end(self) -> None:
        """End it."""
        self._channel.close()
        self._process.wait(_PATIENCE_S)
