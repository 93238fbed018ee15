"""Clusters that were copied as files: brought into a throw-away place, and made harmless there.

A base backup knows of places outside of it: tablespaces, where its archive is, whom it follows.
None of that is touched: its tablespaces are copied, too, and what it would do is taken out.
"""

import asyncio
import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, Damaged
from fettle.targets.backups.forms import Form, unreadable
from fettle.targets.backups.programs import Programs
from fettle.targets.backups.scratch import Scratch, refuse_full
from fettle.targets.running import How, found, run

_WITHIN = timedelta(hours=12)
_SPACES = "pg_tblspc"
_MANIFEST = "backup_manifest"
# What would make a server follow another one, recover further, or take our words for its own.
_NOT_OURS = (
    "postmaster.pid",
    "postmaster.opts",
    "standby.signal",
    "recovery.signal",
    "postgresql.auto.conf",
    "tablespace_map",
)
_SYSTEM = re.compile(rb"Database system identifier:\s+(\d+)")
_STARTED = re.compile(rb"^START TIME: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_MOST = 5


def major_of(folder: Path) -> int:
    """Return of which version a cluster is; raises Damaged."""
    try:
        return int((folder / "PG_VERSION").read_text().strip().partition(".")[0])
    except FileNotFoundError:
        raise Damaged(f"{folder.name} is no whole cluster: it has no PG_VERSION") from None
    except (ValueError, UnicodeDecodeError):
        raise Damaged(f"{folder.name} is damaged: its PG_VERSION is no version") from None
    except OSError as error:
        raise unreadable(folder / "PG_VERSION", error) from error


def begun_at(folder: Path) -> datetime | None:
    """Return when a base backup was begun, in a zone that its name does not tell."""
    try:
        found = _STARTED.search((folder / "backup_label").read_bytes())
    except OSError:
        return None
    return None if found is None else datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC)


async def verified(
    folder: Path, programs: Programs, environ: Mapping[str, str]
) -> tuple[str, ...] | None:
    """Compare a base backup with its manifest; what is wrong, None where it has no manifest."""
    if not (folder / _MANIFEST).exists():
        return None
    words = [programs["pg_verifybackup"], "--quiet", str(folder)]
    ended = await run(words, How(_WITHIN, environ))
    if ended.status == 0:
        return ()
    lines = ended.errors.decode("utf-8", "replace").splitlines()
    said = [line.removeprefix("pg_verifybackup: ").removeprefix("error: ") for line in lines]
    wrong = [line.strip().strip('"')[:300] for line in said if line.strip()]
    return tuple(wrong[:_MOST]) or (ended.last_words,)


async def brought(folder: Path, form: Form, place: Scratch, environ: Mapping[str, str]) -> None:
    """Copy a base backup into a place, tablespaces and all; it is not tame yet."""
    if form is Form.BASE_TAR:
        await _untarred(folder, place, environ)
    else:
        await _copied(folder, place.data, environ)
        for number, target in _spaces(folder):
            await _copied(target, place.tablespaces / number, environ)
    await asyncio.to_thread(_linked, place)


def _spaces(folder: Path) -> list[tuple[str, Path]]:
    """Return the tablespaces of a cluster by their numbers; raises Damaged for one that is gone."""
    links = folder / _SPACES
    if not links.is_dir():
        return []
    found = [(one.name, one.resolve()) for one in sorted(links.iterdir()) if one.name.isdigit()]
    for number, target in found:
        if not target.is_dir():
            raise Damaged(f"{folder.name} lacks its tablespace {number}: {target} is not there")
    return found


async def _copied(source: Path, target: Path, environ: Mapping[str, str]) -> None:
    await asyncio.to_thread(target.mkdir, 0o700, True, True)
    program = found("cp", environ, install="apt-get install coreutils")
    words = [program, "-R", "-P", "--reflink=auto", f"{source}/.", str(target)]
    ended = await run(words, How(_WITHIN, environ))
    if ended.status != 0:
        refuse_full(ended.last_words, f"{source.name} was copied")
        if "No such file" in ended.last_words:
            raise ActFailed(f"{source} changed while it was copied: {ended.last_words}")
        raise CannotLook(
            f"{source} could not be copied: {ended.last_words}",
            remedy="let the worker's user read it",
        )


async def _untarred(folder: Path, place: Scratch, environ: Mapping[str, str]) -> None:
    """Unpack what pg_basebackup has written as tars: the cluster, its log, its tablespaces."""
    program = found("tar", environ, install="apt-get install tar")
    tars = await asyncio.to_thread(_tars, folder)
    if "base" not in tars:
        raise Damaged(f"{folder.name} has no base.tar")
    for name, tar in sorted(tars.items()):
        into = place.tablespaces / name
        if name in ("base", "pg_wal"):
            into = place.data / ("" if name == "base" else "pg_wal")
        elif not name.isdigit():
            continue
        await asyncio.to_thread(into.mkdir, 0o700, True, True)
        ended = await run([program, "-xf", str(tar), "-C", str(into)], How(_WITHIN, environ))
        if ended.status != 0:
            refuse_full(ended.last_words, f"{tar.name} was unpacked")
            raise Damaged(f"{tar.name} is damaged: {ended.last_words}")
    if (manifest := folder / _MANIFEST).exists():
        await asyncio.to_thread(shutil.copy, manifest, place.data / _MANIFEST)


def _tars(folder: Path) -> dict[str, Path]:
    return {one.name.partition(".tar")[0]: one for one in sorted(folder.glob("*.tar*"))}


def tamed(place: Scratch) -> None:
    """Take out of a cluster what would act, and let its tablespaces be those of the place."""
    for name in _NOT_OURS:
        (place.data / name).unlink(missing_ok=True)
    _linked(place)
    place.data.chmod(0o700)
    place.given(place.data)
    if place.tablespaces.is_dir():
        place.given(place.tablespaces)


def _linked(place: Scratch) -> None:
    links = place.data / _SPACES
    links.mkdir(mode=0o700, exist_ok=True)
    for link in list(links.iterdir()):
        if link.is_symlink():
            link.unlink()
    if place.tablespaces.is_dir():
        for space in sorted(place.tablespaces.iterdir()):
            (links / space.name).symlink_to(space)


async def system_of(data: Path, programs: Programs, environ: Mapping[str, str]) -> int | None:
    """Return the number that a cluster and all its copies have; None where it cannot be told."""
    words = [programs["pg_controldata"], "-D", str(data)]
    ended = await run(words, How(_WITHIN, environ, variables={"LC_ALL": "C", "LANG": "C"}))
    number = _SYSTEM.search(ended.output)
    return None if number is None else int(number[1])
