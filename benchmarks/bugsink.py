"""Bugsink as its own documentation has it on one server, for the benchmarks.

It is installed from PyPI into an environment of its own, keeps all in SQLite, is served by
gunicorn, and digests in its worker, snappea. All of it is gone afterwards.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.house import until
from tests.servers import free_port

WEB_PROCESSES = 4
_INSTALLED_WITHIN_S = 300
# Its quotas are so high that none is met, it calls nobody, and is asked without a proxy before it.
_SETTINGS = """
PLENTY = 10**9
BUGSINK["BASE_URL"] = "http://127.0.0.1:{port}"
BUGSINK["PHONEHOME"] = False
BUGSINK["MAX_EVENTS_PER_PROJECT_PER_5_MINUTES"] = BUGSINK["MAX_EVENTS_PER_5_MINUTES"] = PLENTY
BUGSINK["MAX_EVENTS_PER_PROJECT_PER_HOUR"] = BUGSINK["MAX_EVENTS_PER_HOUR"] = PLENTY
BUGSINK["MAX_EVENTS_PER_PROJECT_PER_MONTH"] = BUGSINK["MAX_EVENTS_PER_MONTH"] = PLENTY
ALLOWED_HOSTS = ["127.0.0.1"]
SECURE_PROXY_SSL_HEADER = None
USE_X_REAL_IP = False
"""
_PROJECT = (
    "from projects.models import Project; p = Project.objects.create(name='shop', slug='shop'); "
    "print(p.id, p.sentry_key.hex)"
)


class NotInstalled(Exception):
    """It cannot be installed here."""


@dataclass(frozen=True)
class Bugsink:
    """One that is up: its version, its address for envelopes, its key, what serves and digests."""

    version: str
    door: str
    key: str
    processes: tuple[int, ...]
    database: Path

    def digested(self) -> int:
        """Return how many events are of an issue."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as connection:
            ((number,),) = connection.execute(
                "SELECT count(*) FROM events_event WHERE issue_id IS NOT NULL"
            )
        connection.close()
        return int(number)


@contextmanager
def installed() -> Iterator[Path]:
    """Give a folder with it; raises NotInstalled before anything is given, which says why."""
    with tempfile.TemporaryDirectory(prefix="bugsink-") as name:
        folder = Path(name)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
            _said(folder, "pip", "install", "--quiet", "bugsink")
        except (subprocess.SubprocessError, OSError) as error:
            raise NotInstalled("pip cannot install it") from error
        yield folder


@contextmanager
def up(folder: Path) -> Iterator[Bugsink]:
    """Have it up, in a folder with it."""
    port = free_port()
    project, key = _set_up(folder, port)
    bind = [f"--bind=127.0.0.1:{port}", f"--workers={WEB_PROCESSES}", "--timeout=60"]
    commands = (["gunicorn", *bind, "bugsink.wsgi"], ["bugsink-runsnappea"])
    with ExitStack() as stack:
        processes = [stack.enter_context(_running(folder, command)) for command in commands]
        until(lambda: _answers(f"http://127.0.0.1:{port}/health/ready"))
        yield Bugsink(
            _said(folder, "pip", "list", "--format=freeze").partition("bugsink==")[2].split()[0],
            f"http://127.0.0.1:{port}/api/{project}/envelope/",
            key,
            tuple(processes),
            folder / "db.sqlite3",
        )


def _set_up(folder: Path, port: int) -> tuple[str, str]:
    """Make its settings, its databases and a project; return the project's number and key."""
    _said(folder, "bugsink-create-conf", "--template=singleserver", f"--base-dir={folder}")
    with (folder / "bugsink_conf.py").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS.format(port=port))
    _said(folder, "bugsink-manage", "migrate")
    _said(folder, "bugsink-manage", "migrate", "snappea", "--database=snappea")
    project, key = _said(folder, "bugsink-manage", "shell", "-c", _PROJECT).split()[-2:]
    return project, key


def _said(folder: Path, program: str, *words: str) -> str:
    done = subprocess.run(
        [folder / "venv" / "bin" / program, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=_INSTALLED_WITHIN_S,
        cwd=folder,
        env=_environment(folder),
    )
    return done.stdout


@contextmanager
def _running(folder: Path, command: list[str]) -> Iterator[int]:
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [folder / "venv" / "bin" / command[0], *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=_environment(folder),
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "bugsink_conf"}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
