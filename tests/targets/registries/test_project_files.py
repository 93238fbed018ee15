"""The files of a project are read within its folder, and within bounds."""

from pathlib import Path

import pytest

from fettle.errors import CannotLook, UnreadableLock
from fettle.model.ports_updates import Below, Project
from fettle.targets.registries.project_files import FilesOnDisk


async def test_the_files_of_a_folder_are_listed(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    (tmp_path / "folder").mkdir()
    assert await FilesOnDisk().names(Project("shop", tmp_path)) == ["uv.lock"]


async def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotLook, match="no such file or directory"):
        await FilesOnDisk().names(Project("shop", tmp_path / "gone"))


async def test_others_code_and_what_is_hidden_is_not_looked_through(tmp_path: Path) -> None:
    for folder in ("app", "node_modules/x", ".git", "a/b/c/d/e"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "Dockerfile").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    found = await FilesOnDisk().below(Project("shop", tmp_path), ["Dockerfile"])
    assert found == Below(("app/Dockerfile",))


async def test_of_very_many_it_is_said_how_many_are_not_read(tmp_path: Path) -> None:
    for number in range(203):
        (tmp_path / f"Dockerfile.{number}").touch()
    found = await FilesOnDisk().below(Project("shop", tmp_path), ["Dockerfile.*"])
    assert len(found.names) == 200
    assert [one.reason for one in found.passed] == ["3 files there were not read: 200 are"]


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    """Neither by a name nor by a link."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "link").symlink_to(tmp_path / "secret")
    project = Project("shop", tmp_path / "shop")
    assert FilesOnDisk().text(project, "../secret") is None
    assert FilesOnDisk().text(project, "link") is None
    assert FilesOnDisk().text(project, "none") is None


def test_what_is_no_text_or_too_large_is_told(tmp_path: Path) -> None:
    project = Project("shop", tmp_path)
    (tmp_path / "uv.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableLock, match="is no text in UTF-8"):
        FilesOnDisk().text(project, "uv.lock")
    with (tmp_path / "huge.lock").open("wb") as file:
        file.truncate(50 * 1024**2 + 1)
    with pytest.raises(UnreadableLock, match="is larger than 50 MB"):
        FilesOnDisk().text(project, "huge.lock")
