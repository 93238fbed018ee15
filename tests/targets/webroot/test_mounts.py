"""Roots that hold what is mounted, or are on what is read only: refused, and nothing is lost.

Each is mounted for real, where only what the test calls can see it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Mounts what is named, and tries to put a copy in the root's place; says what hindered it.
TRYING = """
import subprocess, sys
from pathlib import Path
from fettle.errors import FettleError
from fettle.targets.webroot.place import Place
root, *mounts = sys.argv[1:]
def mount(line):
    subprocess.run(["mount", *line.split("|")], check=True)
early, late = (one.split("+") if one else [] for one in mounts)
for line in early:
    mount(line)
def tell(act, *given):
    try:
        done = act(*given)
        print(act.__name__)
        return done
    except FettleError as error:
        print(f"{type(error).__name__}: {error}")
if made := tell(Place.made, Path(root), "r1"):
    for line in late:
        mount(line)
    tell(made[0].swap)
    tell(made[0].remove)
"""


def alone(*command: str) -> subprocess.CompletedProcess[str]:
    """Call something whose mounts nobody else sees, and which end with it."""
    as_root = [] if os.getuid() == 0 else ["--map-root-user"]
    unshared = ["unshare", "--mount", *as_root, *command]
    return subprocess.run(unshared, capture_output=True, text=True, timeout=60, check=False)


def tried(root: Path, *early: str, late: str = "") -> list[str]:
    """Try it on a root with mounts, and return what was said."""
    done = alone(sys.executable, "-c", TRYING, str(root), "+".join(early), late)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a root with uploads beside it, which may be mounted in it."""
    if (
        not shutil.which("unshare")
        or alone("mount", "-t", "tmpfs", "none", str(tmp_path)).returncode != 0
    ):
        pytest.skip("nothing can be mounted here")
    root = tmp_path / "srv" / "my shop"
    (root / "uploads").mkdir(parents=True)
    (root / "index.html").write_text("old")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "photo.jpg").write_bytes(b"the only one")
    return root


def untouched(root: Path) -> None:
    """See that everything is as it was, on what was mounted, too."""
    assert (root / "index.html").read_text() == "old"
    assert (root.parent.parent / "shared" / "photo.jpg").read_bytes() == b"the only one"


def test_a_root_on_what_is_read_only_is_refused(root: Path) -> None:
    beside = str(root.parent)
    read_only = f"--bind|{beside}|{beside}", f"-o|remount,bind,ro|{beside}"

    [said] = tried(root, *read_only)

    assert said.startswith(f"Refused: {beside} cannot be written")
    untouched(root)


@pytest.mark.parametrize("options", ["ro", "rw"])
def test_a_root_that_is_mounted_is_refused(root: Path, options: str) -> None:
    """A folder of the same file system may be mounted in its place: containers do."""
    mounted = f"--bind|{root}|{root}", f"-o|remount,bind,{options}|{root}"

    [said] = tried(root, *mounted)

    assert said.startswith(f"Refused: {root} is a file system of its own")
    untouched(root)


@pytest.mark.parametrize("kind", ["--bind", "tmpfs"])
def test_a_root_with_a_mount_in_it_is_refused(root: Path, kind: str) -> None:
    """It would move to the old root, and be emptied when that is removed."""
    shared, uploads = root.parent.parent / "shared", root / "uploads"
    mount = f"--bind|{shared}|{uploads}" if kind == "--bind" else f"-t|tmpfs|none|{uploads}"

    [said] = tried(root, mount)

    assert said.startswith(f"Refused: {uploads} is a file system of its own")
    untouched(root)


def test_what_is_mounted_later_in_the_root_is_not_moved(root: Path) -> None:
    uploads = root / "uploads"
    uploads.chmod(0o755)

    said = tried(root, late=f"-t|tmpfs|-o|mode=755|none|{uploads}")

    assert said[0] == "made"
    assert said[1].startswith(f"Refused: {uploads} is a file system of its own")
    assert said[2] == "remove"
    untouched(root)


def test_what_is_mounted_in_the_copy_is_not_emptied(root: Path) -> None:
    uploads = root.parent / ".my shop.fettle-r1" / "tree" / "uploads"

    said = tried(root, late=f"--bind|{root.parent.parent / 'shared'}|{uploads}")

    assert said[0] == "made"
    assert all(line.startswith(f"Refused: {uploads} is a file system") for line in said[1:])
    assert len(said) == 3
    untouched(root)
