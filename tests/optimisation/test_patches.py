"""A patch applies by `git apply` in the root, whatever the file is called and how its lines end."""

import subprocess
from pathlib import Path

import pytest

from fettle.model.experiment import LeftAlone, Patch
from fettle.optimisation.patches import patch
from tests.optimisation.applying import applied

BEFORE = "".join(f"line {number}\n" for number in range(30)).encode()
NAMES = [
    "a.html",
    "a b.html",
    'a"b\\.html',
    "ümläut.html",
    "shop/in/a.html",
    "-a.html",
    "a\tb.html",
]


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize("below", ["", "public"])
def test_it_applies_to_a_file_of_any_name_wherever_the_root_is(
    tmp_path: Path, path: str, below: str
) -> None:
    if below:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    root = tmp_path / below
    after = BEFORE.replace(b"line 3\n", b"line three\n")
    told = patch("say it in words", (path, BEFORE, after))

    assert isinstance(told, Patch)
    assert applied(root, {path: BEFORE}, told.text) == {path: after}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\x0cb\nc\n", b"a\x0cb\nd\n"),
        ("a\u2028b\nc\n".encode(), "a\u2028b\nd\n".encode()),
        (b"", b"new\n"),
        (b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"),
    ],
)
def test_it_applies_however_lines_end(tmp_path: Path, before: bytes, after: bytes) -> None:
    told = patch("change it", ("a.html", before, after))

    assert isinstance(told, Patch)
    assert applied(tmp_path, {"a.html": before}, told.text) == {"a.html": after}


def test_several_files_change_by_one_patch(tmp_path: Path) -> None:
    files = {"a.html": BEFORE, "b.css": BEFORE}
    told = patch("change both", ("a.html", BEFORE, b"a\n"), ("b.css", BEFORE, b"b\n"))

    assert isinstance(told, Patch)
    assert told.path == "a.html"
    assert applied(tmp_path, files, told.text) == {"a.html": b"a\n", "b.css": b"b\n"}


def test_what_no_text_can_say_is_passed_with_the_reason() -> None:
    latin = patch("change it", ("a.html", b"\xe4\n", b"a\n"))
    long = patch("change it", ("a.html", b"a\n" * 20_001, b"b\n"))

    assert isinstance(latin, LeftAlone)
    assert "UTF-8" in latin.reason
    assert isinstance(long, LeftAlone)
    assert "too many lines" in long.reason
