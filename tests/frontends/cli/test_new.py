"""`fettle new` writes a unit that works, with a test that passes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontends.cli.calling import fettle


@pytest.mark.parametrize("kind", ["check", "fix", "task", "source", "optimisation"])
def test_the_scaffold_passes_its_own_test(tmp_path: Path, kind: str) -> None:
    called = fettle("new", kind, "my-own-unit", cwd=tmp_path)

    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert called.code == 0
    assert (tmp_path / "my_own_unit.sql").exists() == (kind in ("check", "fix"))
    assert tested.returncode == 0, tested.stdout


@pytest.mark.parametrize(
    "id_", ["Upper", "../escape", "1st", "a b", "ünit", "class", "index-unused"]
)
def test_a_name_that_is_no_id_is_refused(tmp_path: Path, id_: str) -> None:
    called = fettle("new", "check", id_, cwd=tmp_path)

    assert called.code == 64
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.sql").write_text("precious")

    called = fettle("new", "check", "mine", cwd=tmp_path)

    assert called.code == 64
    assert (tmp_path / "mine.sql").read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1
