"""`fettle logs` as a shell user calls it: templates with counts, what is new, what is gone."""

import gzip
import json
from pathlib import Path

import pytest

from tests.frontends.cli.calling import fettle
from tests.intake.logs.hostile import HOSTILE, LONG
from tests.schemas import validate

NEWLINE = b"\n"

BEFORE = """\
2026-11-27 02:38:11 INFO order 7 was paid
2026-11-27 02:38:12 INFO order 8 was paid
2026-11-27 02:38:13 WARN the cache is cold
"""
AFTER = """\
2026-11-28 02:38:11 INFO order 9 was paid
2026-11-28 02:38:12 ERROR payment of order 10 was refused
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "before.log").write_text(BEFORE)
    (tmp_path / "after.log.gz").write_bytes(gzip.compress(AFTER.encode()))
    return tmp_path


def test_what_lines_have_in_common_is_counted(folder: Path) -> None:
    done = fettle("logs", "before.log", cwd=folder)

    assert (done.code, done.err) == (0, "")
    assert done.out == ("3 lines, 2 templates\n\n2  order <*> was paid\n1  the cache is cold\n")


def test_what_is_new_and_what_is_gone_is_said(folder: Path) -> None:
    done = fettle("logs", "before.log", "after.log.gz", cwd=folder)

    assert done.out == (
        "5 lines, 3 templates\n\n"
        "New in after.log.gz:\n1  payment of order <*> was refused\n\n"
        "Gone from after.log.gz:\n1  the cache is cold\n\n"
        "All:\n3  order <*> was paid\n1  the cache is cold\n1  payment of order <*> was refused\n"
    )


def test_the_document_is_as_its_schema_says(folder: Path) -> None:
    done = fettle("logs", "before.log", "after.log.gz", "--format", "json", cwd=folder)

    document = json.loads(done.out)
    validate(document)
    assert [one["lines"] for one in document["files"]] == [3, 2]
    assert document["templates"][0] == {
        "id": "t1",
        "text": "order <*> was paid",
        "lines": 3,
        "first": 1,
        "last": 4,
        "files": [2, 1],
        "change": None,
    }
    assert [one["change"] for one in document["templates"]] == [None, "gone", "new"]


def test_each_line_is_given_its_template(folder: Path) -> None:
    done = fettle("logs", "--assign", "-", cwd=folder, typed=BEFORE)

    *lines, last = map(json.loads, done.out.splitlines())
    assert lines == [
        {"line": 1, "template": "t1"},
        {"line": 2, "template": "t1"},
        {"line": 3, "template": "t2"},
    ]
    assert last == {"templates": {"t1": "order <*> was paid", "t2": "the cache is cold"}}


def test_whatever_a_file_holds_are_lines(folder: Path) -> None:
    text = b"\n".join((*HOSTILE, LONG))
    (folder / "hostile.log").write_bytes(text)

    done = fettle("logs", "hostile.log", cwd=folder)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{len(text.split(NEWLINE)):,} lines")


def test_binary_and_broken_letters_are_lines_like_any_other(folder: Path) -> None:
    (folder / "binary.log").write_bytes(b"\x00\xff\xfe\n" * 3 + b"\x80 ended")

    done = fettle("logs", "binary.log", cwd=folder)

    assert done.code == 0
    assert done.out.startswith("4 lines, 2 templates\n")
    assert "\x00" not in done.out


def test_an_empty_file_has_none(folder: Path) -> None:
    (folder / "empty.log").write_text("")

    assert fettle("logs", "empty.log", cwd=folder).out == "0 lines, 0 templates\n\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either FILEs or --assign FILE"),
        (("a.log", "--assign", "b.log"), "either FILEs or --assign FILE"),
        (("nowhere.log",), "nowhere.log cannot be read: No such file or directory"),
        ((".",), ". cannot be read: Is a directory"),
        (("broken.gz",), "broken.gz cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    (folder / "broken.gz").write_bytes(gzip.compress(b"x" * 100)[:20])

    done = fettle("logs", *arguments, cwd=folder)

    assert (done.code, done.out) == (64, "")
    assert said in done.err
