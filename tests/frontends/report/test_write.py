"""Where a report goes, in which format, and what is loaded for it."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fettle.errors import WrongUsage
from fettle.frontends.report.write import FORMATS, report
from tests.frontends.report.sample import HEALTHY, SAMPLE

ROOT = Path(__file__).parents[3]
CALL = """
import sys
from pathlib import Path
from fettle.frontends.report.write import report
from tests.frontends.report.sample import SAMPLE
report([SAMPLE], sys.argv[1], None, verbose=False)
loaded = {name.rpartition(".")[2] for name in sys.modules if name.startswith("fettle.frontends")}
print(sorted({"rich"} & set(sys.modules) | loaded), file=sys.stderr)
"""


def call(form: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", CALL, form],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        check=True,
    )


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        report([HEALTHY], "json", pipe, verbose=False)
        said = os.read(reading, 65536)
    finally:
        os.close(reading)

    assert json.loads(said)["status"] == "ok"
    assert pipe.is_fifo()


def test_a_link_and_the_rights_of_a_file_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "report.json", tmp_path / "latest.json"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file)

    report([HEALTHY], "json", link, verbose=False)

    assert link.is_symlink()
    assert json.loads(file.read_text())["status"] == "ok"
    assert file.stat().st_mode & 0o777 == 0o600


def on_a_terminal(**environ: str) -> str:
    """Return what a terminal is sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, "text"],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environ},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    sent = b""
    until = time.monotonic() + 60
    while select.select([ours], [], [], max(0, until - time.monotonic()))[0]:
        try:
            sent += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return sent.decode()


@pytest.mark.parametrize("form", FORMATS)
def test_only_the_format_that_is_wanted_is_loaded(form: str) -> None:
    loaded = call(form).stderr.decode()

    assert "rich" not in loaded
    others = {"terminal", "markdown", "html", "sarif", "junit"} - {form}
    assert not any(f"'{other}'" in loaded for other in others)


def test_a_terminal_gets_colour() -> None:
    assert "\x1b[" in on_a_terminal()


def test_no_color_gets_none() -> None:
    codes = re.findall(r"\x1b\[([\d;]*)m", on_a_terminal(NO_COLOR="1"))

    assert not any(code.startswith(("3", "4", "9")) and code != "4" for code in codes)


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"COLUMNS": "40"}])
def test_a_terminal_that_cannot_draw_gets_plain_text(environ: dict[str, str]) -> None:
    assert "\x1b" not in on_a_terminal(**environ)


def test_a_pipe_gets_plain_text_as_wide_as_it_is_told() -> None:
    lines = call("text", COLUMNS="60").stdout.decode().splitlines()

    assert "\x1b" not in "".join(lines)
    assert "─" * 60 in lines


def test_a_locale_without_the_letters_ends_no_report() -> None:
    environ = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}

    assert b"DROP INDEX CONCURRENTLY shop.orders_note_idx;" in call("text", **environ).stdout
    assert json.loads(call("json", **environ).stdout.decode("utf-8"))["target"] == "shop-db"


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_gets_the_whole_report_in_its_format(form: str, tmp_path: Path) -> None:
    output = tmp_path / "report"
    report([SAMPLE, HEALTHY], form, output, verbose=False)

    assert output.read_text("utf-8").startswith(
        {
            "text": "shop-db",
            "json": "{",
            "markdown": "# `shop-db`",
            "html": "<!doctype html>",
            "sarif": "{",
            "junit": "<?xml",
        }[form]
    )
    assert [file.name for file in tmp_path.iterdir()] == ["report"]


def test_a_file_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="cannot be written"):
        report([HEALTHY], "text", tmp_path / "missing" / "report", verbose=False)
