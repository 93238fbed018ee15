"""The folder of the embedded server's socket: the server's user alone may enter it.

A socket's path may have 107 bytes on Linux and 103 on macOS. Where the data directory's is longer,
the folder is a short one among the temporary files, and `run.path` in the data directory says
where: other processes may have another TMPDIR.
"""

import os
import re
import stat
import tempfile
from pathlib import Path

from fettle.errors import StoreError
from fettle.store import private
from fettle.store.cluster import PORT, Cluster, reachable

SOCKET = f".s.PGSQL.{PORT}"
_LONGEST_PATH = 100
# libpq and PostgreSQL both split lists of hosts and folders at commas.
_PLAIN = re.compile(r"[\w./ +~@=:-]+", re.ASCII)


def find(cluster: Cluster) -> Path | None:
    """Return where the socket of a running server would be; None when it cannot be anywhere."""
    here = cluster.data / "run"
    if _holds_a_socket(here):
        return here
    try:
        folder, _, data = _record(cluster).read_text().strip().partition("\n")
    except FileNotFoundError:
        return None
    # In a copy of a data directory stands where the socket of the original is.
    return Path(folder) if data == str(cluster.data) else None


def prepare(cluster: Cluster) -> Path:
    """Return the socket's folder, made when it is not there; raises StoreError."""
    folder = find(cluster)
    if folder is None or not (folder.parent == cluster.data or _is_ours(folder, cluster)):
        folder = Path(tempfile.mkdtemp(prefix="fettle-", dir=_short_folder(cluster)))
        os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid)
        private.write_file(_record(cluster), f"{folder}\n{cluster.data}\n", cluster.keeper)
        return folder
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid, follow_symlinks=False)
    if not _is_ours(folder, cluster):
        raise StoreError(f"{folder} is not a private folder of Fettle's", remedy=f"rm -r {folder}")
    return folder


def remove(cluster: Cluster) -> None:
    """Remove a folder among the temporary files, and its record, when the server has ended."""
    folder = find(cluster)
    if folder is None or folder.parent == cluster.data or not _is_ours(folder, cluster):
        return
    for name in (SOCKET, f"{SOCKET}.lock"):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()
    _record(cluster).unlink(missing_ok=True)


def _record(cluster: Cluster) -> Path:
    return cluster.data / "run.path"


def _is_ours(folder: Path, cluster: Cluster) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    private_to_us = not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return stat.S_ISDIR(found.st_mode) and private_to_us and found.st_uid == cluster.user.pw_uid


def _short_folder(cluster: Cluster) -> str:
    for folder in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes a private one in it
        made = Path(folder) / "fettle-12345678"
        if _holds_a_socket(made) and reachable(made / SOCKET, cluster.user):
            return folder
    raise StoreError(
        f"the path {cluster.data} is too long for a socket, and so is TMPDIR",
        remedy="name a folder with a shorter path with --data or FETTLE_DATA",
    )


def _holds_a_socket(folder: Path) -> bool:
    path = os.fsencode(folder / SOCKET)
    return len(path) <= _LONGEST_PATH and _PLAIN.fullmatch(str(folder)) is not None
