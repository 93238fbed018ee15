"""The folders of the embedded PostgreSQL: where they are, whose they are, and how they are made.

::

    <data>/                 Fettle's data directory
      postgres/             the cluster, of the user that PostgreSQL runs as
      password              of the role `fettle`; readable by the owner alone
      start.lock            held while the server is made, started or stopped
      users.lock            held, shared, by every process that uses the server
      server.lock           held by every process of the server itself
      server.log            what the server says
      run/                  the socket's folder
      run.path              where that folder is instead, when this path is too long for a socket
      server/               the server's programs, when its user cannot reach the installed ones
"""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from fettle.errors import StoreDamaged, StoreError
from fettle.store import private
from fettle.store.private import Owner
from fettle.store.programs import ENVIRONMENT, as_user, installed_programs, programs_for, reachable

__all__ = ["Cluster", "as_user", "initialise", "installed_programs", "locate", "reachable"]

ROLE = "fettle"
PORT = 5432  # a socket's name needs a number, though nothing listens on it
_ELSEWHERE = "name another folder with --data or FETTLE_DATA"
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
    def keeper(self) -> Owner:
        """Who Fettle's own files belong to: the data directory's owner."""
        found = self.data.stat()
        return Owner(found.st_uid, found.st_gid)

    @property
    def major(self) -> str | None:
        """The major version that made the cluster; None when there is no cluster yet.

        Raises StoreDamaged when there is something else in its place.
        """
        try:
            return (self.folder / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            if not self.folder.exists() or not any(self.folder.iterdir()):
                return None
            raise StoreDamaged(
                f"{self.folder} is not a whole PostgreSQL cluster: it has no PG_VERSION",
                remedy=f"bring it back from a copy, or move {self.data} aside to start afresh",
            ) from None
        except PermissionError as error:
            raise StoreError(
                f"{error.filename} may not be read: it belongs to {owner_of(self.folder)}",
                remedy=f"start Fettle as its owner, or {_ELSEWHERE}",
            ) from error

    @property
    def programs(self) -> Path:
        """The folder of `postgres` and its companions, within reach of the server's user."""
        return programs_for(self.user, self.data / "server")

    def conninfo(self, socket_folder: Path, password: str) -> str:
        """Return libpq's form of the server's address."""
        return make_conninfo(
            host=str(socket_folder),
            port=PORT,
            user=ROLE,
            dbname=ROLE,
            password=password,
            # A server that asks for anything but a proof of the password is not ours.
            require_auth="scram-sha-256",
            # What the environment says of other servers (PGHOSTADDR and its kin) is not meant here.
            hostaddr="",
            options="",
            sslmode="disable",
            gssencmode="disable",
            channel_binding="disable",
            target_session_attrs="any",
        )

    def password(self) -> str:
        """Return the role's password; raises StoreDamaged when it is gone."""
        try:
            if found := self.password_file.read_text().strip():
                return found
        except FileNotFoundError:
            pass
        raise StoreDamaged(
            f"{self.password_file} is missing, and {self.folder} cannot be opened without it",
            remedy="bring it back from a copy of the data directory",
        )


def locate(data: Path) -> Cluster:
    """Return the cluster of a data directory, which is made when there is none.

    Raises StoreError when it belongs to somebody else or cannot be made or reached.
    """
    try:
        data = Path(os.path.realpath(data))
        user = user_for(data)
        if not data.exists():
            if not reachable(data, user):
                raise _out_of_reach(data, user)
            data.mkdir(mode=0o700, parents=True)
            os.chown(data, user.pw_uid, user.pw_gid)
        found = data.stat()
    except OSError as error:
        raise StoreError(
            f"the data directory {data} cannot be made or read: {error.strerror}", remedy=_ELSEWHERE
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{data} is not a folder", remedy=_ELSEWHERE)
    if os.geteuid() not in (0, found.st_uid):
        raise StoreError(
            f"the data directory {data} belongs to {owner_of(data)}",
            remedy=f"start Fettle as that user, or {_ELSEWHERE}",
        )
    if found.st_mode & stat.S_IWOTH:
        raise StoreError(
            f"everybody may write to the data directory {data}", remedy=f"chmod o-w {data}"
        )
    if not reachable(data / "postgres", user):  # as the umask made it
        raise _out_of_reach(data, user)
    return Cluster(data, user)


def initialise(cluster: Cluster, lock: int) -> None:
    """Make the cluster, whole or not at all. Raises StoreError with initdb's reason.

    `lock` is the descriptor of the lock that the caller holds. initdb inherits it: if we are
    killed, initdb goes on, and the next process must not begin beside it.
    """
    making = cluster.data / "postgres.making"
    handed = cluster.data / "postgres.making.password"
    _remove_what_was_begun(cluster)
    owner = Owner(cluster.user.pw_uid, cluster.user.pw_gid)
    password = secrets.token_hex(32)
    try:
        private.write_file(handed, password + "\n", owner)
        _run_initdb(cluster, making, handed, lock)
        private.write_file(making / "pg_hba.conf", _HBA, owner)
        private.write_file(cluster.password_file, password + "\n", cluster.keeper)
        making.rename(cluster.folder)
        private.sync_folder(cluster.data)
    finally:
        _remove_what_was_begun(cluster)


def owner_of(path: Path) -> str:
    """Return the name of a path's owner, for a sentence."""
    uid = path.stat().st_uid
    try:
        return f"the user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"the user {uid}"


def _remove_what_was_begun(cluster: Cluster) -> None:
    shutil.rmtree(cluster.data / "postgres.making", ignore_errors=True)
    (cluster.data / "postgres.making.password").unlink(missing_ok=True)


def user_for(data: Path) -> pwd.struct_passwd:
    """Return the user that PostgreSQL of a data directory runs as; never root."""
    if os.geteuid() != 0:
        return _named(os.geteuid())
    for folder in (data / "postgres", data):
        if folder.exists() and folder.stat().st_uid != 0:
            return _named(folder.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StoreError(
        "PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as",
        remedy="start Fettle as another user",
    )


def _named(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise StoreError(
            f"PostgreSQL needs a user with a name, and the user {uid} has none",
            remedy=f"give the user {uid} a line in /etc/passwd, or start Fettle as another user",
        ) from None


def _out_of_reach(data: Path, user: pwd.struct_passwd) -> StoreError:
    return StoreError(
        f"PostgreSQL cannot run as root, and the user {user.pw_name} cannot reach {data}",
        remedy="name a data directory outside of root's own with --data or FETTLE_DATA, such "
        "as /var/lib/fettle, or start Fettle as another user",
    )


def _run_initdb(cluster: Cluster, folder: Path, password_file: Path, lock: int) -> None:
    if cluster.keeper.uid != cluster.user.pw_uid:
        # It may not make a folder there itself. It could swap nothing there either, so that root
        # gives it nothing but this.
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
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        pass_fds=[lock],
        **as_user(cluster.user),
    )
    if done.returncode:
        said = " ".join(done.stderr.split())[-400:]
        raise StoreError(
            f"the store cannot be made in {cluster.data}: {said}",
            remedy=f"make room, or {_ELSEWHERE}",
        )
