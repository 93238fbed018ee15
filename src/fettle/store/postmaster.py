"""The embedded server's process: started, recognised, asked and stopped.

Whether a server runs is known by talking to it, never by its pid file alone: the file outlives a
reboot, and another process gets the number.
"""

import os
import signal
import subprocess
import time
from datetime import timedelta
from enum import Enum
from pathlib import Path
from threading import Thread

import psycopg

from fettle.errors import StoreError
from fettle.store import cluster as folders
from fettle.store.cluster import Cluster
from fettle.store.programs import ENVIRONMENT, as_user
from fettle.store.server_log import ServerLog
from fettle.store.socket_folder import SOCKET

_CONNECT_S = 2  # libpq's least
_NOBODY = 2**31 - 1  # no process has this number; Linux ends at 2**22
_SETTINGS = {
    "listen_addresses": "",
    "port": str(folders.PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",  # statements can hold what users typed
    "log_startup_progress_interval": "5s",  # how a long recovery is told from a frozen one
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Door(Enum):
    """What knocking at the server's socket came to."""

    OPEN = "it lets us in"
    STARTING = "it says that it is starting, recovering or stopping"
    FULL = "it has no connection left"
    SILENT = "somebody holds the socket and says nothing"
    CLOSED = "nobody is there"


def knock(conninfo: str, cluster: Cluster) -> Door:
    """Try a real connection; raises StoreError when the server does not take the password."""
    try:
        psycopg.connect(conninfo, connect_timeout=_CONNECT_S).close()
    except psycopg.errors.ConnectionTimeout:
        return Door.SILENT
    except psycopg.OperationalError as error:
        said = str(error)
    else:
        return Door.OPEN
    if "password authentication failed" in said:
        raise StoreError(
            f"the embedded PostgreSQL refuses the password in {cluster.password_file}",
            remedy="bring that file back from a copy of the data directory",
        )
    if f'database "{folders.ROLE}" does not exist' in said:
        _make_database(conninfo)
        return Door.OPEN
    if "the database system is" in said or "terminating connection" in said:
        return Door.STARTING
    if "too many clients" in said or "connection slots are reserved" in said:
        return Door.FULL
    return Door.CLOSED


def start(
    cluster: Cluster, socket_folder: Path, log: ServerLog, lock: int
) -> subprocess.Popen[bytes]:
    """Start the server, which inherits `lock`; it may not be ready when this returns."""
    _disown_pid_file(cluster, socket_folder)
    settings = {**_SETTINGS, "unix_socket_directories": str(socket_folder)}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    handle = log.open()
    try:
        return subprocess.Popen(  # noqa: S603 - ours, no shell
            [str(cluster.programs / "postgres"), "-D", str(cluster.folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=[lock],
            **as_user(cluster.user),
        )
    finally:
        os.close(handle)


def let_go(process: subprocess.Popen[bytes]) -> None:
    """Leave a started server to itself; it may outlive us, and is no zombie if it does not."""
    Thread(target=process.wait, name="fettle-server-end", daemon=True).start()


def running(cluster: Cluster) -> int | None:
    """Return the process id of this cluster's live server, None when there is none."""
    pid = _written_pid(cluster)
    return pid if pid is not None and _is_server_of(pid, cluster) else None


def stop(cluster: Cluster, patience: timedelta) -> bool:
    """Stop the server; whether it has ended. It ends its sessions first, then at once."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        pid = running(cluster)
        if pid is None:
            return True
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + patience.total_seconds()
        while time.monotonic() < deadline:
            if not _is_server_of(pid, cluster):  # its file goes a moment before it does
                return True
            time.sleep(0.01)
    return False


def _make_database(conninfo: str) -> None:
    try:
        with psycopg.connect(conninfo, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {folders.ROLE}")
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise StoreError(
            f"the store's database cannot be made: {said}", remedy="make room, and start again"
        ) from error


def _written_pid(cluster: Cluster) -> int | None:
    try:
        return int((cluster.folder / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_server_of(pid: int, cluster: Cluster) -> bool:
    """Whether that process is this cluster's server, and not one that got its number later."""
    if not Path("/proc/self/cmdline").exists():
        done = subprocess.run(  # noqa: S603 - no shell
            ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
        )
        return b"postgres -D " + os.fsencode(cluster.folder) + b" " in done.stdout
    process = Path(f"/proc/{pid}")
    try:
        program, *arguments = (process / "cmdline").read_bytes().split(b"\0")
        if not program.endswith(b"/postgres"):  # also when it has ended and nobody has noticed
            return False
        if arguments[:2] == [b"-D", os.fsencode(cluster.folder)]:
            return True
        # The data directory was moved while it ran; it works in its cluster, wherever that is.
        return (process / "cwd").samefile(cluster.folder)
    except OSError:  # it is gone, or somebody else's
        return False


def _disown_pid_file(cluster: Cluster, socket_folder: Path) -> None:
    """Let the server start although its old process's number is in use by another process.

    It would take that for a server that still runs. Only the number is replaced: the rest of the
    file tells it of shared memory that processes of the old server may still be writing to.
    """
    pid = _written_pid(cluster)
    if pid is None or _is_server_of(pid, cluster) or not _alive(pid):
        return
    file = cluster.folder / "postmaster.pid"
    _, newline, rest = file.read_text().partition("\n")
    handle = os.open(file, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "w") as written:
        written.write(f"{_NOBODY}{newline}{rest}")
    for name in (SOCKET, f"{SOCKET}.lock"):
        (socket_folder / name).unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
