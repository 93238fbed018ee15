"""Certificates as files: read where they lie; what certbot and lego keep, kept aside and put back.

certbot keeps every version and points to one of them with links; lego writes over the former one.
So what is kept aside of a link is where it points to, and of a file its copy, beside the store: who
may read the store, and nobody else, may read it there.
"""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fettle.errors import ActFailed, CannotLook

_LARGEST = 1024 * 1024
_MOST = 1000
_OF_LEGO = (".crt", ".issuer.crt", ".key", ".json", ".pem", ".pfx")
_OF_CERTBOT = ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")
_LINKS = "links.json"
_KEPT = "fettle"


def der_of(file: Path) -> bytes:
    """Return the first certificate in a file; raises CannotLook."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise CannotLook(f"{file} is no file")
        with file.open("rb") as opened:
            content = opened.read(_LARGEST)
    except OSError as error:
        remedy = "let the user that Fettle runs as read it, or a worker that may"
        said = (error.strerror or str(error)).lower()
        raise CannotLook(
            f"{file} cannot be read: {said}",
            remedy=remedy if isinstance(error, PermissionError) else None,
        ) from None
    if b"-----BEGIN" not in content:
        return content
    try:
        return x509.load_pem_x509_certificates(content)[0].public_bytes(Encoding.DER)
    except ValueError as error:
        raise CannotLook(f"{file} holds no certificate that can be read: {error}") from None


@dataclass(frozen=True)
class Lineage:
    """A certificate in the folder of certbot or lego, by what it is called there."""

    tool: str
    store: Path
    name: str

    @property
    def certificate(self) -> Path:
        """The file that holds the certificate that is current."""
        if self.tool == "certbot":
            return self.store / "live" / self.name / "cert.pem"
        return self.store / "certificates" / f"{self._plain}.crt"

    @property
    def files(self) -> list[Path]:
        """The files of it that are there."""
        if self.tool == "certbot":
            named = [self.certificate.with_name(name) for name in _OF_CERTBOT]
        else:
            folder = self.certificate.parent
            named = [folder / f"{self._plain}{suffix}" for suffix in _OF_LEGO]
        return [file for file in named if file.is_symlink() or file.exists()]

    def keep(self, run: str) -> None:
        """Keep what is there aside, once for a run; what earlier runs have kept goes.

        Raises ActFailed where it cannot be kept.
        """
        kept = self._kept(run)
        if kept.exists():
            return
        beginning = kept.with_name(f".{kept.name}.tmp")
        try:
            shutil.rmtree(beginning, ignore_errors=True)
            beginning.mkdir(mode=0o700, parents=True)
            links = {file.name: str(file.readlink()) for file in self.files if file.is_symlink()}
            for file in self.files:
                if file.name not in links:
                    _copy(file, beginning / file.name)
            (beginning / _LINKS).write_text(json.dumps(links), encoding="utf-8")
            beginning.rename(kept)
            for other in kept.parent.iterdir():
                if other != kept:
                    shutil.rmtree(other, ignore_errors=True)
        except OSError as error:
            raise ActFailed(
                f"the former certificate cannot be kept in {kept.parent}: {error.strerror}: "
                "nothing was renewed"
            ) from None

    def put_back(self, run: str) -> bool:
        """Put back what was kept for a run, each file at once; False where nothing was."""
        kept = self._kept(run)
        if not kept.is_dir():
            return False
        folder = self.certificate.parent
        try:
            links = json.loads((kept / _LINKS).read_text(encoding="utf-8"))
            for name, target in links.items():
                new = folder / f".{name}.fettle"
                new.unlink(missing_ok=True)
                new.symlink_to(target)
                new.replace(folder / name)
            for file in kept.iterdir():
                if file.name != _LINKS:
                    new = folder / f".{file.name}.fettle"
                    _copy(file, new)
                    new.replace(folder / file.name)
        except (OSError, ValueError) as error:
            raise ActFailed(
                f"the former certificate could not be put back from {kept}: {error}",
                remedy=f"copy its files from {kept} to {folder}",
            ) from None
        return True

    @property
    def _plain(self) -> str:
        """Its name as lego writes it: no file is called `*`."""
        return self.name.replace("*", "_")

    def _kept(self, run: str) -> Path:
        return self.store / _KEPT / self._plain / re.sub(r"[^\w-]", "_", run)


def lineages(store: Path) -> Iterator[Lineage]:
    """Yield what certbot or lego keeps in a folder; raises CannotLook."""
    live, own = store / "live", store / "certificates"
    try:
        if live.is_dir():
            names = [one.name for one in live.iterdir() if (one / "cert.pem").exists()]
            found = [Lineage("certbot", store, name) for name in names]
        elif own.is_dir():
            names = [one.name.removesuffix(".crt") for one in own.glob("*.crt")]
            names = [name for name in names if not name.endswith(".issuer")]
            found = [Lineage("lego", store, name) for name in names]
        else:
            raise CannotLook(
                f"{store} is no folder of certbot or lego: it has neither live nor certificates"
            )
    except OSError as error:
        raise CannotLook(f"{store} cannot be read: {(error.strerror or '').lower()}") from None
    yield from sorted(found, key=lambda one: one.name)[:_MOST]


def _copy(file: Path, to: Path) -> None:
    """Copy a file, which may hold a key, with its owner and who may read it."""
    status = file.stat()
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(file.read_bytes())
        opened.flush()
        os.fsync(opened.fileno())
    shutil.copystat(file, to)
    own = to.stat()
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        os.chown(to, status.st_uid, status.st_gid)
