"""Whoever works on a root is killed before each thing that they do to the disk.

An audit hook counts what is done to files, and kills the process at the one that is asked for: no
moment is left to chance. Then the root is the old or the new one, whole, and whoever comes next,
who may be killed as well, leaves nothing else.
"""

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fettle.model.experiment import Manifest
from fettle.targets.webroot.copying import put
from fettle.targets.webroot.place import Place, Root
from fettle.targets.webroot.reading import manifest
from fettle.targets.webroot.recovery import recovered
from tests.soaking import seed

# What is killed at which event: a run from its copy to its undo, or a recovery.
KILLED = """
import os, signal, sys
from pathlib import Path
from fettle.targets.webroot.copying import put
from fettle.targets.webroot.place import Place
from fettle.targets.webroot.recovery import recovered
act, root, run, last = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
told = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.chmod", "os.utime",
        "ctypes.dlsym", "open", "os.listdir"}
done = 0
def hook(event, arguments):
    global done
    if event in told:
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
done = 0
if act == "recover":
    recovered(root)
else:
    place, _ = Place.made(root, run)
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    place.keep()
    place.undo()
print(done)
"""


@pytest.fixture(params=["folder", "link"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Make a root: a folder, or a link to one, as those who deploy by links have it."""
    folder = tmp_path / "srv" / "shop"
    (folder / "pictures" / "empty").mkdir(parents=True)
    (folder / "index.html").write_text("old")
    (folder / "pictures" / "hero.jpg").write_bytes(bytes(range(256)) * 50)
    (folder / "pictures").chmod(0o750)
    if request.param == "folder":
        return folder
    link = folder.parent / "current"
    link.symlink_to("shop")
    return link


def killed(act: str, root: Path, run: str, last: int) -> int | None:
    """Act until that event; return how many there were, None where it was killed."""
    process = subprocess.run(
        [sys.executable, "-c", KILLED, act, str(root), run, str(last)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if process.returncode == -signal.SIGKILL:
        return None
    assert process.returncode == 0, process.stderr
    return int(process.stdout)


def whole(root: Path, before: Manifest) -> str:
    """See that a root is one or the other, and return which."""
    now = manifest(root)
    which = (root / "index.html").read_text()
    assert which in {"old", "new"}
    others = {path: one for path, one in now.entries.items() if path != "index.html"}
    assert others == {path: one for path, one in before.entries.items() if path != "index.html"}
    assert now.folders == before.folders
    assert which == "new" or now == before
    return which


def as_it_was(root: Path, before: Manifest, beside: set[str]) -> None:
    """See that whoever comes next leaves the root as it was, or a new one that can be undone."""
    for how in recovered(root).values():
        assert how in {"kept", "taken back", "removed"}
    if whole(root, before) == "new":  # it was found good before the kill
        (place,) = Root.of(root).places
        Place.found(root, place.name.partition(".fettle-")[2]).undo()
    assert manifest(root) == before
    assert {one.name for one in root.parent.iterdir()} == beside


def killed_at(root: Path, events: list[int], *, again: random.Random | None = None) -> set[str]:
    """Kill at each of the events, look, and recover; with `again`, kill who recovers, too."""
    before, found = manifest(root), set()
    beside = {one.name for one in root.parent.iterdir()}
    for event in events:
        if killed("run", root, f"r{event}", event) is None:
            found.add(whole(root, before))
        if again is not None:
            killed("recover", root, "", again.randrange(1, 60))
            whole(root, before)
        as_it_was(root, before, beside)
    return found


def all_events(root: Path) -> int:
    """Return how many things are done to the disk from the copy to the undo."""
    done = killed("run", root, "counted", 0)
    assert done is not None
    assert done > 40
    return done


def test_killed_before_anything_that_it_does_the_root_is_whole(root: Path) -> None:
    last = all_events(root)
    chance = random.Random(seed())

    killed_at(root, sorted(chance.sample(range(1, last + 1), 12)))


def test_whoever_tidies_up_may_be_killed_too(root: Path) -> None:
    last = all_events(root)
    chance = random.Random(seed())

    killed_at(root, sorted(chance.sample(range(1, last + 1), 6)), again=chance)


@pytest.mark.soak
def test_killed_before_everything_that_it_does_the_root_is_whole(root: Path) -> None:
    last = all_events(root)

    assert killed_at(root, list(range(1, last + 1))) == {"old", "new"}
    assert killed_at(root, list(range(1, last + 1)), again=random.Random(seed())) == {"old", "new"}


def test_whoever_reads_meanwhile_finds_all_of_it(root: Path) -> None:
    stopping, wrong, read = threading.Event(), list[str](), set[str]()

    def reading() -> None:
        while not stopping.is_set():
            try:
                read.add((root / "index.html").read_text())
                if (root / "pictures" / "hero.jpg").stat().st_size != 256 * 50:
                    wrong.append("a picture is cut off")
            except OSError as error:
                wrong.append(str(error))

    thread = threading.Thread(target=reading)
    thread.start()
    try:
        for run in range(30):
            place, _ = Place.made(root, f"r{run}")
            put(place.tree, "index.html", b"new", place.tree / "index.html")
            place.swap()
            place.keep()
            place.undo()
    finally:
        stopping.set()
        thread.join()

    assert (wrong, read) == ([], {"old", "new"})
