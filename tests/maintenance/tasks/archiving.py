"""A server whose log pgBackRest and Barman keep, for tests of what verifies backups."""

import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.maintenance.tasks.backing_up import Shop, run, scratch_root, shop_of
from tests.servers import Server, serve

_KEY = "PGBACKREST_REPO1_CIPHER_PASS"


@dataclass(frozen=True)
class Archive:
    """A server whose log is kept by both, and where each has its configuration."""

    shop: Shop
    pgbackrest: Path
    barman: Path

    def by_pgbackrest(self) -> dict[str, object]:
        """Let pgBackRest back it up; return that backup, whose key is `key`."""
        self._as_owner(*self._pgbackrest, "backup")
        told = {"kind": "pgbackrest", "path": None, "stanza": "main"}
        return {**told, "config": str(self.pgbackrest), "passphrase": "key"}

    def by_barman(self) -> dict[str, object]:
        """Let Barman back it up; return that backup."""
        self.archived()
        self._as_owner("barman", "--config", str(self.barman), "backup", "main")
        self.archived()
        return {"kind": "barman", "path": None, "server": "main", "config": str(self.barman)}

    def archived(self) -> None:
        """Let both have the log of all that was written so far."""
        words = ["barman", "--config", str(self.barman)]
        self._as_owner(*words, "switch-wal", "--force", "--archive", "main")

    def prepare(self) -> None:
        """Make what pgBackRest keeps backups in."""
        self._as_owner(*self._pgbackrest, "stanza-create")

    @property
    def _pgbackrest(self) -> list[str]:
        return ["pgbackrest", f"--config={self.pgbackrest}", "--stanza=main"]

    def _as_owner(self, *words: str) -> None:
        """Run a program as the user that the server runs as."""
        told = {"HOME": str(self.shop.folder), _KEY: "key"}
        run(words, told, user=owner_of(self.shop.server))


@contextmanager
def archiving() -> Iterator[Archive]:
    """Serve a shop's database, and keep its log."""
    with scratch_root() as folder, _serve(folder) as server:
        with shop_of(server, folder) as shop:
            made = Archive(shop, folder / "pgbackrest.conf", folder / "barman.conf")
            repository = f"[global]\nrepo1-path={folder}/repository\nlock-path={folder}\n"
            repository += f"log-path={folder}\nrepo1-cipher-type=aes-256-cbc\nstart-fast=y\n"
            repository += "job-retry=0\n"
            repository += f"[main]\npg1-path={server.data}\npg1-port={server.port}\n"
            made.pgbackrest.write_text(repository + f"pg1-socket-path={server.socket_folder}\n")
            told = f"[barman]\nbarman_home={folder}/barman\nbarman_user={owner_of(server).pw_name}"
            told += f"\nlog_file={folder}/barman.log\n[main]\ndescription=main\narchiver=on\n"
            told += f"conninfo={server.conninfo}\nstreaming_conninfo={server.conninfo}\n"
            told += f"backup_method=postgres\npath_prefix={server.programs}\n"
            made.barman.write_text(told)
            made.prepare()
            yield made
        shutil.rmtree(folder)
        folder.mkdir()


@contextmanager
def _serve(folder: Path) -> Iterator[Server]:
    """Serve PostgreSQL 15, whose log goes where both look for it."""
    incoming = folder / "barman" / "main" / "incoming"
    command = (
        f"cp %p {incoming}/%f && {_KEY}=key pgbackrest --config={folder}/pgbackrest.conf "
        "--stanza=main archive-push %p"
    )
    incoming.mkdir(parents=True)
    (folder / "repository").mkdir()
    with serve(15, archive_mode="on", archive_command=command) as server:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, owner_of(server).pw_uid, owner_of(server).pw_gid)
        yield server


def owner_of(server: Server) -> pwd.struct_passwd:
    """Return the user that a server runs as."""
    return pwd.getpwuid(server.data.stat().st_uid)
