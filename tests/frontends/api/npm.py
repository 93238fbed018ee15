"""What the tests take from npm: where it is, and how its programs are run."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]
SDKS = ROOT / "tests/sdks"
_BROUGHT = ROOT / ".work/sdks"
# No proxy stands between an application of the tests and the server on the same machine.
_ENVIRON = {name: value for name, value in os.environ.items() if "proxy" not in name.casefold()}


def program(path: str) -> str:
    """Return the path of a program that npm has brought."""
    found = _BROUGHT / "node_modules" / path
    assert found.exists(), "script/sdks brings it"
    return str(found)


def sentry_cli() -> str:
    """Return the path of sentry-cli, which is a package of its own for each machine."""
    (found,) = (_BROUGHT / "node_modules/@sentry").glob("cli-*/bin/sentry-cli")
    return str(found)


def node() -> str:
    """Return the path of node: the machine's, else that of the wheel which script/npm takes."""
    return shutil.which("node") or str(ROOT / ".work/node/bin/node")


def beside(name: str) -> str:
    """Return the path of a file of ours, copied to where its imports are found."""
    return shutil.copy(str(SDKS / name), str(_BROUGHT))


async def said(
    *command: str, folder: Path = SDKS, ends: int = 0, environ: Mapping[str, str] | None = None
) -> str:
    """Return what a program says until it ends, with this exit code."""
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=folder,
        env={**_ENVIRON, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ends, done.stdout + done.stderr
    return done.stdout + done.stderr
