"""PgBouncer in front of a server, as Debian packs it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.store.conftest import wait_for
from tests.store.processes import running, unprivileged

PORT = 6432


@contextmanager
def pooled(address: str, folder: Path, **settings: object) -> Iterator[str]:
    """Give the address of a pooler in front of `address`; `settings` are PgBouncer's."""
    own = unprivileged()
    os.chown(folder, own.pw_uid, own.pw_gid)
    behind = conninfo_to_dict(address)
    database = " ".join(f"{key}={behind[key]}" for key in ("host", "port", "user", "password"))
    settings |= {"unix_socket_dir": folder, "listen_port": PORT, "auth_type": "any"}
    lines = [f"{key} = {value}" for key, value in settings.items()]
    (folder / "bouncer.ini").write_text(
        "\n".join(["[databases]", f"store = dbname={behind['dbname']} {database}", "[pgbouncer]"])
        + "\n"
        + "\n".join([*lines, ""])
    )
    (folder / "bouncer.ini").chmod(0o644)
    with running(["/usr/sbin/pgbouncer", str(folder / "bouncer.ini")], folder):
        wait_for(lambda: _listens(folder / f".s.PGSQL.{PORT}"))
        yield f"host={folder} port={PORT} dbname=store user=anybody"


def _listens(path: Path) -> bool:
    """Whether somebody takes calls there; the file is there a moment earlier."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def warm(address: str, servers: int) -> None:
    """Let the pooler open that many servers, all idle afterwards."""
    clients = [psycopg.connect(address) for _ in range(servers)]
    for client in clients:
        client.execute("SELECT 1")
    for client in clients:
        client.close()
