"""A worker as a process of its own, to be killed, frozen and stopped: what it is, and how."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from fettle.engine.engine import Engine
from fettle.engine.pace import Pace
from fettle.frontends.stopping import Stop
from fettle.store.pool import pool_at
from tests.engine.working import TIMERS, Functions, Traces, WallClock

ROOT = Path(__file__).parents[2]
ENDED_S = 60


class WorkerProcess:
    """A worker process; `seconds` are its pace: beat, stale, again, tick, grace."""

    def __init__(
        self, address: str, folder: Path, *, seconds: str = "0.2,1.5,1,0.05,5", labels: str = ""
    ) -> None:
        self.log = folder / "workers.log"
        with self.log.open("ab") as log:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.engine.process",
                    address,
                    str(folder),
                    seconds,
                    labels,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> int:
        """Let it end as it should; return its exit status."""
        self.process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Wait until it has ended; return its exit status."""
        try:
            return self.process.wait(ENDED_S)
        except subprocess.TimeoutExpired:
            os.kill(self.pid, signal.SIGUSR1)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
            self.kill()
            said = self.log.read_text(errors="replace")[-20_000:]
            raise AssertionError(f"worker {self.pid} did not end; it said:\n{said}") from None


@contextmanager
def worker(address: str, folder: Path, **how: str) -> Iterator[WorkerProcess]:
    """Have a worker process; it is gone afterwards."""
    process = WorkerProcess(address, folder, **how)
    try:
        yield process
    finally:
        process.kill()


def _say_what_is_waited_for() -> None:
    for task in asyncio.all_tasks():
        task.print_stack()


async def _work(address: str, folder: Path, seconds: str, labels: str) -> None:
    beat, stale, again, tick, grace = (
        timedelta(seconds=float(part)) for part in seconds.split(",")
    )
    pace = Pace(beat=beat, stale=stale, again=again, tick=tick, grace=grace)
    stop = Stop.on_signals()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _say_what_is_waited_for)
    async with pool_at(address, size=4) as pool:
        engine = Engine(
            pool,
            WallClock(),
            runs=Functions(Traces(folder / "traces")).all(),
            timers=TIMERS,
            pace=pace,
        )
        carried = tuple(label for label in labels.split(",") if label)
        await engine.run_forever(stop.asked, labels=carried, concurrency=4, hurry=stop.hurry)


if __name__ == "__main__":
    logging.basicConfig(
        level=logging.INFO, format=f"%(asctime)s {os.getpid()} %(name)s %(message)s"
    )
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    asyncio.run(_work(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
