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


# What each drop-in for updates opens: how exposed systemd finds the worker with it, of 100.
DROP_INS = {"updates-projects.conf": 35, "updates-packages.conf": 95}


def with_drop_in(name: str, folder: Path) -> Path:
    """Lay a worker's unit down with a drop-in, and return where it is."""
    unit = (DEPLOY / "systemd" / "fettle-worker@.service").read_text()
    here = folder / "fettle-worker@db-host.service"
    here.write_text(unit.replace("/opt/fettle/bin/fettle", "/bin/true"))
    drop_in = folder / f"{here.name}.d" / "updates.conf"
    drop_in.parent.mkdir()
    drop_in.write_text((DEPLOY / "systemd" / name).read_text())
    return here


@pytest.mark.parametrize("name", DROP_INS)
def test_systemd_accepts_what_lets_workers_apply_updates(name: str, tmp_path: Path) -> None:
    here = with_drop_in(name, tmp_path)
    for words in (
        ["verify", "--man=no", "--recursive-errors=no"],
        ["security", "--offline=true", f"--threshold={DROP_INS[name]}"],
    ):
        done = subprocess.run(
            ["systemd-analyze", "--no-pager", *words, str(here)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "updates.conf" not in done.stderr, done.stderr


def test_all_drop_ins_are_tried() -> None:
    assert {path.name for path in (DEPLOY / "systemd").glob("*.conf")} == {*DROP_INS}


# Each of these lets nobody become another user, and so sudo fails, where a unit names a user; see
# NoNewPrivileges in systemd.exec(5).
_AS_IF_NO_NEW_PRIVILEGES = (
    "SystemCallFilter", "SystemCallArchitectures", "RestrictAddressFamilies", "RestrictNamespaces",
    "PrivateDevices", "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs",
    "ProtectClock", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "ProtectHostname",
    "NoNewPrivileges",
)  # fmt: skip


def test_nothing_of_the_unit_keeps_a_worker_for_packages_from_sudo() -> None:
    text = (DEPLOY / "systemd" / "updates-packages.conf").read_text()
    said = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"\w+=", line))

    assert {said[name] for name in _AS_IF_NO_NEW_PRIVILEGES} <= {"no", ""}
    assert said["KillMode"] == "process", "apt comes to its end"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_given_the_time_that_stopping_takes(unit: Path) -> None:
    text = unit.read_text()

    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    parts = [int(part) for part in re.findall(r"(\d+) s\b", text.partition("at worst")[2])]
    assert int(seconds) > sum(parts) + Settings().server.drain.total_seconds()
    assert f"--stop-timeout {seconds}" in GUIDE
