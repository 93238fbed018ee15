"""Commands that go on until they are stopped, as processes of their own."""

import io
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from tests.frontends.cli.calling import forking

_PACE_S = 0.01


class GoingOn:
    """A command that goes on, forked from a process that has imported Fettle already.

    It is a process like any other, as `subprocess.Popen` has them: killed, frozen, and waited for.
    What it says is read from `stderr`, or written to `log`.
    """

    def __init__(
        self, *arguments: str, cwd: Path, environ: Mapping[str, str], log: Path | None = None
    ) -> None:
        self._code: int | None = None
        if log is None:
            reading, writing = os.pipe()
            self.stderr: TextIO = os.fdopen(reading, encoding="utf-8")
        else:
            writing = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self.stderr = io.StringIO()
        try:
            self.pid = forking().begin(arguments, cwd, environ, writing, writing)
        finally:
            os.close(writing)

    @property
    def returncode(self) -> int | None:
        """How it ended, None while nobody has seen it end."""
        return self._code

    def poll(self) -> int | None:
        """Return how it ended, None while it goes on."""
        if self._code is None:
            self._code = forking().ended(self.pid)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, and return how."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("fettle", timeout or 0)
            time.sleep(_PACE_S)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Read no more of what it says."""
        self.stderr.close()
