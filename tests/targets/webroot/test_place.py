"""A copy of a web root takes its place all at once, and the old one comes back byte for byte."""

import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fettle.errors import CannotLook, NotSupported, Refused
from fettle.model.quantity import Bytes
from fettle.optimisation.tree import changed
from fettle.targets.webroot import place as places
from fettle.targets.webroot.copying import put
from fettle.targets.webroot.place import Place
from fettle.targets.webroot.reading import Bounds, manifest, read_through
from fettle.targets.webroot.recovery import alone, forget_older, recovered
from tests.soaking import seed

# Makes a copy, changes it, and puts it in the root's place and takes it back, for ever.
AT_WORK = """
import sys
from pathlib import Path
from fettle.targets.webroot.copying import put
from fettle.targets.webroot.place import Place
root = Path(sys.argv[1])
print("go", flush=True)
for run in range(1000):
    place, _ = Place.made(root, f"{sys.argv[2]}-{run}")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    place.keep()
    place.undo()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a root with a bit of everything that one may hold."""
    root = tmp_path / "srv" / "shop"
    (root / "pictures" / "empty").mkdir(parents=True)
    (root / "index.html").write_text("old")
    (root / "pictures" / "hero.jpg").write_bytes(bytes(range(256)) * 50)
    (root / "pictures" / "hero.jpg").chmod(0o640)
    (root / "latest.jpg").symlink_to("pictures/hero.jpg")
    (root / "pictures").chmod(0o750)
    os.utime(root / "index.html", (1e9, 1e9))
    return root


@contextmanager
def somebody(folder: Path) -> Iterator[None]:
    """Be somebody to whom modes apply, who owns a folder and all in it."""
    if os.geteuid() != 0:
        yield
        return
    for one in (folder, *folder.rglob("*")):
        os.chown(one, 65534, 65534, follow_symlinks=False)
    group = os.getegid()
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)


def test_a_folder_that_is_closed_to_its_owner_is_written_into_and_closed_again() -> None:
    with TemporaryDirectory() as given:
        folder = Path(given) / "shop"
        folder.mkdir()
        (folder / "a.css").write_text("old")
        folder.chmod(0o555)
        Path(given).chmod(0o755)
        with somebody(folder):
            put(folder.parent, "shop/a.css", b"new", folder / "a.css")
            put(folder.parent, "shop/a.css.br", b"packed", folder / "a.css")
        assert (folder / "a.css").read_bytes() == b"new"
        assert {one.name for one in folder.iterdir()} == {"a.css", "a.css.br"}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o555


def beside(root: Path) -> list[str]:
    """Return what else lies where the root lies."""
    return sorted(one.name for one in root.parent.iterdir() if one.name != root.name)


def test_a_copy_is_the_same_in_every_way(root: Path) -> None:
    place, before = Place.made(root, "r1")

    assert not changed(before, manifest(place.tree))
    assert before == manifest(root)
    assert (place.tree / "index.html").stat().st_mtime == 1e9
    assert (place.tree / "latest.jpg").readlink() == Path("pictures/hero.jpg")
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700, "nobody else looks into it"


def test_what_was_put_in_its_place_is_taken_back_byte_for_byte(root: Path) -> None:
    place, before = Place.made(root, "r1")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    place.keep()

    assert (root / "index.html").read_text() == "new"
    assert changed(before, manifest(root)).edited == ("index.html",)

    Place.found(root, "r1").undo()

    assert manifest(root) == before
    assert (root / "index.html").stat().st_mtime == 1e9
    assert beside(root) == []


def test_a_root_that_is_a_link_is_changed_by_its_link(root: Path) -> None:
    link = root.parent / "current"
    link.symlink_to("shop")
    place, before = Place.made(link, "r1")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    place.keep()

    assert link.is_symlink()
    assert (link / "index.html").read_text() == "new"
    assert manifest(root) == before, "the release itself stays as it was deployed"

    again, _ = Place.made(link, "r2")
    again.swap()
    again.keep()
    forget_older(link, "r2")
    Place.found(link, "r2").undo()
    assert (link / "index.html").read_text() == "new"
    Place.found(link, "r1").undo()

    assert link.readlink() == Path("shop")
    assert beside(root) == ["current"]


def test_only_the_last_run_can_be_taken_back(root: Path) -> None:
    for run in ("r1", "r2"):
        place, _ = Place.made(root, run)
        place.swap()
        place.keep()
        forget_older(root, run)

    with pytest.raises(Refused, match="is kept no more"):
        Place.found(root, "r1")
    Place.found(root, "r2").undo()


def test_what_was_deployed_meanwhile_is_not_lost(root: Path) -> None:
    place, _ = Place.made(root, "r1")
    (root / "index.html").write_text("deployed")
    with pytest.raises(Refused, match="has changed since it was copied"):
        place.swap()
    place.remove()
    place, _ = Place.made(root, "r2")
    place.swap()
    place.keep()
    (root / "index.html").write_text("deployed again")
    with pytest.raises(Refused, match="would lose what was deployed"):
        place.undo()

    assert (root / "index.html").read_text() == "deployed again"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_who_had_begun_to_deploy_goes_on_in_the_old_root_which_is_put_back(
    root: Path, kind: str
) -> None:
    """A program that works in the root itself stays in it wherever that is moved to."""
    named = root if kind == "folder" else root.parent / "current"
    if kind == "link":
        named.symlink_to("shop")
    held = os.open(named, os.O_RDONLY)
    place, _ = Place.made(named, "r1")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    late = os.open("late.js", os.O_WRONLY | os.O_CREAT, dir_fd=held)
    os.write(late, b"deployed")
    for one in (late, held):
        os.close(one)
    with pytest.raises(Refused, match="is being deployed"):
        place.keep()
    place.undo()

    assert (named / "late.js").read_text() == "deployed"
    assert (named / "index.html").read_text() == "old"
    assert beside(named) == [] if kind == "folder" else ["shop"]


def test_what_was_not_found_good_goes_though_somebody_deploys_to_the_old_root(root: Path) -> None:
    place, _ = Place.made(root, "r1")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    (place.tree / "late.js").write_text("deployed")
    place.undo()

    assert (root / "index.html").read_text() == "old"
    assert (root / "late.js").read_text() == "deployed"
    assert beside(root) == []


def test_an_old_root_that_was_written_to_since_it_was_kept_is_not_put_back(root: Path) -> None:
    place, _ = Place.made(root, "r1")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()
    place.keep()
    (place.tree / "late.js").write_text("deployed")

    with pytest.raises(Refused, match="has been changed"):
        Place.found(root, "r1").undo()
    assert (root / "index.html").read_text() == "new"


def test_what_is_written_to_both_roots_is_nobodys_to_take_back(root: Path) -> None:
    place, _ = Place.made(root, "r1")
    place.swap()
    (place.tree / "late.js").write_text("deployed")
    (root / "later.js").write_text("deployed")
    with pytest.raises(Refused, match="would lose what was deployed"):
        place.keep()

    assert (root / "later.js").exists()
    assert (place.tree / "late.js").exists()


@pytest.mark.parametrize("then", ["the copy is judged", "it is about to take its place"])
def test_a_release_that_a_link_was_given_meanwhile_stays(
    root: Path, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, newer = root.parent / "current", root.parent / "newer"
    link.symlink_to("shop")
    newer.mkdir()
    place, _ = Place.made(link, "r1")

    def deploy() -> None:
        link.unlink()
        link.symlink_to("newer")

    if then == "the copy is judged":
        deploy()
    else:
        monkeypatch.setattr(os, "sync", deploy)
    with pytest.raises(Refused, match="newer since: something was deployed"):
        place.swap()
    place.remove()

    assert link.readlink() == Path("newer")
    assert beside(link) == ["newer", "shop"]


@pytest.mark.parametrize("deployed", ["index.html", "new.js", "pictures/hero.jpg"])
def test_a_root_that_is_being_deployed_to_is_refused(root: Path, deployed: str) -> None:
    def deploy(_path: str, _found: os.stat_result, chunks: Iterator[bytes]) -> None:
        list(chunks)
        (root / deployed).write_text("deployed")

    with pytest.raises(Refused, match="changed while it was read"):
        read_through(root, deploy)


@pytest.mark.parametrize("leads", ["../../etc", "/etc/passwd", "pictures/../../secret"])
def test_a_link_out_of_the_root_is_refused(root: Path, leads: str) -> None:
    (root / "out").symlink_to(leads)

    with pytest.raises(Refused, match="is a link out of the root"):
        Place.made(root, "r1")
    assert beside(root) == []


def test_what_is_no_file_is_refused(root: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "s"))
        with pytest.raises(Refused, match="is neither a file nor a folder"):
            Place.made(root, "r1")


def test_what_is_too_much_is_refused(root: Path) -> None:
    with pytest.raises(Refused, match=r"hero\.jpg is larger than 1\.0 KiB"):
        Place.made(root, "r1", Bounds(one=Bytes(1024)))
    with pytest.raises(Refused, match="more than 3 files"):
        Place.made(root, "r1", Bounds(files=3))
    with pytest.raises(Refused, match="shop is larger than"):
        Place.made(root, "r1", Bounds(size=Bytes(1024)))


def test_what_is_no_root_is_said_to_be_none(root: Path) -> None:
    with pytest.raises(CannotLook, match="there is no folder"):
        Place.made(root / "nowhere", "r1")
    with pytest.raises(CannotLook, match="is no folder"):
        Place.made(root / "index.html", "r1")


def test_a_file_system_that_cannot_exchange_is_refused_before_anything_is_copied(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(_one: Path, _other: Path) -> None:
        raise NotSupported("the file system cannot")

    monkeypatch.setattr(places, "exchange", cannot)

    with pytest.raises(NotSupported) as raised:
        Place.made(root, "r1")
    assert "symbolic link" in str(raised.value.remedy)
    assert beside(root) == []


def test_one_works_on_a_root_at_a_time(root: Path) -> None:
    with alone(root), pytest.raises(Refused, match="somebody else"), alone(root):
        pass


def test_who_was_cut_off_before_it_was_found_good_is_taken_back(root: Path) -> None:
    before = manifest(root)
    place, _ = Place.made(root, "r1")
    put(place.tree, "index.html", b"new", place.tree / "index.html")
    place.swap()

    with alone(root) as told:
        assert told == {"r1": "taken back"}
    assert manifest(root) == before
    assert beside(root) == []


def test_who_was_cut_off_before_they_said_that_it_was_kept_is_said_to_have(root: Path) -> None:
    place, _ = Place.made(root, "r1")
    place.swap()
    place.keep()

    with alone(root) as told:
        assert told == {"r1": "kept"}
    Place.found(root, "r1").undo()


def test_a_link_that_somebody_was_cut_off_before_using_is_removed(root: Path) -> None:
    link = root.parent / "current"
    link.symlink_to("shop")
    (root.parent / ".current.fettle-link").symlink_to("shop")

    with alone(link) as told:
        assert told == {}
    assert beside(root) == ["current"]


def kill_at_work(root: Path, run: str, after_s: float) -> None:
    """Let somebody work on a root, and kill them."""
    with subprocess.Popen(
        [sys.executable, "-c", AT_WORK, str(root), run], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)


def killed_again_and_again(root: Path, times: int) -> None:
    """Kill those who work on a root, and see each time that it is whole."""
    chance = random.Random(seed())
    before = manifest(root)
    found = set()
    for run in range(times):
        kill_at_work(root, f"r{run}", chance.random() * 0.12)

        content = (root / "index.html").read_text()
        difference = changed(before, manifest(root))
        assert (content, difference.edited) in {("old", ()), ("new", ("index.html",))}
        assert (difference.added, difference.removed) == ((), ())
        found.add(content)
        for how in recovered(root).values():
            assert how in ("kept", "taken back", "removed")
        if (root / "index.html").read_text() == "new":  # it was found good, and kept
            kept = next(iter(places.Root.of(root).places))
            Place.found(root, kept.name.partition(".fettle-")[2]).undo()
        assert manifest(root) == before
        assert beside(root) == []
    assert found


def test_killed_at_any_moment_the_root_is_the_old_or_the_new_one(root: Path) -> None:
    killed_again_and_again(root, 8)


@pytest.mark.soak
def test_killed_very_often_the_root_is_always_whole(root: Path) -> None:
    killed_again_and_again(root, 400)
