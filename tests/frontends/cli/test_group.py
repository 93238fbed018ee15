"""What every command does: with a reader that has seen enough, and where nothing can be written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fettle.frontends.api.parts import PARTS
from fettle.frontends.cli.group import group
from tests.conftest import FreshDatabase
from tests.frontends.cli.calling import Called, fettle

COMMAND = [sys.executable, "-m", "fettle", "settings"]


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            COMMAND, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)

    assert done.returncode == -signal.SIGPIPE
    assert done.stderr == b""


def test_a_disk_that_is_full_is_said_in_one_message(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            COMMAND, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.returncode == 70
    assert done.stderr.decode().splitlines()[0].startswith("fettle: the disk is full")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_the_caller_has_closed_goes_nowhere(tmp_path: Path, closed: str) -> None:
    command = f'exec "$@" {closed}'
    arguments = ["-m", "fettle", "classify", "--batch"]

    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, *arguments],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_what_is_no_text_is_wrong_usage(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "fettle",
            "issue",
            "note",
            "1",
            b"\xff",
            "--server=http://127.0.0.1:1",
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "FETTLE_TOKEN": "t"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 64
    assert done.stderr == b"fettle: what was typed is not text in UTF-8\n"


def test_who_interrupts_it_while_it_starts_is_told_nothing_of_its_inside(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")  # as if it came just then

    called = fettle("settings", cwd=tmp_path, environ={"PYTHONPATH": str(tmp_path)}, fresh=True)

    assert called == Called(130, "", "")


def test_the_help_lists_every_command_with_a_whole_sentence() -> None:
    context = click.Context(group, info_name="fettle", terminal_width=100)
    listed = group.get_help(context).partition("Commands:\n")[2].partition("\n\n")[0]
    said = dict(line.split(maxsplit=1) for line in listed.splitlines())

    assert list(said) == group.list_commands(context)
    assert all(text[0].isupper() and text.endswith(".") for text in said.values())


def test_the_help_imports_no_command(tmp_path: Path) -> None:
    """Importing them all takes longer than everything else the help does."""
    seen = (
        "import sys, atexit; "
        "atexit.register(lambda: print(*(n for n in sys.modules if '.commands.' in n))); "
        "sys.argv = ['fettle', '--help']; from fettle.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", seen], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == ""


def test_a_plan_of_a_file_imports_no_client(tmp_path: Path) -> None:
    """It asks nobody, and importing one takes a quarter of a second."""
    (tmp_path / "tasks.toml").write_text("", encoding="utf-8")
    seen = (
        "import sys, atexit; "
        "atexit.register(lambda: print('httpx' in sys.modules)); "
        "sys.argv = ['fettle', 'task', 'plan', '--tasks=tasks.toml']; "
        "from fettle.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", seen], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "False"


def test_a_look_where_nothing_is_set_imports_no_pydantic(
    pg18_database: FreshDatabase, tmp_path: Path
) -> None:
    """It takes a third of the time that such a look takes."""
    seen = (
        "import sys, atexit; "
        "atexit.register(lambda: print('pydantic' in sys.modules)); "
        f"sys.argv = ['fettle', 'check', {pg18_database.url!r}]; from fettle.main import run; run()"
    )
    environ = {name: value for name, value in os.environ.items() if "FETTLE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", seen],
        check=False,
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )

    assert done.stdout.splitlines()[-1] == "False"


_SERVERS = {
    "fastapi", "starlette", "uvicorn", "psycopg", "procrastinate", "pydantic", "apprise", "jinja2",
    "sklearn", "cryptography", "fettle.settings", "fettle.store", "fettle.flow", "fettle.engine",
    "fettle.targets", "fettle.unit",
}  # fmt: skip


@pytest.mark.parametrize(
    "call",
    [
        "action list",
        "figures",
        "fix plan main-db drop_unused_index",
        "issue acknowledge 1",
        "issue review 1 --show",
        "issue show 1 --format json",
        "oncall",
        "receiver test pager",
        "report broken",
    ],
)
def test_who_asks_a_server_imports_nothing_of_one(call: str, tmp_path: Path) -> None:
    """Importing what a server is made of takes ten times as long as asking one."""
    seen = (
        "import sys, atexit; "
        f"atexit.register(lambda: print(*sorted({_SERVERS!r} & set(sys.modules)))); "
        f"sys.argv = ['fettle', *{call.split()!r}, '--server=http://127.0.0.1:9', '--token=t']; "
        "from fettle.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", seen],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "http://127.0.0.1:9 does not answer" in done.stderr
    assert done.stdout.splitlines() == [""]


_ELSEWHERE = {
    "apprise", "argon2", "cryptography.x509", "holidays", "jinja2", "markdown_it", "openai",
    "pydantic_ai", "sklearn", "uvicorn", "fettle.frontends.server", "fettle.frontends.web",
    "fettle.frontends.api.doors", "fettle.frontends.api.health",
}  # fmt: skip


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        ("figures", {"figures"}),
        ("issue note 1 seen", {"issues", "moves"}),
        ("oncall", {"people"}),
        ("report broken", {"issues", "reports"}),
        ("silence list", {"silences"}),
        ("user list", {"users"}),
    ],
)
def test_who_asks_the_store_makes_the_parts_of_the_api_that_they_ask(
    call: str, needed: set[str], store_environ: dict[str, str], tmp_path: Path
) -> None:
    """Making the whole server takes longer than everything else that such a command does."""
    seen = (
        "import sys, atexit; "
        f"atexit.register(lambda: print(*sorted({_ELSEWHERE!r} & set(sys.modules)))); "
        f"made = [(n, 'fettle.frontends.api.' + n) for n in {list(PARTS)!r}]; "
        "atexit.register(lambda: print(*(n for n, m in made if m in sys.modules))); "
        f"sys.argv = ['fettle', *{call.split()!r}]; from fettle.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", seen],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **store_environ},
        capture_output=True,
        text=True,
        check=False,
    )

    *_, made, elsewhere = done.stdout.splitlines()
    assert set(made.split()) == needed, done.stderr
    assert elsewhere == ""


@pytest.mark.parametrize(
    "call",
    [
        "backup copy",
        "classify broken",
        "audit",
        "explain index_unused",
        "fix list",
        "heartbeat list",
        "learnt show",
        "new check late_jobs",
        "settings",
        "token list",
    ],
)
def test_a_command_imports_what_it_needs(
    call: str, store_environ: dict[str, str], tmp_path: Path
) -> None:
    """In a process that has imported nothing yet."""
    called = fettle(*call.split(), cwd=tmp_path, environ=store_environ, fresh=True)

    assert called.code == 0, called.err
