"""Whether what LZ4 or Zstandard has packed has its end, told by its heads: nothing is unpacked.

LZ4: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; Zstandard: RFC 8878, 3.1.1.
"""

import os
from pathlib import Path
from typing import BinaryIO

_LZ4 = b"\x04\x22\x4d\x18"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UNPACKED_BLOCK = 0x8000_0000
_RLE = 1  # a block of one byte, however often it comes


class _CutOff(Exception):
    """The file ends within a frame."""


def has_its_end(path: Path) -> bool:
    """Return whether a packed file ends where its last frame does; raises OSError."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        try:
            while (head := file.read(4)) in (_LZ4, _ZSTD):
                _pass_lz4(file) if head == _LZ4 else _pass_zstd(file)
        except _CutOff:
            return False
        return not head and 0 < file.tell() <= size


def _read(file: BinaryIO, many: int) -> int:
    """Read a number of so many bytes, the lowest first."""
    read = file.read(many)
    if len(read) < many:
        raise _CutOff
    return int.from_bytes(read, "little")


def _pass_lz4(file: BinaryIO) -> None:
    """Go on behind a frame of LZ4, whose magic has been read."""
    flags = _read(file, 1)
    has_block_sum, has_size, has_sum, has_dictionary = (flags & bit for bit in (16, 8, 4, 1))
    _read(file, 2 + (8 if has_size else 0) + (4 if has_dictionary else 0))
    while size := _read(file, 4):
        file.seek((size & ~_UNPACKED_BLOCK) + (4 if has_block_sum else 0), os.SEEK_CUR)
    if has_sum:
        _read(file, 4)


def _pass_zstd(file: BinaryIO) -> None:
    """Go on behind a frame of Zstandard, whose magic has been read."""
    flags = _read(file, 1)
    is_single, has_sum = flags & 32, flags & 4
    size = (1 if is_single else 0, 2, 4, 8)[flags >> 6]
    _read(file, (0, 1, 2, 4)[flags & 3] + size + (0 if is_single else 1))
    is_last = False
    while not is_last:
        head = _read(file, 3)
        is_last = bool(head & 1)
        file.seek(1 if head >> 1 & 3 == _RLE else head >> 3, os.SEEK_CUR)
    if has_sum:
        _read(file, 4)
