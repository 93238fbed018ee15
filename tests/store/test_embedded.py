"""The embedded server, started, killed, frozen and left behind for real."""

import os
import signal
import socket
import subprocess
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from fettle.errors import StoreDamaged, StoreError, StoreUnreachable
from fettle.store import cluster as folders
from fettle.store import postmaster, server_log
from fettle.store.embedded import Patience, acquire, made
from fettle.store.file_lock import FileLock
from fettle.store.private import Owner
from fettle.store.server_log import ServerLog
from tests.store.conftest import copied, wait_for
from tests.store.disk import mode
from tests.store.processes import User, ask, lives, running, server_pid, unprivileged

IMPATIENT = Patience(silence=timedelta(seconds=1), standstill=timedelta(seconds=1))

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to have other users")


# Making it


def test_a_fresh_store_listens_on_its_socket_alone_and_wants_the_password(folder: Path) -> None:
    assert not made(folder / "data")
    with acquire(folder / "data") as server:
        assert made(folder / "data")
        settings = dict(ask(server.conninfo, "SELECT name, setting FROM pg_settings"))
        rules = ask(server.conninfo, "SELECT type, auth_method FROM pg_hba_file_rules")
        provider = ask(server.conninfo, "SELECT datlocprovider, datlocale FROM pg_database")
    assert settings["listen_addresses"] == ""
    assert settings["data_checksums"] == "on"
    assert settings["unix_socket_permissions"] == "0700"
    assert rules == [("local", "scram-sha-256")]
    assert set(provider) == {("b", "C.UTF-8")}


def test_nobody_comes_in_without_the_password(data: Path) -> None:
    with acquire(data) as server:
        own = conninfo_to_dict(server.conninfo)
        nothing = f"host='{own['host']}' user=fettle dbname=fettle"
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(nothing)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(f"{nothing} password=fettle")


@as_root
def test_another_user_does_not_reach_the_socket(data: Path) -> None:
    with acquire(data):
        os.seteuid(65534)
        try:
            with (
                socket.socket(socket.AF_UNIX) as attempt,
                pytest.raises(PermissionError),
            ):
                attempt.connect(str(data / "run" / ".s.PGSQL.5432"))
        finally:
            os.seteuid(0)


def test_the_password_is_in_no_argument_no_environment_and_no_log(folder: Path) -> None:
    seen: set[bytes] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        seen.add((process / name).read_bytes())
                    except OSError:
                        continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        with acquire(folder / "data") as server:
            password = conninfo_to_dict(server.conninfo)["password"]
            ask(server.conninfo, "SELECT 1")
    finally:
        ended.set()
        watcher.join()
    told = b"".join(seen)
    assert b"--pwfile" in told, "initdb was not seen"
    assert str(password).encode() not in told
    assert str(password) not in (folder / "data" / "server.log").read_text()


def test_what_the_environment_says_of_other_servers_is_not_meant(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    monkeypatch.setenv("PGCHANNELBINDING", "require")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    with acquire(data) as server:
        assert ask(server.conninfo, "SHOW statement_timeout") == [("0",)]


@pytest.mark.parametrize(
    "name", ["a path, with commas", "quotes ' and \"", "grün", "long" * 40, "%s $HOME"]
)
def test_any_path_will_do(folder: Path, made: Path, name: str) -> None:
    data = copied(made, folder / name)
    with acquire(data) as server:
        assert ask(server.conninfo, "SELECT 1") == [(1,)]


def test_with_a_long_path_others_find_the_socket_and_nothing_is_left(
    folder: Path, made: Path
) -> None:
    data = copied(made, folder / ("long" * 40))
    (folder / "tmp").mkdir()
    other = User(data, {"TMPDIR": str(folder / "tmp")})
    with acquire(data) as server:
        host = Path(str(conninfo_to_dict(server.conninfo)["host"]))
        assert other.conninfo() == server.conninfo
        assert mode(host) == 0o700
        other.end()
    assert not host.exists()
    assert not (data / "run.path").exists()


def test_a_copy_of_a_running_store_is_another_store(folder: Path, made: Path) -> None:
    data = copied(made, folder / ("long" * 40))
    with acquire(data):
        copy = copied(data, folder / ("copy" * 40))
        with acquire(copy) as server:
            assert ask(server.conninfo, "SHOW data_directory") == [(str(copy / "postgres"),)]


# Using it together


def test_two_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    data = folder / "data"
    first, second = User(data), User(data)
    assert first.conninfo() == second.conninfo()
    pid = server_pid(data)
    first.end()
    assert lives(pid)
    second.end()
    assert not lives(pid)


def test_who_started_it_may_end_first(data: Path) -> None:
    other = None
    with acquire(data):
        other = User(data)
        conninfo = other.conninfo()
        pid = server_pid(data)
    assert ask(conninfo, "SELECT 1") == [(1,)]
    # The server is our child, and we are still there: it must not be taken for alive.
    other.end()
    assert not lives(pid)


def test_a_killed_process_holds_nobody_up(data: Path) -> None:
    killed = User(data)
    killed.conninfo()
    pid = server_pid(data)
    killed.kill()
    assert lives(pid)
    with acquire(data):
        assert server_pid(data) == pid
    wait_for(lambda: not lives(pid))


def test_a_process_killed_while_making_the_store_leaves_nothing(folder: Path) -> None:
    data = folder / "data"
    killed = User(data)
    wait_for((data / "postgres.making" / "global").exists)
    killed.kill()
    assert not (data / "postgres").exists()
    with acquire(data) as server:
        assert ask(server.conninfo, "SELECT 1") == [(1,)]
    assert not list(data.glob("postgres.making*"))


# Finding it


def test_a_killed_server_is_started_again_with_what_was_committed(data: Path) -> None:
    with acquire(data) as server:
        session = psycopg.connect(server.conninfo, autocommit=True)
        session.execute("CREATE TABLE kept AS SELECT 1 AS one")
        session.execute("SELECT pg_backend_pid()")
        os.kill(server_pid(data), signal.SIGKILL)
        with acquire(data) as again:
            assert ask(again.conninfo, "SELECT one FROM kept") == [(1,)]
        session.close()


def test_a_pid_file_of_before_a_reboot_is_not_believed(folder: Path, data: Path) -> None:
    with acquire(data):
        _, _, rest = (data / "postgres" / "postmaster.pid").read_text().partition("\n")
    with running(["sleep", "600"], folder) as stranger:
        (data / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{rest}")
        (data / "run" / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        (data / "run" / ".s.PGSQL.5432").touch()
        with acquire(data) as server:
            assert ask(server.conninfo, "SELECT 1") == [(1,)]
        assert stranger.poll() is None


def test_a_frozen_server_is_an_error_and_not_a_wait(data: Path) -> None:
    with acquire(data):
        pid = server_pid(data)
        os.kill(pid, signal.SIGSTOP)
        try:
            with (
                pytest.raises(StoreUnreachable, match="says nothing") as caught,
                acquire(data, IMPATIENT),
            ):
                pass
        finally:
            os.kill(pid, signal.SIGCONT)
        assert str(pid) in str(caught.value.remedy)
        with acquire(data) as server:
            assert ask(server.conninfo, "SELECT 1") == [(1,)]


def test_a_server_whose_socket_was_removed_is_replaced_once_nobody_uses_it(data: Path) -> None:
    user = User(data)
    user.conninfo()
    pid = server_pid(data)
    (data / "run" / ".s.PGSQL.5432").unlink()
    with pytest.raises(StoreUnreachable, match="its socket is gone"), acquire(data, IMPATIENT):
        pass
    user.kill()
    with acquire(data, IMPATIENT):
        assert server_pid(data) != pid


def test_a_server_is_not_started_beside_one_that_is_out_of_sight(data: Path) -> None:
    with acquire(data):
        pass
    # The lock is what is left to see of a server in another container.
    with closing(FileLock(data / "server.lock", Owner(os.geteuid(), os.getegid()))) as elsewhere:
        wait_for(elsewhere.take)  # the server's last process goes a moment after it has stopped
        with pytest.raises(StoreUnreachable, match="an earlier server") as caught:
            acquire(data, IMPATIENT).__enter__()
    assert "container" in str(caught.value.remedy)


def test_a_record_of_a_socket_is_not_replaced_beside_a_server_out_of_sight(
    folder: Path, made: Path
) -> None:
    data = copied(made, folder / ("long" * 40))
    with closing(FileLock(data / "server.lock", Owner(os.geteuid(), os.getegid()))) as elsewhere:
        assert elsewhere.take()
        with pytest.raises(StoreUnreachable, match="an earlier server"):
            acquire(data, IMPATIENT).__enter__()
    assert not (data / "run.path").exists()


def test_the_server_holds_its_lock_for_as_long_as_it_runs(data: Path) -> None:
    with (
        acquire(data),
        closing(FileLock(data / "server.lock", Owner(os.geteuid(), os.getegid()))) as lock,
    ):
        assert not lock.take()
        pid = server_pid(data)
        os.kill(pid, signal.SIGKILL)
        wait_for(lock.take)
    with acquire(data):  # it frees the shared memory of the killed one
        pass


def recovering(data: Path, command: str) -> None:
    """Let the server's next start take time, as a long crash recovery does."""
    (data / "postgres" / "recovery.signal").touch()
    with (data / "postgres" / "postgresql.auto.conf").open("a") as file:
        file.write(f"restore_command = '{command}'\nlog_min_messages = 'debug1'\n")
    owner = unprivileged()
    os.chown(data / "postgres" / "recovery.signal", owner.pw_uid, owner.pw_gid)


def test_a_long_recovery_is_waited_for(data: Path) -> None:
    recovering(data, "sleep 0.5; false")
    patience = Patience(silence=timedelta(seconds=0.1))
    with acquire(data, patience) as server:
        assert ask(server.conninfo, "SELECT 1") == [(1,)]
    assert "the database system is" in (data / "server.log").read_text()


def test_a_recovery_that_stands_still_is_an_error(data: Path) -> None:
    recovering(data, "sleep 60; false")
    with pytest.raises(StoreUnreachable, match="makes no progress"), acquire(data, IMPATIENT):
        pass


# What cannot be used


def test_a_cluster_of_another_version_is_refused_with_the_way_out(data: Path) -> None:
    (data / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(StoreError, match=r"PostgreSQL 17.*PostgreSQL 18") as caught, acquire(data):
        pass
    assert "fettle backup DIR" in str(caught.value.remedy)
    assert "fettle restore DIR" in str(caught.value.remedy)


def test_a_lost_password_is_told(data: Path) -> None:
    (data / "password").unlink()
    with pytest.raises(StoreDamaged, match="password is missing"), acquire(data):
        pass
    (data / "password").write_text("another\n")
    with pytest.raises(StoreError, match="refuses the password"), acquire(data):
        pass


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    with (data / "postgres" / "postgresql.conf").open("a") as file:
        file.write("shared_preload_libraries = 'missing'\n")
    with pytest.raises(StoreError, match='could not access file "missing"'), acquire(data):
        pass


# Its log


def test_the_log_is_kept_short(data: Path) -> None:
    with (data / "server.log").open("ab") as log:
        log.write(b"chatter\n" * (server_log.LARGEST // 4))
    with acquire(data) as server:
        ask(server.conninfo, "SELECT pg_reload_conf()")
        wait_for(lambda: "SIGHUP" in (data / "server.log").read_text())
    assert (data / "server.log").stat().st_size < server_log.LARGEST
    assert (data / "server.log.1").stat().st_size <= server_log.LARGEST


def test_the_last_words_are_the_reason(folder: Path) -> None:
    log = ServerLog(folder / "log", Owner(os.geteuid(), os.getegid()))
    log.path.write_text(
        "2026-01-01 UTC [1] FATAL:  of an earlier start\n"
        "2026-01-01 UTC [2] LOG:  starting\n"
        "2026-01-01 UTC [2] FATAL:  no room\n"
        "2026-01-01 UTC [3] FATAL:  the database system is starting up\n"
        "2026-01-01 UTC [2] LOG:  stopping\n"
    )
    assert log.last_words(46) == "FATAL:  no room"
    assert log.last_words(log.size) == "it said nothing"


def test_a_process_that_is_not_the_server_is_not_taken_for_it(data: Path) -> None:
    cluster = folders.locate(data)
    assert postmaster.running(cluster) is None
    # Somebody who looks around in there, and got the old server's number.
    with subprocess.Popen(["sleep", "600"], cwd=data / "postgres") as process:
        (data / "postgres" / "postmaster.pid").write_text(f"{process.pid}\n")
        assert postmaster.running(cluster) is None
        process.kill()
        wait_for(lambda: not lives(process.pid))  # a zombie, until it is waited for
        assert postmaster.running(cluster) is None
