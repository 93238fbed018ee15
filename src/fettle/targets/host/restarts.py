"""Which units of systemd began anew by themselves, as its journal tells.

Only what systemd restarts is told: a process that nobody restarts is gone, and one in a container
is the container engine's, or Kubernetes'.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from fettle.model.finding import Unknown
from fettle.model.readings import Restarts

_OVER = timedelta(hours=1)
# "Automatic restarting of a unit has been scheduled": journalctl --list-catalog
_RESTARTING = "MESSAGE_ID=5eb03494b6584870a536b337290809b3"
_ASK = (
    "journalctl", "--quiet", "--no-pager", "--system", "--output=json", "--output-fields=UNIT",
    f"--since=-{_OVER.total_seconds():.0f}s", "--lines=10000", _RESTARTING,
)  # fmt: skip
_PATIENCE_S = 5.0
_JOURNALS = ("var/log/journal", "run/log/journal")


async def restarts(host: str, root: Path) -> Sequence[Restarts | Unknown]:
    """Return how often each unit was restarted in the last hour, and that none was.

    Nothing where systemd does not run; Unknown where its journal may not be read.
    """
    if not (root / "run/systemd/system").is_dir():
        return []
    if not any(_readable(root / journal) for journal in _JOURNALS):
        return [
            Unknown(
                f"{host}: which services were restarted stands in the system's journal, which this "
                "user may not read",
                "usermod -aG systemd-journal USER, and log in anew",
            )
        ]
    try:
        lines = await _asked()
    except (OSError, TimeoutError) as error:
        said = str(error) or f"no answer within {_PATIENCE_S:g} s"
        return [Unknown(f"{host}: the system's journal gave no answer: {said}")]
    counts = Counter(unit for line in lines if (unit := _unit(line)))
    told = [Restarts(f"{host}:{unit}", count, _OVER) for unit, count in counts.most_common(50)]
    return told or [Restarts(host, 0, _OVER)]


def _readable(folder: Path) -> bool:
    """Whether a journal of the system is there and may be read; one's own is another one."""
    try:
        journals = list(folder.glob("*/system.journal"))
    except OSError:
        return False
    return any(os.access(journal, os.R_OK) for journal in journals)


async def _asked() -> Sequence[bytes]:
    """Ask the journal; raises OSError and TimeoutError, and leaves nothing running."""
    process = await asyncio.create_subprocess_exec(  # noqa: TID251 - targets start processes
        *_ASK,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return told.splitlines()


def _unit(line: bytes) -> str | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    unit = told.get("UNIT") if isinstance(told, dict) else None
    return unit if isinstance(unit, str) else None
