"""What a file or a folder is, told by how it begins, and taken out of what is around it."""

import asyncio
import hashlib
import tarfile
import zlib
from bz2 import BZ2File
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from gzip import GzipFile
from io import BufferedIOBase
from lzma import LZMAError, LZMAFile
from pathlib import Path
from threading import Event

from fettle.errors import CannotLook, Damaged
from fettle.targets.backups.scratch import refuse_full
from fettle.targets.backups.zstandard import ZstdError, ZstdFile
from fettle.targets.running import How, found, run

_HEAD = 8192
_CHUNK = 1024 * 1024
_WITHIN = timedelta(hours=12)
_MOST_LAYERS = 4
# Packets of OpenPGP that a file for a key, or for a passphrase, begins with.
_OPENPGP = frozenset({0x84, 0x85, 0x86, 0x8C, 0x8D, 0xC1, 0xC3})
_DUMPED = (b"PostgreSQL database dump", b"PostgreSQL database cluster dump")


class Form(StrEnum):
    """What a backup is, in the words of what made it."""

    CUSTOM = "dump in the custom format"
    DIRECTORY = "dump in a folder"
    TAR = "dump in a tar"
    PLAIN = "dump as SQL"
    BASE = "base backup"
    BASE_TAR = "base backup in tars"


class Around(StrEnum):
    """What a backup is packed or encrypted by."""

    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    LZ4 = "lz4"
    GPG = "gpg"
    AGE = "age"
    OPENSSL = "openssl"


_MAGIC: Mapping[bytes, Form | Around] = {
    b"PGDMP": Form.CUSTOM,
    b"\x1f\x8b": Around.GZIP,
    b"BZh": Around.BZIP2,
    b"\xfd7zXZ\0": Around.XZ,
    b"\x28\xb5\x2f\xfd": Around.ZSTD,
    b"\x04\x22\x4d\x18": Around.LZ4,
    b"-----BEGIN PGP MESSAGE": Around.GPG,
    b"age-encryption.org/": Around.AGE,
    b"-----BEGIN AGE ENCRYPTED": Around.AGE,
    b"Salted__": Around.OPENSSL,
}
_PYTHONS: Mapping[Around, Callable[[Path], BufferedIOBase]] = {
    Around.GZIP: GzipFile,
    Around.BZIP2: BZ2File,
    Around.XZ: LZMAFile,
    Around.ZSTD: ZstdFile,
}
_BROKEN = (EOFError, OSError, zlib.error, LZMAError, ZstdError)


def form_of(path: Path) -> Form | Around | None:
    """Return what a path is; None for what is no backup of PostgreSQL's. Raises CannotLook."""
    try:
        return _folder_form(path) if path.is_dir() else _file_form(path)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> CannotLook:
    """Say that a file cannot be read, and what would let it be."""
    return CannotLook(
        f"{path} cannot be read: {(error.strerror or str(error)).lower()}",
        remedy="let the worker's user read it",
    )


def _folder_form(path: Path) -> Form | None:
    if (path / "toc.dat").exists():
        return Form.DIRECTORY
    if (path / "PG_VERSION").exists() or (path / "global").is_dir():
        return Form.BASE
    if any(path.glob("base.tar*")):
        return Form.BASE_TAR
    return None


def _file_form(path: Path) -> Form | Around | None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for magic, form in _MAGIC.items():
        if head.startswith(magic):
            return form
    if any(one in head for one in _DUMPED):
        return Form.PLAIN
    if head[257:262] == b"ustar":
        return Form.TAR if _first_in(path) == "toc.dat" else None
    return Around.GPG if head and head[0] in _OPENPGP else None


def _first_in(path: Path) -> str | None:
    try:
        with tarfile.open(path) as tar:
            first = tar.next()
    except tarfile.TarError:
        return None
    return None if first is None else first.name


@dataclass(frozen=True)
class Opened:
    """A backup without what was around it; `around` names that, from the outside in.

    `proved` says that what was around it carries a checksum of all that is in it.
    """

    path: Path
    form: Form
    around: tuple[Around, ...] = ()
    proved: bool = False


async def opened(
    path: Path, into: Path, environ: Mapping[str, str], passphrase: str | None
) -> Opened:
    """Return a backup without what is around it, unpacked into a folder; itself where nothing is.

    Raises Damaged, and CannotLook where a key or a program is missing.
    """
    around: list[Around] = []
    current, proved = path, False
    for layer in range(_MOST_LAYERS):
        form = await asyncio.to_thread(form_of, current)
        if isinstance(form, Form):
            return Opened(current, form, tuple(around), proved)
        if form is None:
            break
        target = into / f"{layer}-{path.name[:40]}"
        if form in _PYTHONS:
            await _unpacked(path.name, form, current, target)
            proved = True  # each of them has a checksum; zstd's where whoever wrote it wanted one
            if form is Around.ZSTD:
                proved = await asyncio.to_thread(_zstd_is_proved, current)
        else:
            await _by_program(path.name, form, current, target, environ, passphrase)
            proved = form is Around.GPG
        if current != path:
            current.unlink(missing_ok=True)
        around.append(form)
        current = target
    said = f"{path.name} is no backup of PostgreSQL's"
    raise Damaged(said + (f", in {', '.join(around)}" if around else "") + ": it begins otherwise")


async def _unpacked(name: str, form: Around, source: Path, target: Path) -> None:
    stop = Event()
    try:
        await asyncio.to_thread(_unpack, form, source, target, stop)
    except _BROKEN as error:
        refuse_full(str(error), f"{name} was unpacked")
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(source, error) from error
        raise Damaged(f"{name} is damaged: {form} says: {str(error)[:200].lower()}") from error
    finally:
        stop.set()


def _unpack(form: Around, source: Path, target: Path, stop: Event) -> None:
    with _PYTHONS[form](source) as file, target.open("wb") as out:
        while not stop.is_set() and (chunk := file.read(_CHUNK)):
            out.write(chunk)


def _zstd_is_proved(source: Path) -> bool:
    """Whether a frame of zstd carries a checksum of what is in it: a bit of its head says so."""
    with source.open("rb") as file:
        head = file.read(5)
    return len(head) == 5 and bool(head[4] & 0b100)


async def _by_program(
    name: str,
    form: Around,
    source: Path,
    target: Path,
    environ: Mapping[str, str],
    passphrase: str | None,
) -> None:
    if form is Around.LZ4:
        program = found("lz4", environ, install="apt-get install lz4")
        ended = await run([program, "-d", "-f", str(source), str(target)], How(_WITHIN, environ))
        if ended.status != 0:
            refuse_full(ended.last_words, f"{name} was unpacked")
            raise Damaged(f"{name} is damaged: lz4 says: {ended.last_words}")
        return
    if form is not Around.GPG:
        raise CannotLook(
            f"{name} is encrypted by {form}, which Fettle does not open",
            remedy="let gpg encrypt it, or keep it in a repository of restic or borg",
        )
    if passphrase is None:
        raise CannotLook(
            f"{name} is encrypted, and there is no key for it",
            remedy="name it with [[backup]] passphrase",
        )
    await _decrypted(name, source, target, environ, passphrase)


async def _decrypted(
    name: str, source: Path, target: Path, environ: Mapping[str, str], passphrase: str
) -> None:
    program = found("gpg", environ, install="apt-get install gpg")
    secret = target.with_suffix(".key")
    try:
        secret.touch(mode=0o600)
        secret.write_text(passphrase)
        words = [program, "--batch", "--yes", "--pinentry-mode", "loopback"]
        words += ["--passphrase-file", str(secret), "--output", str(target)]
        ended = await run([*words, "--decrypt", str(source)], How(_WITHIN, environ))
    finally:
        secret.unlink(missing_ok=True)
    said = ended.errors.decode("utf-8", "replace")
    if ended.status == 0:
        return
    refuse_full(said, f"{name} was decrypted")
    if "Bad session key" in said or "Bad passphrase" in said:
        raise Damaged(f"{name} does not open: the passphrase is not its own")
    if "No secret key" in said:
        raise CannotLook(
            f"{name} is encrypted for a key that is not here",
            remedy="bring that key into gpg's ring",
        )
    raise Damaged(f"{name} is damaged: gpg says: {ended.last_words}")


# Checksums beside a backup

_SUMS = ("sha256", "sha512", "sha1", "md5")


async def summed(path: Path) -> str | None:
    """Compare a file with the checksum beside it; whose it is, None where there is none.

    Raises Damaged where they differ.
    """
    for kind in _SUMS:
        beside = path.with_name(f"{path.name}.{kind}")
        if await asyncio.to_thread(_are_files, beside, path):
            stop = Event()
            try:
                wanted = beside.read_text(encoding="utf-8", errors="replace").split()
                is_right = await asyncio.to_thread(_sum, path, kind, stop)
            except OSError as error:
                raise unreadable(path, error) from error
            finally:
                stop.set()
            if not wanted or wanted[0].lower() != is_right:
                raise Damaged(f"{path.name} is not what was written: {beside.name} differs")
            return beside.name
    return None


def _are_files(*paths: Path) -> bool:
    return all(path.is_file() for path in paths)


def _sum(path: Path, kind: str, stop: Event) -> str:
    total = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file:
        while not stop.is_set() and (chunk := file.read(_CHUNK)):
            total.update(chunk)
    return total.hexdigest()
