"""Records of advisories on this machine: a folder of them, a zip or a tar archive.

Archives are read in a stream, one record at a time: those of a whole ecosystem have hundreds of
thousands. A folder's own archives are read as well (`PyPI/all.zip`). What is larger than any record
is not unpacked.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path
from typing import IO

from fettle.errors import CannotLook
from fettle.model.ports_updates import RawRecord

LARGEST = 16 * 1024**2
_RECORD = ".json"
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
# What the libraries raise for archives that are broken, locked or packed in another way.
_BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, NotImplementedError,
    RuntimeError,
)  # fmt: skip
_TOO_LARGE = "it is larger than any record"


class RecordsOnDisk:
    """Reads records; implements model.ports_updates.AdvisoryFiles.

    `largest` is the largest record that is read, in bytes.
    """

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._path = path
        self._largest = largest

    @property
    def name(self) -> str:
        """See model.ports_updates.AdvisoryFiles."""
        return str(self._path)

    def records(self) -> Iterator[RawRecord]:
        """See model.ports_updates.AdvisoryFiles."""
        if self._path.is_dir():
            return self._of_folder()
        if not self._path.is_file():
            raise CannotLook(
                f"there are no advisories in {self._path}",
                remedy="bring them there, or mend [updates] advisories",
            )
        if not _is_archive(self._path):
            raise CannotLook(f"{self._path} is no folder, no zip and no tar archive")
        return self._of_archive(self._path)

    def _of_folder(self) -> Iterator[RawRecord]:
        for path in sorted(self._path.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            if path.suffix == _RECORD:
                yield self._of_file(path)
            elif _is_archive(path):
                yield from self._of_archive(path)

    def _of_file(self, path: Path) -> RawRecord:
        try:
            with path.open("rb") as opened:
                return self._bounded(str(path), opened)
        except OSError as error:
            return RawRecord(str(path), wrong=f"it cannot be read: {error.strerror}")

    def _of_archive(self, path: Path) -> Iterator[RawRecord]:
        """Yield what is in an archive; one that breaks off says so in a last record."""
        try:
            yield from self._of_zip(path) if path.suffix == ".zip" else self._of_tar(path)
        except OSError as error:
            yield RawRecord(str(path), wrong=f"it cannot be read: {error.strerror or error}")
        except _BROKEN as error:
            yield RawRecord(str(path), wrong=f"it is no whole archive: {error}")

    def _of_zip(self, path: Path) -> Iterator[RawRecord]:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir() or not member.filename.endswith(_RECORD):
                    continue
                where = f"{path}/{member.filename}"
                try:
                    with archive.open(member) as opened:
                        yield self._bounded(where, opened)
                except _BROKEN as error:
                    yield RawRecord(where, wrong=f"it cannot be unpacked: {error}")

    def _of_tar(self, path: Path) -> Iterator[RawRecord]:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                opened = archive.extractfile(member) if member.isreg() else None
                if opened is not None and member.name.endswith(_RECORD):
                    yield self._bounded(f"{path}/{member.name}", opened)

    def _bounded(self, where: str, opened: IO[bytes]) -> RawRecord:
        text = opened.read(self._largest + 1)
        too_large = len(text) > self._largest
        return RawRecord(where, wrong=_TOO_LARGE) if too_large else RawRecord(where, text)


def _is_archive(path: Path) -> bool:
    return path.name.endswith((".zip", *_TARS))
