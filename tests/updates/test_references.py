"""References to updates, as people type them."""

from pathlib import Path

import pytest

from fettle.errors import WrongUsage
from fettle.model.update import Ecosystem
from fettle.updates.references import referred


@pytest.fixture
def projects(tmp_path: Path) -> dict[str, Path]:
    for name in ("shop/uv.lock", "shop/web/package-lock.json", "other/requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return {"shop": tmp_path / "shop", "web": tmp_path / "shop" / "web"}


def test_a_lock_is_found_from_where_one_is(projects: dict[str, Path], tmp_path: Path) -> None:
    found = referred("uv.lock#HTTP_x==0.28.1", projects, tmp_path / "shop")

    assert (found.project, found.wanted.where) == ("shop", "uv.lock")
    assert (found.wanted.package.name, found.wanted.version) == ("http-x", "0.28.1")
    assert found.wanted.id == "shop/uv.lock#http-x==0.28.1"


def test_its_id_means_the_same_from_anywhere(projects: dict[str, Path], tmp_path: Path) -> None:
    first = referred("uv.lock#a==1", projects, tmp_path / "shop")

    assert referred(first.wanted.id, projects, tmp_path / "other") == first


def test_the_innermost_project_has_it(projects: dict[str, Path], tmp_path: Path) -> None:
    found = referred("shop/web/package-lock.json#@a/b==1.0.0-rc.1", projects, tmp_path)

    assert (found.project, found.wanted.where) == ("web", "package-lock.json")
    assert found.wanted.package.ecosystem is Ecosystem.NPM
    assert found.wanted.package.name == "@a/b"


@pytest.mark.parametrize(
    "text",
    ["uv.lock#a", "uv.lock#a==1 --evil", "uv.lock#-e==1", "../other/requirements.txt#a==1", "#a==1",
     "shop/../other/requirements.txt#a==1", "uv.lock#a==$(x)"],
)  # fmt: skip
def test_anything_else_is_refused(text: str, projects: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(WrongUsage):
        referred(text, projects, tmp_path / "shop")
