"""What pip and npm say where they take packages from, where nobody has set them to anything."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook
from fettle.targets.running import How, found, run

_WITHIN = timedelta(seconds=30)
_DEFAULT = re.compile(r"\(default\s+(https?://[^\s)]+)\)")


async def default_of_pip(environ: Mapping[str, str]) -> str | None:
    """Return the index that pip was built with, as its help says it; None without a pip."""
    words = ("install", "--help", "--disable-pip-version-check")
    said = await _said("pip", words, environ, Path("/"))
    told = _DEFAULT.search(said)
    return told[1] if told is not None else None


async def default_of_npm(environ: Mapping[str, str]) -> str | None:
    """Return the registry that npm was built with; None without an npm."""
    words = ("config", "get", "registry", "--no-update-notifier")
    said = (await _said("npm", words, environ, Path("/"))).strip()
    return said if said.startswith(("http://", "https://")) else None


async def _said(
    program: str, words: tuple[str, ...], environ: Mapping[str, str], folder: Path
) -> str:
    how = How(_WITHIN, environ, variables={"NO_COLOR": "1", "COLUMNS": "200"}, folder=folder)
    try:
        ended = await run([found(program, environ, install=f"install {program}"), *words], how)
    except (CannotLook, ActFailed):
        return ""
    return ended.output.decode("utf-8", "replace") if ended.status == 0 else ""
