"""Whether a dump has its end: what was cut off between two rows is restored without an error."""

import tarfile
from pathlib import Path

from fettle.errors import Damaged
from fettle.targets.backups.forms import Form, Opened
from fettle.targets.backups.frames import has_its_end

_BLOCK = 512
_TAIL = 5
# What the rows of a table end with, as COPY and as INSERTs; of a table without a row the latter
# are but these two lines.
_ENDS = (b"\\.\n\n\n", b";\n\n\n")
_NO_ROWS = b"\n\n"
_NO_ROWS_OF_TABLES = ("toc.dat", "blob")


def refuse_cut_off(opened: Opened) -> None:
    """Raise Damaged where a dump in a tar or a folder lacks its end; others have one of their own.

    Raises OSError.
    """
    match opened.form:
        case Form.TAR:
            _refuse_cut_tar(opened.path)
        case Form.DIRECTORY:
            for file in sorted(opened.path.glob("*.dat")):
                if not file.name.startswith(_NO_ROWS_OF_TABLES):
                    _refuse_cut_rows(file, opened.path.name)
            for kind in ("*.lz4", "*.zst"):
                for file in sorted(opened.path.glob(kind)):
                    if not has_its_end(file):
                        raise _cut(opened.path.name, file)


def _refuse_cut_tar(path: Path) -> None:
    """See that the last of a tar's files is whole, and two empty blocks come after it."""
    try:
        with tarfile.open(path) as tar:
            *_, last = tar.getmembers()
    except (tarfile.TarError, ValueError):
        raise Damaged(f"{path.name} is cut off: not all of its files are in it") from None
    blocks = -(-last.size // _BLOCK)
    with path.open("rb") as file:
        file.seek(last.offset_data + blocks * _BLOCK)
        if file.read(2 * _BLOCK) != bytes(2 * _BLOCK):
            raise Damaged(f"{path.name} is cut off: what a tar ends with is not there")


def _refuse_cut_rows(file: Path, name: str) -> None:
    with file.open("rb") as opened:
        opened.seek(0, 2)
        opened.seek(max(0, opened.tell() - _TAIL))
        tail = opened.read()
    if not tail.endswith(_ENDS) and tail != _NO_ROWS:
        raise _cut(name, file)


def _cut(name: str, file: Path) -> Damaged:
    return Damaged(f"{name} is cut off: {file.name} lacks the end of its rows")
