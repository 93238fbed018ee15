"""Programs that are run to their end: within a time, with bounded output, and nothing left behind.

Each has a process group of its own, which ends with it and with whoever waits for it. It is given
no more of our environment than it needs to start, and what is named for it: nothing of Fettle's.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from fettle.errors import ActFailed, CannotLook
from fettle.model.excerpt import FIRST_LINES, LAST_LINES, LONGEST_LINE, left_out_of
from fettle.model.quantity import Bytes, say_duration

Say = Callable[[str], Awaitable[None]]
Watch = Callable[[int], Awaitable[None]]

_ALWAYS = ("PATH", "HOME", "TMPDIR", "TZ")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SBIN = ":/usr/sbin:/sbin"  # which few people have in theirs
_MOST = Bytes(16 * 1024**2)
_CHUNK = 64 * 1024
_GRACE_S = 3.0  # between asking a group to end, and ending it
_LOOK_S = 0.1
_LAST_WORDS_S = 1.0  # what a child that was left behind may still write


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it wrote; `cut` says that it wrote more than was kept."""

    status: int
    output: bytes
    errors: bytes
    cut: bool = False

    @property
    def last_words(self) -> str:
        """The last lines that say something, for a sentence about what went wrong."""
        text = (self.errors.strip() or self.output.strip()).decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return " / ".join(lines[-3:])[:LONGEST_LINE] or "it said nothing"


@dataclass(frozen=True)
class How:
    """How a program is run.

    Of `environ` it is given what it needs to start, and the variables that are `handed_on`;
    `variables` are further ones, with their values. `within` is the longest that it may take.
    `watch` is told its process id, and goes on beside it: what it raises ends the program.
    Whoever is root may have it run as another `user`. It reads the file `reads`, which we open:
    that user need not be able to.
    """

    within: timedelta
    environ: Mapping[str, str] = field(repr=False)
    handed_on: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    most: Bytes = _MOST
    watch: Watch | None = None
    user: pwd.struct_passwd | None = None
    reads: Path | None = None


def found(program: str, environ: Mapping[str, str], *, install: str) -> str:
    """Return where a program is; raises CannotLook, with what would install it."""
    where = shutil.which(program, path=environ.get("PATH", _PATH) + _SBIN)
    if where is None:
        raise CannotLook(f"{program} is not on this machine", remedy=install)
    return where


async def run(words: Sequence[str], how: How, say: Say | None = None) -> Ended:
    """Run a program, without a shell, and return how it ended; its lines are said as they come.

    Of very many the first ones are, and the last ones at its end. Raises CannotLook where it cannot
    be started, and ActFailed when it takes too long.
    """
    output, errors = _Kept(how.most, _Saying(say)), _Kept(how.most, _Saying(say))
    async with output.listening() as out, errors.listening() as err:
        process = await _started(words, how, out, err)
        try:
            async with asyncio.timeout(how.within.total_seconds()):
                status = await _waited(process, how.watch)
        except TimeoutError:
            raise ActFailed(
                f"{Path(words[0]).name} took longer than {say_duration(how.within)}, and was ended"
            ) from None
        finally:
            await _end(process)
    return Ended(status, bytes(output.kept), bytes(errors.kept), output.cut or errors.cut)


async def let_end(
    words: Sequence[str], how: How, log: Path, begun: Callable[[int], None]
) -> tuple[int, bool]:
    """Run a program that is never ended by us, into a log; return its status when it has ended.

    Whoever interrupts us waits for it, too: whether somebody did is returned as well. Where we are
    ended ourselves it goes on. `begun` is told its process id. Raises CannotLook where it cannot be
    started.
    """
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: ASYNC220, S603 - asyncio's ends with its loop
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(how),
                cwd=how.folder,
                start_new_session=True,
            )
    except OSError as error:
        raise CannotLook(f"{words[0]} cannot be run: {error.strerror or error}") from error
    begun(process.pid)
    interrupted = False
    while process.poll() is None:
        try:
            await asyncio.sleep(_LOOK_S)
        except asyncio.CancelledError:
            interrupted = True
    return process.returncode, interrupted


async def _started(
    words: Sequence[str], how: How, output: int, errors: int
) -> asyncio.subprocess.Process:
    """Start a program that writes into two pipes, which are its own from then on."""
    given = asyncio.subprocess.DEVNULL
    try:
        if how.reads is not None:
            given = _opened(how.reads)
        return await asyncio.create_subprocess_exec(  # noqa: TID251 - targets start processes
            *words,
            stdin=given,
            stdout=output,
            stderr=errors,
            env=_environment(how),
            cwd=how.folder,
            start_new_session=True,
            **_as_user(how.user),
        )
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise CannotLook(f"{words[0]} cannot be run: {said}") from error
    finally:
        os.close(output)
        os.close(errors)
        if given >= 0:
            os.close(given)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise CannotLook(f"{path} cannot be read: {said}") from error


async def _waited(process: asyncio.subprocess.Process, watch: Watch | None) -> int:
    """Wait for a program's end, watched by somebody who may want to end it."""
    if watch is None:
        return await process.wait()
    watching = asyncio.ensure_future(watch(process.pid))
    waiting = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait({watching, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done() and (error := watching.exception()) is not None:
            raise error
        return await waiting
    finally:
        watching.cancel()
        waiting.cancel()
        await asyncio.gather(watching, waiting, return_exceptions=True)


def _as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    if user is None or os.geteuid() != 0:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _environment(how: How) -> dict[str, str]:
    names = (*_ALWAYS, *how.handed_on)
    named = {name: how.environ[name] for name in names if name in how.environ}
    return {"PATH": _PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **named, **how.variables}


@dataclass
class _Kept:
    """What was read of a stream, up to a bound; what is beyond it is read and let go."""

    most: int
    saying: "_Saying"
    kept: bytearray = field(default_factory=bytearray)
    cut: bool = False

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Read what is written into the end of a pipe; at the end, what is there already.

        The pipe is ours, and no pipe of the process': that one is waited for as long as any child
        of it, left behind, holds it.
        """
        ours, theirs = os.pipe()
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(ours, "rb", buffering=0)
        )
        reading = asyncio.create_task(self._read(stream))
        try:
            yield theirs
            await asyncio.wait([reading], timeout=_LAST_WORDS_S)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            transport.close()
            await self.saying.over()

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(_CHUNK):
            room = self.most - len(self.kept)
            self.kept += chunk[:room]
            self.cut = self.cut or len(chunk) > room
            await self.saying.hear(chunk)


@dataclass
class _Saying:
    """Says what a stream holds, line by line: the first lines as they come, the last at its end."""

    say: Say | None
    _begun: bytes = b""
    _heard: int = 0
    _late: bytes = b""  # what is beyond the first lines, as far as it may be among the last
    _late_lines: int = 0

    async def hear(self, chunk: bytes) -> None:
        """Say the lines that this ends; of those beyond the first ones keep the last."""
        if self.say is None:
            return
        if self._heard >= FIRST_LINES:
            self._keep(self._begun + chunk)
            self._begun = b""
            return
        *whole, rest = (self._begun + chunk).split(b"\n")
        self._begun = rest[:LONGEST_LINE]
        for place, line in enumerate(whole):
            if self._heard >= FIRST_LINES:
                self._keep(b"\n".join((*whole[place:], self._begun)))
                self._begun = b""
                return
            self._heard += 1
            await self._tell(line)

    async def over(self) -> None:
        """Say what is left to say: a line without an end, and the last lines."""
        await self._tell(self._begun)
        lines = self._late.rstrip(b"\n").split(b"\n")[-LAST_LINES:]
        many = self._late_lines + (not self._late.endswith(b"\n"))
        if (left_out := many - len(lines)) > 0:
            await self._tell(left_out_of(left_out).encode())
        for line in lines:
            await self._tell(line)
        self._begun = self._late = b""

    def _keep(self, data: bytes) -> None:
        self._late = (self._late + data)[-LAST_LINES * LONGEST_LINE :]
        self._late_lines += data.count(b"\n")

    async def _tell(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()[:LONGEST_LINE]
        if self.say is not None and text:
            await self.say(text)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program and all that it has started; one that has ended may have left children.

    Of one that did not end by itself also those are ended that have left its group. What it has
    let go of as a daemon, which init looks after, goes on.
    """
    begun = _begun_by(process.pid) if process.returncode is None else []
    _signal(process.pid, signal.SIGTERM)
    if process.returncode is None:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)
    _signal(process.pid, signal.SIGKILL)
    for one in begun:
        for late in (*_begun_by(one.pid), one):
            with suppress(psutil.Error):
                late.kill()
    if process.returncode is None:
        await process.wait()


def _begun_by(pid: int) -> "list[psutil.Process]":
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
