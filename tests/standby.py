"""A primary with a standby that follows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tests import servers
from tests.planted.background import wait_until
from tests.servers import Server


@dataclass(frozen=True)
class Pair:
    """A primary and its standby."""

    primary: Server
    standby: Server

    def caught_up(self) -> None:
        """Wait until the standby has replayed everything."""
        wait_until(
            self.primary,
            "SELECT bool_and(replay_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication",
        )

    @contextmanager
    def replay_paused(self) -> Iterator[None]:
        """Let the standby receive two mebibytes and replay nothing of them."""
        self.standby.run("SELECT pg_wal_replay_pause()")
        try:
            self.primary.run(
                "CREATE TABLE filling AS SELECT repeat('x', 1000) AS a"
                " FROM generate_series(1, 2100)",
                "DROP TABLE filling",
            )
            wait_until(
                self.primary,
                "SELECT bool_and(flush_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication",
            )
            yield
        finally:
            self.standby.run("SELECT pg_wal_replay_resume()")

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Let the standby look for its primary where nobody is."""
        receives = "SELECT count(*) = {} FROM pg_stat_wal_receiver"
        nowhere = f"host=127.0.0.1 port={servers.free_port()} connect_timeout=2"
        there = f"ALTER SYSTEM SET primary_conninfo = '{self.address}'"
        gone = f"ALTER SYSTEM SET primary_conninfo = '{nowhere}'"
        self.standby.run(gone, "SELECT pg_reload_conf()")
        try:
            wait_until(self.standby, receives.format(0))
            yield
        finally:
            self.standby.run(there, "SELECT pg_reload_conf()")
            wait_until(self.standby, receives.format(1))

    @property
    def address(self) -> str:
        """Where the standby finds its primary."""
        return f"host=127.0.0.1 port={self.primary.port} user=postgres"


@contextmanager
def followed(major: int) -> Iterator[Pair]:
    """Make a primary and a standby of it; npm's packages lack pg_basebackup."""
    with servers.serve(major) as primary:
        standby = replace(primary, folder=primary.folder / "standby", port=servers.free_port())
        source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres"]
        standby.tool("pg_basebackup", *source, "--checkpoint=fast", "--write-recovery-conf")
        with (standby.data / "postgresql.auto.conf").open("a") as file:
            file.write(f"port = {standby.port}\nunix_socket_directories = '{standby.folder}'\n")
        standby.control("start")
        try:
            wait_until(
                primary, "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'"
            )
            yield Pair(primary, standby)
        finally:
            standby.control("-m", "immediate", "stop")
