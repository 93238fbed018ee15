"""The source of what the machine that looks tells of itself; implements model.ports.Source."""

import asyncio
import ctypes
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from fettle.errors import CannotLook
from fettle.model.finding import Unknown
from fettle.model.ports import Clock, ReadingT
from fettle.model.quantity import Bytes, Ratio
from fettle.model.readings import (
    ClockSync,
    Descriptors,
    DiskWork,
    Memory,
    Processor,
    Restarts,
    Room,
)
from fettle.model.watchpoint import ThisHost
from fettle.targets.host import cgroups, disks
from fettle.targets.host.restarts import restarts

_BETWEEN_S = 1.0  # the two moments whose difference is told
_BUSY_PROCESS = 0.5  # of its descriptors: those below are nobody's trouble
_UNSYNCHRONISED = 0x40  # STA_UNSYNC of <sys/timex.h>


@dataclass(frozen=True)
class _Moment:
    """What counts up, at one moment."""

    times: Mapping[str, float]
    container: cgroups.ContainerProcessor | None
    disks: disks.Counters


@dataclass
class HostSource:
    """This machine, read at two moments for all that is a difference between them."""

    point: ThisHost
    clock: Clock
    root: Path = Path("/")

    def __post_init__(self) -> None:
        self._moments: asyncio.Task[tuple[_Moment, _Moment, float]] | None = None

    @property
    def name(self) -> str:
        """See model.ports.Source.name."""
        return f"this machine, {socket.gethostname()}"

    @property
    def offers(self) -> frozenset[type]:
        """See model.ports.Source.offers."""
        return frozenset((Processor, Memory, Room, DiskWork, Descriptors, ClockSync, Restarts))

    async def read(self, kind: type[ReadingT]) -> Sequence[ReadingT | Unknown]:
        """See model.ports.Source.read."""
        told: Sequence[Any]
        if kind in (Processor, DiskWork):
            before, after, seconds = await self._between()
            two: Any = self._processors if kind is Processor else self._disk_work
            told = list(two(before, after, seconds))
        elif kind is Restarts:
            told = list(await restarts(self.point.subject, self.root))
        else:
            # a file system on a disk that hangs lets who asks for it wait
            told = await asyncio.to_thread(lambda: list(self._once[kind]()))
        return told

    @property
    def _once(self) -> Mapping[type, Callable[[], Iterator[Any]]]:
        return {
            Memory: self._memory,
            Room: lambda: disks.rooms(self.root, self.point.subject),
            Descriptors: self._descriptors,
            ClockSync: self._clock_kept,
        }

    async def _between(self) -> tuple[_Moment, _Moment, float]:
        if self._moments is None:
            self._moments = asyncio.create_task(self._two_moments())
        return await asyncio.shield(self._moments)

    async def close(self) -> None:
        """Wait no longer for another moment."""
        if self._moments is not None:
            self._moments.cancel()
            await asyncio.gather(self._moments, return_exceptions=True)

    async def _two_moments(self) -> tuple[_Moment, _Moment, float]:
        loop = asyncio.get_running_loop()
        before, began = self._moment(), loop.time()
        await self.clock.sleep(_BETWEEN_S)
        return before, self._moment(), max(0.001, loop.time() - began)

    def _moment(self) -> _Moment:
        return _Moment(
            psutil.cpu_times()._asdict(), cgroups.processor(self.root), disks.counters(self.root)
        )

    def _processors(self, before: _Moment, after: _Moment, seconds: float) -> Iterator[Processor]:
        over = timedelta(seconds=seconds)
        if (now := after.container) is not None and (then := before.container) is not None:
            periods = now.periods - then.periods
            throttled = Ratio((now.throttled - then.throttled) / periods) if periods > 0 else None
            used = Ratio(max(0.0, now.used_s - then.used_s) / seconds / now.cores)
            yield Processor(self._of_container, used, over, throttled=throttled, cores=now.cores)
        spent = {
            name: max(0.0, value - before.times.get(name, 0.0))
            for name, value in after.times.items()
            if not name.startswith("guest")  # it is a part of the users'
        }
        whole = sum(spent.values())
        if not whole:
            raise CannotLook("the clock of the processors stood still; look again")
        waiting, stolen = spent.get("iowait", 0.0), spent.get("steal", 0.0)
        idle = spent["idle"] + waiting
        cores = os.cpu_count() or 1
        yield Processor(
            self.point.subject,
            Ratio((whole - idle) / whole),
            over,
            Ratio(waiting / whole),
            Ratio(stolen / whole),
            cores=cores,
            load=round(os.getloadavg()[1] / cores, 2),
        )

    def _disk_work(self, before: _Moment, after: _Moment, seconds: float) -> Iterator[DiskWork]:
        return disks.work(before.disks, after.disks, seconds, self.point.subject)

    @property
    def _of_container(self) -> str:
        return f"{self.point.subject} (this container)"

    def _memory(self) -> Iterator[Memory]:
        if (of_container := cgroups.memory(self.root)) is not None:
            used, limit = Bytes(of_container.used), Bytes(of_container.limit)
            yield Memory(self._of_container, used, limit)
        told = psutil.virtual_memory()
        yield Memory(self.point.subject, Bytes(told.total - told.available), Bytes(told.total))

    def _descriptors(self) -> Iterator[Descriptors]:
        """Yield those of the machine, and of the processes that are near the end of theirs."""
        try:
            words = (self.root / "proc/sys/fs/file-nr").read_text(encoding="ascii").split()
            yield Descriptors(self.point.subject, int(words[0]) - int(words[1]), int(words[2]))
        except (OSError, ValueError, IndexError):
            pass  # not on this system
        yield from self._of_processes()

    def _of_processes(self) -> Iterator[Descriptors]:
        """Yield the fullest process of each name: a name stays, a process's number does not."""
        fullest: dict[str, Descriptors] = {}
        for process in psutil.process_iter():
            try:
                limit, _ = process.rlimit(psutil.RLIMIT_NOFILE)
                used, name = process.num_fds(), process.name()
            except (psutil.Error, OSError):
                continue  # it has ended, or is another user's
            if limit > 0 and used > _BUSY_PROCESS * limit:
                told = Descriptors(f"{self.point.subject} {name}", used, limit)
                before = fullest.setdefault(name, told)
                if used / limit > before.used / before.limit:
                    fullest[name] = told
        yield from fullest.values()

    def _clock_kept(self) -> Iterator[ClockSync]:
        """Yield what the kernel says of its clock; nothing is asked of anybody else."""
        told = (ctypes.c_long * 64)()  # struct timex: at least as long, on every Linux
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            state = libc.adjtimex(told)
        except (OSError, AttributeError):
            return  # not on this system
        if state < 0:
            return
        unsynchronised = bool(told[5] & 0xFFFFFFFF & _UNSYNCHRONISED)
        most = None if unsynchronised else timedelta(microseconds=told[3])
        yield ClockSync(self.point.subject, not unsynchronised, most)


@asynccontextmanager
async def this_host(point: ThisHost, clock: Clock) -> AsyncIterator[HostSource]:
    """Open the source of this machine."""
    source = HostSource(point, clock)
    try:
        yield source
    finally:
        await source.close()
