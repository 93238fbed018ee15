"""Which Chromium is there: the one that is named, or the first that is found."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from fettle.errors import CannotLook

# What other tools call it by, that drive a browser too.
_VARIABLES = ("CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH")
_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Where Playwright keeps the browsers it brings, and what is in there.
_CACHES = {"darwin": "Library/Caches/ms-playwright", "linux": ".cache/ms-playwright"}
_IN_CACHE = (
    "chromium-*/chrome-*/chrome",
    "chromium-*/chrome-*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/chrome-*/headless_shell",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell",
)
_REMEDY = (
    "install one (Debian: apt-get install chromium; anywhere: npx playwright install chromium), "
    'or say where it is: [optimisation] browser = "/path/to/chromium"'
)


def found(named: Path | None, environ: Mapping[str, str]) -> Path:
    """Return where Chromium is; raises CannotLook, with how to get it."""
    if named is not None:
        if _runs(named):
            return named
        raise CannotLook(f"{named} is no program that can be run", remedy=_REMEDY)
    for candidate in _candidates(environ):
        if _runs(candidate):
            return candidate
    raise CannotLook("there is no Chromium on this machine", remedy=_REMEDY)


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    yield from (Path(environ[name]) for name in _VARIABLES if environ.get(name))
    for name in _NAMES:
        if where := shutil.which(name, path=environ.get("PATH")):
            yield Path(where)
    yield from map(Path, _APPLICATIONS)
    cache = _cache(environ)
    for pattern in _IN_CACHE:
        yield from sorted(cache.glob(pattern), reverse=True)


def _cache(environ: Mapping[str, str]) -> Path:
    if where := environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(where)
    return Path(environ.get("HOME", "/")) / _CACHES.get(sys.platform, _CACHES["linux"])


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)
