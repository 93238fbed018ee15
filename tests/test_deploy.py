"""What is shipped to run Fettle with names only what there is, and is what its programs accept."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fettle.frontends.cli.group import group
from fettle.settings import Settings
from fettle.settings.described import described

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def joined(text: str) -> str:
    """Return a text with its continued lines as one, without comments."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return re.sub(r"\\\n\s*", "", "\n".join(lines))


def calls(text: str) -> Iterator[list[str]]:
    """Yield the calls of our program in a text, as its arguments."""
    for line in joined(text).splitlines():
        if match := re.search(r"(?:/opt/fettle/bin/|exec ops )fettle ([a-z].*)", line):
            yield shlex.split(match[1])


def understood(arguments: list[str]) -> None:
    """Let the command line read arguments; it raises where it does not know one."""
    context = click.Context(group)
    command = group.get_command(context, arguments[0])
    assert command is not None, arguments
    rest = arguments[1:]
    if isinstance(command, click.Group):
        command, rest = command.get_command(context, rest[0]), rest[1:]
        assert command is not None, arguments
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    unknown = [word for word in rest if word.startswith("-") and word not in options]
    assert not unknown, arguments


CALLS = [call for text in (*(unit.read_text() for unit in UNITS), GUIDE) for call in calls(text)]


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_calls_are_understood(call: list[str]) -> None:
    understood(call)


def test_there_are_calls_to_understand() -> None:
    assert {call[0] for call in CALLS} >= {"up", "worker", "token", "backup", "restore"}


def test_the_container_starts_with_what_is_understood() -> None:
    (entry,) = re.findall(r"^ENTRYPOINT \[\"(.+)\"\]", CONTAINERFILE, re.MULTILINE)
    (command,) = re.findall(r"^CMD (\[.+\])", CONTAINERFILE, re.MULTILINE)
    (port,) = re.findall(r"^EXPOSE (\d+)", CONTAINERFILE, re.MULTILINE)

    assert entry == "/opt/fettle/bin/fettle"
    understood(re.findall(r'"([^"]+)"', command))
    assert f"127.0.0.1:{port}/readyz" in CONTAINERFILE
    up = group.get_command(click.Context(group), "up")
    assert up is not None
    (option,) = (one for one in up.params if one.name == "port")
    assert str(option.default) == port


def test_the_container_runs_as_nobody_in_particular() -> None:
    last = CONTAINERFILE.rpartition("\nFROM ")[2]

    (user,) = re.findall(r"^USER (\w+)", last, re.MULTILINE)
    assert user == "fettle"
    assert re.search(r"^STOPSIGNAL SIGTERM$", last, re.MULTILINE)
    assert re.search(r"^VOLUME /var/lib/fettle$", last, re.MULTILINE)


def test_what_the_container_copies_is_there() -> None:
    ignored = (ROOT / ".containerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", joined(CONTAINERFILE), re.MULTILINE)

    for path in (Path(word) for words in copied for word in words.split()):
        assert (ROOT / path).exists(), path
        assert f"!{path.parts[0]}" in ignored, path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_variables_that_are_set_are_settings(file: Path) -> None:
    known = {f"FETTLE_{entry.name.replace('.', '__').upper()}" for entry in described(Settings())}

    named = set(re.findall(r"\bFETTLE_\w+", file.read_text()))
    assert named <= known | {"FETTLE_DATA"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_address_of_anybody_is_named(file: Path) -> None:
    hosts = re.findall(r"https?://([\w.-]+)", file.read_text())

    assert {host for host in hosts if not host.endswith("example")} <= {"127.0.0.1", "fettle"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_its_units_and_finds_them_confined(unit: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("fettle")
    here = tmp_path / unit.name.replace("@", "@db-host")
    here.write_text(unit.read_text().replace("/opt/fettle/bin/fettle", str(program)))

    def analyze(*arguments: str) -> None:
        done = subprocess.run(
            ["systemd-analyze", "--no-pager", *arguments, str(here)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert unit.name.partition(".")[0] not in done.stderr, done.stderr

    analyze("verify", "--man=no", "--recursive-errors=no")
    analyze("security", "--offline=true", "--threshold=20")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_given_the_time_that_stopping_takes(unit: Path) -> None:
    text = unit.read_text()

    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    parts = [int(part) for part in re.findall(r"(\d+) s\b", text.partition("at worst")[2])]
    assert int(seconds) > sum(parts) + Settings().server.drain.total_seconds()
    assert f"--stop-timeout {seconds}" in GUIDE
