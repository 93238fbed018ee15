"""Records on this machine: folders, archives of any size, and what of them is broken."""

import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import CannotLook
from fettle.model.ports_updates import Told
from fettle.model.update import Ecosystem, Installed, Package
from fettle.targets.advisories.files import RecordsOnDisk
from fettle.updates.advisories.published import FromFiles, Several
from fettle.updates.weaknesses import unclosed

KIT = Installed(Package(Ecosystem.PYPI, "kit"), "1.0", "uv.lock")
LEFT = Installed(Package(Ecosystem.NPM, "left"), "1.0.0", "package-lock.json")


def record(id_: str, name: str = "kit", month: int = 1, **rest: object) -> bytes:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "versions": ["1.0"]}
    told: dict[str, Any] = {"id": id_, "modified": f"2026-{month:02}-01T00:00:00Z"}
    return json.dumps({**told, "affected": [affected], **rest}).encode()


def written(path: Path, **records: bytes) -> Path:
    """Write records as what the path's name says: an archive, or a folder."""
    named = {f"{name}.json": text for name, text in records.items()}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in named.items():
                archive.writestr(name, text)
    elif ".tar" in path.name or path.suffix == ".tgz":
        kind = {".tar": "w", ".xz": "w:xz", ".bz2": "w:bz2"}.get(path.suffix, "w:gz")
        with tarfile.open(path, kind) as archive:  # type: ignore[call-overload] # a mode by name
            for name, text in named.items():
                member = tarfile.TarInfo(f"./PyPI/{name}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
    else:
        path.mkdir(parents=True, exist_ok=True)
        for name, text in named.items():
            (path / name).write_bytes(text)
    return path


async def told_by(path: Path, *installed: Installed) -> Told:
    return await FromFiles(RecordsOnDisk(path)).about(installed)


@pytest.mark.parametrize(
    "name", ["records", "all.zip", "all.tar", "all.tar.gz", "all.tgz", "all.tar.xz", "all.tar.bz2"]
)
async def test_folders_and_archives_tell_the_same(tmp_path: Path, name: str) -> None:
    path = written(
        tmp_path / name, a=record("GHSA-1", month=2), b=record("GHSA-2", "other", month=3)
    )

    told = await told_by(path, KIT)

    assert [one.id for one in told.advisories] == ["GHSA-1"]
    assert told.told_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert (told.told_by, told.passed) == (str(path), ())


async def test_a_folder_of_archives_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "PyPI").mkdir()
    written(tmp_path / "PyPI/all.zip", a=record("GHSA-1"))
    written(tmp_path / "more", b=record("GHSA-2"))
    (tmp_path / "README.txt").write_text("not a record")

    told = await told_by(tmp_path, KIT)

    assert {one.id for one in told.advisories} == {"GHSA-1", "GHSA-2"}


async def test_broken_records_are_counted_and_said(tmp_path: Path) -> None:
    path = written(tmp_path / "all.zip", a=record("GHSA-1"), b=b"{", c=b"[]", d=record("GHSA-2"))

    told = await told_by(path, KIT)

    assert len(told.advisories) == 2
    (passed,) = told.passed
    assert passed.subject == str(path)
    assert passed.reason.startswith(
        f"2 records of 4 could not be read: {path}/b.json: that is no record of OSV"
    )


async def test_an_archive_that_breaks_off_says_so(tmp_path: Path) -> None:
    records = {f"r{place}": record(f"GHSA-{place}", filling="x" * 500) for place in range(200)}
    path = written(tmp_path / "all.tar", **records)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    told = await told_by(path, KIT)

    assert 50 < len(told.advisories) < 150
    (passed,) = told.passed
    assert "could not be read" in passed.reason


async def test_what_is_larger_than_any_record_is_not_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path / "all.zip", a=b" " * 50_000_000, b=record("GHSA-1"))

    told = await FromFiles(RecordsOnDisk(path, largest=10_000)).about([KIT])

    assert len(told.advisories) == 1
    assert "it is larger than any record" in told.passed[0].reason


async def test_what_nothing_is_told_of_was_not_looked_at(tmp_path: Path) -> None:
    """Advisories of Python's packages alone say nothing of npm's."""
    told = await told_by(written(tmp_path / "all.zip", a=record("GHSA-1", "other")), KIT, LEFT)

    (passed,) = told.passed
    assert (passed.subject, passed.reason) == (
        "left in package-lock.json",
        f"{tmp_path}/all.zip tells nothing of npm",
    )


@pytest.mark.parametrize("name", ["missing", "missing.zip", "notes.txt", "empty", "broken.zip"])
async def test_where_there_are_no_records_nothing_is_looked_at(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK nothing")

    with pytest.raises(CannotLook) as raised:
        await told_by(tmp_path / name, KIT)

    assert str(tmp_path / name) in raised.value.reason


async def test_several_tell_together_and_one_may_fail(tmp_path: Path) -> None:
    one = FromFiles(RecordsOnDisk(written(tmp_path / "a", a=record("GHSA-1"))))
    same = record("PYSEC-1", month=2, aliases=["GHSA-1"])
    other = FromFiles(RecordsOnDisk(written(tmp_path / "b.zip", a=same)))
    gone = FromFiles(RecordsOnDisk(tmp_path / "gone"))

    told = await Several({"a": one, "b": other, "gone": gone}).about([KIT, LEFT])

    assert [(one.id, *one.aliases) for one in told.advisories] == [("GHSA-1", "PYSEC-1")]
    assert [one.subject for one in told.passed] == ["left in package-lock.json", "gone"]
    assert told.told_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert told.told_by == f"{tmp_path / 'a'}, {tmp_path / 'b.zip'}"


async def test_where_all_of_several_fail_nothing_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(CannotLook):
        await Several({"gone": FromFiles(RecordsOnDisk(tmp_path / "gone"))}).about([KIT])


async def test_a_record_that_was_withdrawn_affects_nothing(tmp_path: Path) -> None:
    withdrawn = record("GHSA-1", withdrawn="2026-01-02T00:00:00Z")
    path = written(tmp_path / "all.zip", a=withdrawn, b=record("GHSA-2"))

    told = await told_by(path, KIT)

    assert [one.advisory.id for one in unclosed([KIT], told.advisories, [])] == ["GHSA-2"]


async def test_nothing_outside_a_folder_is_read(tmp_path: Path) -> None:
    """A link in a folder of records leads nowhere."""
    (tmp_path / "secret.json").write_bytes(record("GHSA-1"))
    folder = written(tmp_path / "records", a=record("GHSA-2"))
    (folder / "link.json").symlink_to(tmp_path / "secret.json")

    told = await told_by(folder, KIT)

    assert [one.id for one in told.advisories] == ["GHSA-2"]


async def test_a_record_in_an_archive_of_links_is_none(tmp_path: Path) -> None:
    path = tmp_path / "all.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("GHSA-1.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        member = tarfile.TarInfo("GHSA-2.json")
        member.size = len(record("GHSA-2"))
        archive.addfile(member, io.BytesIO(record("GHSA-2")))

    told = await told_by(path, KIT)

    assert [one.id for one in told.advisories] == ["GHSA-2"]
    assert told.passed == ()
