"""A Chromium of our own: with an empty profile, and gone with all that it has left when we are.

It speaks over a socket at its descriptors 3 and 4. `subprocess` cannot put one there without
running Python between fork and exec; `posix_spawn` can.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from fettle.errors import CannotLook
from fettle.targets.browser.protocol import Conversation, Gone, Unanswered

_PREFIX = "fettle-browser-"
_START_S = 30.0
_FRESH_S = 60.0
# Calm is a browser that spends little for so many looks; after so many nobody waits any longer.
_CALM_LOOKS_S, _CALM_FOR, _CALM_WITHIN = 0.2, 3, 12
_CALM_SPENDS = 0.05
_PATH = "/usr/local/bin:/usr/bin:/bin"
# What it needs to start, and to reach what only a proxy reaches.
_HANDED_ON = (
    "PATH",
    "TZ",
    "LD_LIBRARY_PATH",
    *(name for one in ("http_proxy", "https_proxy", "no_proxy") for name in (one, one.upper())),
)
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",  # a container's is too small for a page
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-features=AutofillServerCommunication,MediaRouter,OptimizationHints,Translate",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    "about:blank",
)


@asynccontextmanager
async def started(
    program: Path,
    environ: Mapping[str, str],
    *,
    sandbox: bool = True,
    flags: Sequence[str] = (),
    calm: bool = True,
) -> AsyncIterator[Conversation]:
    """Have a browser as long as this is entered; raises CannotLook where it does not start.

    `calm`: wait until its start takes no time of what is measured.
    """
    flags = (*flags, *([] if sandbox and os.getuid() else ["--no-sandbox"]))
    with _profile() as profile, _two_ends() as (ours, theirs):
        process = _spawned(program, environ, profile, theirs, flags)
        conversation = Conversation(ours)
        try:
            theirs.close()
            async with conversation.going_on():
                await _awake(conversation, profile, calm=calm)
                yield conversation
        finally:
            await _ended(process)


async def _awake(conversation: Conversation, profile: Path, *, calm: bool) -> None:
    try:
        await conversation.ask("Browser.getVersion", within_s=_START_S)
        if calm:
            await _calm(conversation)
    except (Gone, Unanswered):
        raise _not_started(profile) from None
    except CannotLook:  # one that tells nothing of its processes is not waited for
        return


async def _calm(conversation: Conversation) -> None:
    """Wait until its start is behind it: for seconds that takes the time of what it is asked."""
    spent, calm = await _spent_s(conversation), 0
    for _ in range(_CALM_WITHIN):
        await asyncio.sleep(_CALM_LOOKS_S)
        now = await _spent_s(conversation)
        calm = calm + 1 if now - spent < _CALM_SPENDS * _CALM_LOOKS_S else 0
        if calm == _CALM_FOR:
            return
        spent = now


async def _spent_s(conversation: Conversation) -> float:
    """Return how much of the processors' time all its processes have had."""
    told = await conversation.ask("SystemInfo.getProcessInfo")
    return sum(float(one["cpuTime"]) for one in told["processInfo"])


def _not_started(profile: Path) -> CannotLook:
    said = (profile / "said").read_text("utf-8", "replace")
    if "sandbox" in said.lower():
        return CannotLook(
            "the browser does not start: this machine gives it no sandbox",
            remedy="allow user namespaces; or, where only pages of your own are measured, "
            "[optimisation] sandbox = false",
        )
    lines = [line.strip() for line in said.splitlines() if "dbus" not in line and line.strip()]
    return CannotLook(f"the browser does not start: {' / '.join(lines[-2:])[:300] or 'silently'}")


@contextmanager
def _profile() -> Iterator[Path]:
    """Make a folder that is removed in the end; one that a killed process has left, too."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(held)


def _sweep() -> None:
    """Remove the folders of ours that nobody holds any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                made = os.fstat(held)
                # one that was made just now may not be held yet
                if made.st_uid == os.getuid() and time.time() - made.st_mtime > _FRESH_S:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(folder)
            finally:
                os.close(held)


def _remove(folder: Path) -> None:
    # what the browser has started may write for a moment after it was ended
    for _ in range(40):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.025)


@contextmanager
def _two_ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make a pair of sockets: ours, which waits for nothing, and theirs."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def _spawned(
    program: Path,
    environ: Mapping[str, str],
    profile: Path,
    theirs: socket.socket,
    flags: Sequence[str],
) -> int:
    """Start it in a process group of its own, and return its id."""
    words = [str(program), *flags, f"--user-data-dir={profile}", *_FLAGS]
    # from a number that is neither 3 nor 4: what is put there must not be overwritten before
    end = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, 10)
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        return os.posix_spawn(
            program,
            words,
            _environment(environ, profile),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, str(profile / "said"), written, 0o600),
                (os.POSIX_SPAWN_DUP2, end, 3),
                (os.POSIX_SPAWN_DUP2, end, 4),
            ],
            setpgroup=0,
            setsigdef=[signal.SIGPIPE, signal.SIGINT],
        )
    except OSError as error:
        raise CannotLook(f"{program} cannot be run: {error.strerror}") from error
    finally:
        os.close(end)


def _environment(environ: Mapping[str, str], profile: Path) -> dict[str, str]:
    given = {name: environ[name] for name in _HANDED_ON if name in environ}
    return {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": str(profile), **given}


async def _ended(process: int) -> None:
    """End the browser and what it has started, and take note of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    await asyncio.shield(asyncio.to_thread(os.waitpid, process, 0))
