"""Who was killed while a root was put back is followed by somebody who finishes, and says so."""

from pathlib import Path

import pytest

from fettle.errors import Refused
from fettle.flow.optimising import put_back
from fettle.targets.webroot import journal
from fettle.targets.webroot.journal import State
from fettle.targets.webroot.reading import manifest
from fettle.targets.webroot.roots import LocalRoots
from tests import optimised_run
from tests.flow.optimised import cut_off

ONE = "0123456789ab"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "srv" / "shop"
    made.mkdir(parents=True)
    (made / "index.html").write_bytes(b"<h1>A shop</h1>")
    return made


async def test_one_that_had_only_begun_is_brought_to_its_end(root: Path) -> None:
    was = manifest(root)
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    (place,) = root.parent.glob(".shop.*")
    written = journal.read(place)
    assert written is not None
    journal.write(place, written.now(State.UNDOING))

    await put_back(root, ONE, LocalRoots(), cut_off, run.before)

    assert manifest(root) == was
    assert list(root.parent.glob(".shop.*")) == []


async def test_one_that_had_ended_is_not_refused(root: Path) -> None:
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    await put_back(root, ONE, LocalRoots(), cut_off, run.before)

    await put_back(root, ONE, LocalRoots(), cut_off, run.before)


async def test_one_of_which_nothing_is_kept_is_refused(root: Path) -> None:
    run = optimised_run.swapped(root, ONE, {"index.html": b"<h1>A quick shop</h1>"})
    await put_back(root, ONE, LocalRoots(), cut_off, run.before)
    (root / "index.html").write_bytes(b"<h1>Another shop</h1>")

    with pytest.raises(Refused, match="is kept no more"):
        await put_back(root, ONE, LocalRoots(), cut_off, run.before)
