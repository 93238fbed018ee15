"""The files of releases are read for what they say: bounded, by their hash, and each once."""

import gzip
import io
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fettle.errors import CannotLook, NotFound
from fettle.model.ports_updates import Project
from fettle.model.update import Ecosystem, Offers, Package, Release
from fettle.targets.registries.asking import asking
from fettle.targets.registries.kept import Kept
from fettle.targets.registries.look_up import PackageRegistries
from fettle.targets.registries.release_files import (
    LARGEST_ARCHIVE,
    FilesOfReleases,
    described_by,
)
from fettle.testing import SteppedClock
from tests.registry import Registry, Scripted, serving

KIT = Package(Ecosystem.PYPI, "kit")
LEFT = Package(Ecosystem.NPM, "left")
CHANGES = "# Changes\n\n## 1.1\n- better\n\n## 1.0\n- first\n"
METADATA = """Metadata-Version: 2.4
Name: kit
Version: 1.1
Project-URL: Homepage, https://kit.example
Project-URL: Change Log, https://kit.example/changes
Requires-Dist: idna>=3
Requires-Dist: Flask-Login (<2,>=1)
Requires-Dist: pywin32>=300; sys_platform == "win32" and python_version < "3"
Requires-Dist: idna<3; extra == "old"
Requires-Dist: redis>=5; extra == "cache"
Requires-Dist: !!! none

# kit

A kit.
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving() as running:
        running.python("kit", "1.0", "1.1")
        running.npm("left", "1.0.0", "1.1.0", changelog=CHANGES)
        yield running


@asynccontextmanager
async def opened(
    registry: Registry, folder: Path, **environ: str
) -> AsyncIterator[tuple[PackageRegistries, FilesOfReleases]]:
    clock = SteppedClock()
    given = {
        "HOME": str(folder),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": registry.simple,
        "npm_config_registry": registry.url,
        "npm_config_globalconfig": str(folder / "none"),
        **environ,
    }
    async with asking(clock) as pool:
        kept = Kept(folder / "kept")
        packages = PackageRegistries(pool, kept, clock, given)
        yield packages, FilesOfReleases(pool, kept, packages.authorization)


async def newest(packages: PackageRegistries, package: Package, folder: Path) -> Release:
    told = (await packages.offers([package], Project("shop", folder)))[package]
    assert isinstance(told, Offers)
    return next(one for one in told.releases if one.version.startswith("1.1"))


async def test_metadata_beside_a_wheel_says_whom_it_asks_for(
    registry: Registry, tmp_path: Path
) -> None:
    registry.described("kit", "1.1", METADATA)
    async with opened(registry, tmp_path) as (packages, files):
        told = await files.described(await newest(packages, KIT, tmp_path))
    assert dict(told.asks) == {
        "idna": ">=3",
        "flask-login": "<2,>=1",
        "redis": ">=5",
        "pywin32": ">=300",
    }
    assert told.notes_url == "https://kit.example/changes"
    assert told.text.strip() == "# kit\n\nA kit."


@pytest.mark.parametrize(
    "called", ["core-metadata", "dist-info-metadata", "data-dist-info-metadata"]
)
async def test_metadata_is_found_by_each_of_its_names(
    registry: Registry, tmp_path: Path, called: str
) -> None:
    registry.described("kit", "1.1", METADATA)
    for one in registry.documents["/simple/kit/"]["files"]:
        if (told := one.pop("core-metadata", None)) is not None:
            one[called] = told
    async with opened(registry, tmp_path) as (packages, files):
        told = await files.described(await newest(packages, KIT, tmp_path))
    assert told.notes_url == "https://kit.example/changes"


async def test_a_changelog_is_read_from_the_source_archive(
    registry: Registry, tmp_path: Path
) -> None:
    members = {"docs/changes.rst": "deeper", "CHANGES.md": CHANGES, "kit/history.py": "code"}
    registry.sdist("kit", "1.1", members)
    async with opened(registry, tmp_path) as (packages, files):
        assert await files.changelog(await newest(packages, KIT, tmp_path)) == CHANGES


async def test_a_changelog_is_read_from_npms_package(registry: Registry, tmp_path: Path) -> None:
    async with opened(registry, tmp_path) as (packages, files):
        assert await files.changelog(await newest(packages, LEFT, tmp_path)) == CHANGES


async def test_a_file_is_fetched_once_and_never_again(registry: Registry, tmp_path: Path) -> None:
    path = registry.sdist("kit", "1.1", {"CHANGELOG": CHANGES})
    for _ in range(3):
        async with opened(registry, tmp_path) as (packages, files):
            assert await files.changelog(await newest(packages, KIT, tmp_path)) == CHANGES
    (asked,) = [one for one in registry.asked if one.path == path]
    assert asked.headers["accept-encoding"] == "identity"


async def test_an_archive_without_a_changelog_has_none(registry: Registry, tmp_path: Path) -> None:
    registry.sdist("kit", "1.1", {"README.md": "# kit"})
    async with opened(registry, tmp_path) as (packages, files):
        assert await files.changelog(await newest(packages, KIT, tmp_path)) == ""


async def test_where_a_registry_has_neither_that_is_said(
    registry: Registry, tmp_path: Path
) -> None:
    async with opened(registry, tmp_path) as (packages, files):
        release = await newest(packages, KIT, tmp_path)
        with pytest.raises(NotFound, match="no archive"):
            await files.changelog(release)
        with pytest.raises(NotFound, match="no metadata"):
            await files.described(release)


async def test_a_file_with_another_hash_than_the_registry_tells_is_not_read(
    registry: Registry, tmp_path: Path
) -> None:
    """Of a registry that lies nothing is believed, and nothing is kept."""
    path = registry.sdist("kit", "1.1", {"CHANGES": CHANGES})
    registry.described("kit", "1.1", METADATA)
    registry.files[path] = registry.files["/files/kit-1.0-py3-none-any.whl"]
    registry.files["/files/kit-1.1-py3-none-any.whl.metadata"] = b"Requires-Dist: evil\n"
    registry.files["/left/-/left-1.1.0.tgz"] += b"\0"
    async with opened(registry, tmp_path) as (packages, files):
        release = await newest(packages, KIT, tmp_path)
        for reading in (files.changelog(release), files.described(release)):
            with pytest.raises(CannotLook, match="is not the file whose sha256 the registry tells"):
                await reading
        with pytest.raises(CannotLook, match="is not the file whose sha512 the registry tells"):
            await files.changelog(await newest(packages, LEFT, tmp_path))
    assert not [one for one in (tmp_path / "kept").iterdir() if b"evil" in one.read_bytes()]


async def test_a_large_archive_is_not_fetched(registry: Registry, tmp_path: Path) -> None:
    path = registry.sdist("kit", "1.1", {"CHANGES": CHANGES})
    registry.documents["/simple/kit/"]["files"][-1]["size"] = LARGEST_ARCHIVE + 1
    async with opened(registry, tmp_path) as (packages, files):
        with pytest.raises(CannotLook, match="is not fetched"):
            await files.changelog(await newest(packages, KIT, tmp_path))
    assert path not in [one.path for one in registry.asked]


async def test_one_that_is_larger_than_was_told_is_left_off(
    registry: Registry, tmp_path: Path
) -> None:
    path = registry.sdist("kit", "1.1", {"CHANGES": CHANGES})
    registry.scripted[path] = [Scripted(200, b"\0" * (LARGEST_ARCHIVE + 100))]
    async with opened(registry, tmp_path) as (packages, files):
        with pytest.raises(CannotLook, match="answers more than 4 MB"):
            await files.changelog(await newest(packages, KIT, tmp_path))


def _bomb() -> bytes:
    return gzip.compress(b"\0" * (80 * 1024**2))


def _links() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        link = tarfile.TarInfo("kit-1.1/CHANGELOG.md")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return written.getvalue()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (_bomb(), "unpacks to more than 64 MB"),
        (b"no archive", "cannot be read"),
        (gzip.compress(b"no tar" * 500), "cannot be read"),
        (_links(), None),
    ],
    ids=["bomb", "no archive", "no tar", "links"],  # what is packed has its moment in it
)
async def test_an_archive_that_harms_is_not_unpacked(
    registry: Registry, tmp_path: Path, body: bytes, says: str | None
) -> None:
    registry.sdist("kit", "1.1", {"CHANGES": CHANGES})
    registry.documents["/simple/kit/"]["files"][-1] |= {"hashes": {}, "size": len(body)}
    registry.files["/files/kit-1.1.tar.gz"] = body
    async with opened(registry, tmp_path) as (packages, files):
        release = await newest(packages, KIT, tmp_path)
        if says is None:
            assert await files.changelog(release) == ""
            return
        with pytest.raises(CannotLook, match=says):
            await files.changelog(release)


async def test_a_password_goes_to_the_registrys_own_files_alone(
    registry: Registry, tmp_path: Path
) -> None:
    registry.sdist("kit", "1.1", {"CHANGES": CHANGES})
    with serving() as other:
        other.files["/files/kit-1.1.tar.gz"] = registry.files["/files/kit-1.1.tar.gz"]
        index = registry.simple.replace("//", "//me:secret@")
        async with opened(registry, tmp_path, PIP_INDEX_URL=index) as (packages, files):
            assert await files.changelog(await newest(packages, KIT, tmp_path)) == CHANGES
        elsewhere = f"{other.url}/files/kit-1.1.tar.gz"
        registry.documents["/simple/kit/"]["files"][-1]["url"] = elsewhere
        async with opened(registry, tmp_path, PIP_INDEX_URL=index) as (packages, files):
            assert await files.changelog(await newest(packages, KIT, tmp_path)) == CHANGES
    assert all("authorization" in one.headers for one in registry.asked)
    assert [one.headers.get("authorization") for one in other.asked] == [None]


async def test_a_page_of_an_older_mirror_tells_of_its_files_too(
    registry: Registry, tmp_path: Path
) -> None:
    registry.sdist("kit", "1.1", {"CHANGES": CHANGES})
    registry.html = True
    async with opened(registry, tmp_path) as (packages, files):
        release = await newest(packages, KIT, tmp_path)
        assert release.archive is not None
        assert release.archive.hash.startswith("sha256:")
        assert await files.changelog(release) == CHANGES


def test_only_an_address_of_the_web_is_one() -> None:
    text = (
        "Project-URL: Changelog, javascript:alert(1)\nProject-URL: History, https://kit.example\n"
    )
    assert described_by(text).notes_url == "https://kit.example"
    assert described_by("").notes_url is None


def test_what_is_kept_of_it_is_in_nobody_elses_reach(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    kept.keep_text("a", "text")
    assert kept.text("a") == "text"
    assert kept.text("b") is None
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert Kept(None).text("a") is None
