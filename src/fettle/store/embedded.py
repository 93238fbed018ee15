"""The embedded PostgreSQL: one server for all Fettle processes of a data directory.

The first process starts it, the last one stops it, and a process that dies holds nobody up:

- starting and stopping happen under one lock (`start.lock`);
- whoever uses the server holds a shared lock (`users.lock`), which the kernel lets go of when the
  process ends, however it ends; who can have it alone is the last, and stops the server;
- whether a server runs is known by talking to it, never by its pid file, which outlives a reboot.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from fettle.errors import StoreError, StoreUnreachable
from fettle.store import cluster as folders
from fettle.store.cluster import Cluster

MAJOR = "18"

_CONNECT_S = 5
_LOCK_S = 60
_RECOVERY_S = 600
_STOP_S = 30
_LARGEST_LOG = 4 * 1024 * 1024
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",  # statements can hold what users typed
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server: its address, with the password."""

    conninfo: str


@contextmanager
def acquire(data: Path) -> Iterator[EmbeddedServer]:
    """Use the server of a data directory, starting it when nobody else did.

    Raises StoreError when it cannot be made, started or reached, with what to do.
    """
    cluster = folders.locate(data)
    users = _open_lock(cluster.data / "users.lock")
    try:
        with _locked(cluster.data / "start.lock"):
            conninfo = _running(cluster)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield EmbeddedServer(conninfo)
        finally:
            with _locked(cluster.data / "start.lock"):
                _leave(cluster, users)
    finally:
        users.close()


def _running(cluster: Cluster) -> str:
    """Return the address of the server, which is made and started when it is not there."""
    if cluster.major is None:
        folders.initialise(cluster)
    elif cluster.major != MAJOR:
        raise StoreError(
            f"{cluster.folder} was made by PostgreSQL {cluster.major}, and this Fettle brings "
            f"PostgreSQL {MAJOR}",
            remedy="with the Fettle that made it: fettle backup DIR; then move "
            f"{cluster.data} aside, and with this one: fettle restore DIR",
        )
    password = cluster.password()
    conninfo = cluster.conninfo(password)
    if not _answers(cluster, conninfo, started=None):
        folders.prepare_socket_folder(cluster)
        _start(cluster, conninfo)
    return conninfo


def _start(cluster: Cluster, conninfo: str) -> None:
    # After a killed server its last processes are still being reaped; they hold its memory.
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6, 0):
        _remove_stale_pid_files(cluster)
        process = _launch(cluster)
        if _answers(cluster, conninfo, started=process):
            return
        time.sleep(pause)
    raise StoreError(
        f"the embedded PostgreSQL does not start: {_last_words(cluster)}",
        remedy=f"read {cluster.log}",
    )


def _launch(cluster: Cluster) -> subprocess.Popen[bytes]:
    settings = {**_SETTINGS, "unix_socket_directories": str(cluster.socket_folder)}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    if cluster.log.exists() and cluster.log.stat().st_size > _LARGEST_LOG:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))
    with cluster.log.open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - ours, no shell
            [str(cluster.programs / "postgres"), "-D", str(cluster.folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            **folders.as_user(cluster.user),
        )
        return process


def _answers(cluster: Cluster, conninfo: str, started: subprocess.Popen[bytes] | None) -> bool:
    """Whether the server lets us in; waits while it recovers. Raises when it hangs."""
    deadline = time.monotonic() + _RECOVERY_S
    while True:
        try:
            with psycopg.connect(conninfo, connect_timeout=_CONNECT_S, dbname="postgres") as found:
                _make_database(found)
                return True
        except psycopg.OperationalError as error:
            said = str(error)
        if "password authentication failed" in said:
            raise StoreError(
                f"the embedded PostgreSQL refuses the password in {cluster.password_file}",
                remedy="bring that file back from a copy of the data directory",
            )
        if "timeout" in said or time.monotonic() > deadline:
            raise StoreUnreachable(
                f"the embedded PostgreSQL of {cluster.data} runs but does not answer",
                remedy=f"look whether its process {_pid(cluster)} is stopped, or its disk hangs",
            )
        if started is not None and started.poll() is not None:
            return False
        # "starting up" and its kin come from a server that is alive; a refusal from none.
        if started is None and "the database system is" not in said:
            return False
        time.sleep(0.02)


def _make_database(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    connection.autocommit = True
    found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (folders.ROLE,))
    if found.fetchone() is None:
        connection.execute(f"CREATE DATABASE {folders.ROLE}")


def _leave(cluster: Cluster, users: IO[bytes]) -> None:
    """Stop using the server, and stop it when nobody else uses it."""
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    pid = _pid(cluster)
    if pid is None or not _is_ours(pid, cluster):
        return
    for how in (signal.SIGINT, signal.SIGQUIT):
        os.kill(pid, how)
        if _gone(pid, _STOP_S):
            return


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return True
        except ChildProcessError:  # another process started it
            if not _alive(pid):
                return True
        time.sleep(0.01)
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _pid(cluster: Cluster) -> int | None:
    try:
        return int((cluster.folder / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_ours(pid: int, cluster: Cluster) -> bool:
    """Whether that process is this cluster's server, and not one that got its number later."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        done = subprocess.run(  # noqa: S603 - no shell
            ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607 - where there is no /proc
            capture_output=True,
            check=False,
        )
        command = done.stdout
    return os.fsencode(cluster.folder) in command


def _remove_stale_pid_files(cluster: Cluster) -> None:
    """Remove what a crash or a reboot left: PostgreSQL believes it when the number is in use."""
    pid = _pid(cluster)
    if pid is not None and not _is_ours(pid, cluster):
        (cluster.folder / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (cluster.socket_folder / name).unlink(missing_ok=True)


def _last_words(cluster: Cluster) -> str:
    lines = cluster.log.read_text(errors="replace").splitlines()[-12:]
    told = [line.partition(": ")[2] or line for line in lines if "FATAL" in line or "PANIC" in line]
    return "; ".join(told or lines[-1:]) or "it said nothing"


def _open_lock(path: Path) -> IO[bytes]:
    return path.open("ab")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    deadline = time.monotonic() + _LOCK_S
    with _open_lock(path) as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreUnreachable(
                        f"another process has been starting or stopping the store for {_LOCK_S} s",
                        remedy=f"look who holds {path}: fuser {path}",
                    ) from None
                time.sleep(0.01)
        yield
