"""Which browser is used, and what is said where there is none."""

from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.targets.browser.found import found


def program(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh\n")
    place.chmod(0o755)
    return place


def test_the_one_that_is_named_is_used_and_no_other(tmp_path: Path) -> None:
    named = program(tmp_path / "mine")
    program(tmp_path / "chromium")
    assert found(named, {"PATH": str(tmp_path)}) == named
    with pytest.raises(CannotLook, match="gone is no program"):
        found(tmp_path / "gone", {"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("place", "variable"),
    [
        ("chromium", "PATH"),
        ("google-chrome", "PATH"),
        ("chromium-1200/chrome-linux/chrome", "PLAYWRIGHT_BROWSERS_PATH"),
        ("chromium_headless_shell-1200/chrome-linux/headless_shell", "PLAYWRIGHT_BROWSERS_PATH"),
        (".cache/ms-playwright/chromium-1200/chrome-linux64/chrome", "HOME"),
    ],
)
def test_it_is_found_where_it_is_kept(tmp_path: Path, place: str, variable: str) -> None:
    there = program(tmp_path / place)
    assert found(None, {"PATH": "/nowhere", variable: str(tmp_path)}) == there


def test_the_newest_that_playwright_has_is_used(tmp_path: Path) -> None:
    program(tmp_path / "chromium-1199/chrome-linux/chrome")
    newest = program(tmp_path / "chromium-1200/chrome-linux/chrome")
    environ = {"PATH": "/nowhere", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    assert found(None, environ) == newest


def test_where_there_is_none_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(CannotLook, match="no Chromium on this machine") as refused:
        found(None, {"PATH": "/nowhere", "HOME": str(tmp_path)})
    assert "apt-get install chromium" in (refused.value.remedy or "")
    assert "[optimisation] browser" in (refused.value.remedy or "")
