"""Call `fettle` as a shell does: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
    given: str | None = None,
) -> Called:
    """Run a command in a folder, with only what it is given of the environment, and to read."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "fettle", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONWARNINGS": "error", **(environ or {})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Called(done.returncode, done.stdout, done.stderr)
