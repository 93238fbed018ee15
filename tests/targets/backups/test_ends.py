"""A dump that was cut off is told by the end that it lacks, before it is restored."""

import subprocess
from pathlib import Path

import pytest

from fettle.errors import Damaged
from fettle.targets.backups.ends import refuse_cut_off
from fettle.targets.backups.forms import Form, Opened

ROWS = b"1\tone\n2\ttwo\n\\.\n\n\n"


def folder_with(folder: Path, name: str, rows: bytes) -> Opened:
    (folder / "toc.dat").write_bytes(b"PGDMP")
    (folder / "blob_16400.dat").write_bytes(b"a large object ends as it likes")
    (folder / name).write_bytes(rows)
    return Opened(folder, Form.DIRECTORY)


@pytest.mark.parametrize("rows", [ROWS, b"\\.\n\n\n", b"INSERT INTO t VALUES (1);\n\n\n", b"\n\n"])
def test_rows_with_their_end_are_taken(tmp_path: Path, rows: bytes) -> None:
    refuse_cut_off(folder_with(tmp_path, "4012.dat", rows))


@pytest.mark.parametrize("rows", [ROWS[:6], ROWS[:14], b"", b"INSERT INTO t VALUES (1);\n"])
def test_rows_without_their_end_are_not(tmp_path: Path, rows: bytes) -> None:
    with pytest.raises(Damaged, match=r"is cut off: 4012\.dat lacks the end of its rows"):
        refuse_cut_off(folder_with(tmp_path, "4012.dat", rows))


@pytest.mark.parametrize(("program", "ending"), [("zstd", "zst"), ("lz4", "lz4")])
def test_packed_rows_without_their_end_are_not(tmp_path: Path, program: str, ending: str) -> None:
    packed = subprocess.run([program, "-c"], input=ROWS, check=True, capture_output=True).stdout
    name = f"4012.dat.{ending}"
    refuse_cut_off(folder_with(tmp_path, name, packed))
    with pytest.raises(Damaged, match="is cut off"):
        refuse_cut_off(folder_with(tmp_path, name, packed[:-6]))
