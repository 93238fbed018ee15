"""The embedded PostgreSQL: one server for all Fettle processes of a data directory.

The first process starts it, the last one stops it, and a process that dies holds nobody up:

- making, starting and stopping happen under one lock (`start.lock`);
- whoever uses the server holds a shared lock (`users.lock`), which the kernel lets go of when the
  process ends, however it ends; who can have it alone is the last, and stops the server;
- a server that nobody stopped is found by the next process, and used.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fettle.errors import StoreError, StoreUnreachable
from fettle.store import cluster as folders
from fettle.store import postmaster, programs, socket_folder
from fettle.store.cluster import Cluster
from fettle.store.file_lock import FileLock
from fettle.store.postmaster import Door
from fettle.store.server_log import ServerLog


@dataclass(frozen=True)
class Patience:
    """How long the server may keep us waiting.

    `silence`: it holds its socket, or its process lives, and it says nothing: it is frozen.
    `standstill`: it is starting or recovering, and writes nothing to its log, where it reports its
    progress every 5 s. A recovery that makes progress has all the time in the world.
    `stop`: it ends its sessions; after that it is made to end at once.
    """

    silence: timedelta = timedelta(seconds=15)
    standstill: timedelta = timedelta(minutes=3)
    stop: timedelta = timedelta(seconds=30)


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server: its address, with the password."""

    conninfo: str = field(repr=False)


@contextmanager
def acquire(data: Path, patience: Patience | None = None) -> Iterator[EmbeddedServer]:
    """Use the server of a data directory, starting it when nobody else did.

    Raises StoreError when it cannot be made, started or reached, with what to do.
    """
    cluster = folders.locate(data)
    patience = patience or Patience()
    with ExitStack() as stack:
        with _explained(cluster, patience):
            starting, users = (
                stack.enter_context(closing(FileLock(cluster.data / name, cluster.keeper)))
                for name in ("start.lock", "users.lock")
            )
            log = ServerLog(cluster.log, cluster.keeper)
            use = _Use(cluster, patience, starting, users, log)
            conninfo = use.begin()
        try:
            with log.kept_short():
                yield EmbeddedServer(conninfo)
        finally:
            use.end()


def runs(data: Path) -> bool:
    """Whether the server of a data directory runs already; nothing is made or started."""
    if not (data / "postgres" / "postmaster.pid").exists():
        return False
    try:
        return postmaster.running(folders.locate(data)) is not None
    except StoreError:
        return False


def made(data: Path) -> bool:
    """Whether a data directory has a server's files, whether it runs or not."""
    return (data / "postgres" / "PG_VERSION").exists()


@contextmanager
def _explained(cluster: Cluster, patience: Patience) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise StoreUnreachable(
            f"another process has been starting or stopping the store of {cluster.data} for "
            f"{patience.standstill.total_seconds():.0f} s",
            remedy=f"look which: fuser {cluster.data / 'start.lock'}",
        ) from error
    except OSError as error:
        raise StoreError(
            f"the store in {cluster.data} cannot be used: {error.strerror}"
            + (f": {error.filename}" if error.filename else ""),
            remedy="make room, give the folder back to its owner, or name another one with "
            "--data or FETTLE_DATA",
        ) from error


@dataclass(frozen=True)
class _Use:
    """One use of a cluster's server, from `begin` to `end`."""

    cluster: Cluster
    patience: Patience
    starting: FileLock
    users: FileLock
    log: ServerLog

    def begin(self) -> str:
        """Return the address of the server, which runs and is held from here on."""
        with self.starting.alone(self._standstill()):
            self.log.shorten()
            conninfo = self._attached()
            self.users.share()
        return conninfo

    def end(self) -> None:
        """Stop using the server, and stop it when nobody else uses it."""
        # An OSError here: the data directory has been removed, or is stuck. What was to be done in
        # it is done, and a server that stays is found by the next process.
        with suppress(OSError), self.starting.alone(self._standstill()):
            if self.users.take() and postmaster.stop(self.cluster, self.patience.stop):
                socket_folder.remove(self.cluster)

    def _attached(self) -> str:
        """Return the server's address; it is made and started when it is not there."""
        self._made()
        password = self.cluster.password()
        folder = socket_folder.find(self.cluster)
        if folder is not None:
            conninfo = self.cluster.conninfo(folder, password)
            if self._settled(conninfo, None):
                return conninfo
        elif postmaster.running(self.cluster):
            self._stop_unreachable("where its socket is was lost")
        return self._started(password)

    def _made(self) -> None:
        found = self.cluster.major
        if found is None:
            folders.initialise(self.cluster, self.starting.descriptor)
        elif found != (brought := programs.installed_major()):
            raise StoreError(
                f"{self.cluster.folder} was made by PostgreSQL {found}, and this Fettle brings "
                f"PostgreSQL {brought}",
                remedy="with the Fettle that made it: fettle backup DIR; then move "
                f"{self.cluster.data} aside, and with this one: fettle restore DIR",
            )

    def _started(self, password: str) -> str:
        given_up, pause = self._silence(), 0.05
        while True:
            before = self.log.size
            process = self._launched()
            try:
                if folder := socket_folder.find(self.cluster):
                    conninfo = self.cluster.conninfo(folder, password)
                    if self._settled(conninfo, process):
                        return conninfo
            finally:
                if process is not None:
                    postmaster.let_go(process)
            if process is not None and process.returncode != -signal.SIGKILL:
                raise self._not_started(self.log.last_words(before))
            if given_up():
                raise self._unreachable("still has processes of an earlier server")
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _launched(self) -> subprocess.Popen[bytes] | None:
        """Start the server; None while processes of an earlier one live.

        Every process of a server inherits the lock. So two servers never write to one cluster,
        not even from two containers, where PostgreSQL's own check of process ids and shared memory
        sees nothing.
        """
        with closing(FileLock(self.cluster.data / "server.lock", self.cluster.keeper)) as lock:
            if not lock.take():
                return None
            folder = socket_folder.prepare(self.cluster)
            return postmaster.start(self.cluster, folder, self.log, lock.descriptor)

    def _not_started(self, said: str) -> StoreError:
        return StoreError(
            f"the embedded PostgreSQL of {self.cluster.data} does not start: {said}",
            remedy="make room on its disk, and start again"
            if "No space left" in said
            else f"read {self.cluster.log}",
        )

    def _settled(self, conninfo: str, process: subprocess.Popen[bytes] | None) -> bool:
        """Wait until the server lets us in (True) or is gone (False). Raises when it is frozen."""
        silent, standstill = self._silence(), self._standstill()
        pause = 0.01
        while (door := postmaster.knock(conninfo, self.cluster)) is not Door.OPEN:
            if door is Door.CLOSED and not self._lives(process):
                return False
            if door is Door.STARTING:
                silent = self._silence()
                if standstill():
                    raise self._unreachable("has been starting and makes no progress")
            elif silent():
                if door is not Door.CLOSED:
                    raise self._unreachable(f"cannot be used: {door.value}")
                return self._stop_unreachable("runs, but its socket is gone")
            time.sleep(pause)
            pause = min(pause * 1.3, 0.25)  # each refusal is a line in its log
        return True

    def _lives(self, process: subprocess.Popen[bytes] | None) -> bool:
        if process is not None:
            return process.poll() is None
        return postmaster.running(self.cluster) is not None

    def _stop_unreachable(self, why: str) -> bool:
        """Stop a server that nobody can reach any more; raises when others may be using it."""
        if not self.users.take() or not postmaster.stop(self.cluster, self.patience.stop):
            raise self._unreachable(why)
        return False

    def _unreachable(self, why: str) -> StoreUnreachable:
        pid = postmaster.running(self.cluster)
        look = (
            f"look whether its process {pid} is stopped (ps -o stat= -p {pid}) or its disk hangs"
            if pid is not None
            else f"look who runs it, in another container perhaps: fuser {self.cluster.data}/*.lock"
        )
        return StoreUnreachable(
            f"the embedded PostgreSQL of {self.cluster.data} {why}",
            remedy=f"{look}, and read {self.cluster.log}",
        )

    def _silence(self) -> Callable[[], bool]:
        deadline = time.monotonic() + self.patience.silence.total_seconds()
        return lambda: time.monotonic() > deadline

    def _standstill(self) -> Callable[[], bool]:
        """Return what tells when the server has not told of any work for too long."""
        size, since = self.log.size, time.monotonic()

        def stands_still() -> bool:
            nonlocal size, since
            if self.log.size < size or self.log.tells_progress(size):  # shortened, or it works
                since = time.monotonic()
            size = self.log.size
            return time.monotonic() - since > self.patience.standstill.total_seconds()

        return stands_still
