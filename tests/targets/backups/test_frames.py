"""What LZ4 and Zstandard have packed is told from what was cut off anywhere in it."""

import os
import subprocess
from pathlib import Path

import pytest

from fettle.targets.backups.frames import has_its_end

HOW = (
    ("lz4", "-1"),
    ("lz4", "--content-size", "-BX", "-B4"),
    ("lz4", "--no-frame-crc"),
    ("zstd", "-3"),
    ("zstd", "--no-check", "--no-content-size"),
    ("zstd", "--single-thread", "-19"),
)


def packed(folder: Path, words: tuple[str, ...], text: bytes) -> Path:
    """Pack a text by its program, as a stream."""
    done = subprocess.run([*words, "-c"], input=text, check=True, capture_output=True)
    path = folder / "1.dat.packed"
    path.write_bytes(done.stdout)
    return path


@pytest.mark.parametrize("words", HOW, ids=" ".join)
@pytest.mark.parametrize("text", [b"", b"a" * 300_000, os.urandom(200_000), b"row\n" * 9])
def test_what_was_cut_off_lacks_its_end(
    tmp_path: Path, words: tuple[str, ...], text: bytes
) -> None:
    path = packed(tmp_path, words, text)
    whole = path.read_bytes()
    assert has_its_end(path)
    path.write_bytes(whole * 2)
    assert has_its_end(path), "one frame behind the other is whole, too"
    for cut in {1, 3, 5, 8, len(whole) // 2, len(whole) - 1}:
        path.write_bytes(whole[:cut])
        assert not has_its_end(path), cut


def test_what_is_empty_or_something_else_lacks_its_end(tmp_path: Path) -> None:
    path = tmp_path / "1.dat.zst"
    for text in (b"", b"no frame at all"):
        path.write_bytes(text)
        assert not has_its_end(path)
