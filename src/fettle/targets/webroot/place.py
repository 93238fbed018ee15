"""The place beside a web root where its copy lies, and how the two change places.

::

    /srv/www/shop                    the root, live
    /srv/www/.shop.fettle-RUN/       the place: only for whoever made it
        state.json                   what is being done (journal.py), written before it is done
        tree/                        the copy; once it is live, the old root, as it was

Where the root is a link (`current -> releases/42`), the copy stays where it was made, and the link
is what changes.
"""

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fettle.errors import CannotLook, NotSupported, Refused
from fettle.model.experiment import Manifest
from fettle.targets.webroot import copying, journal
from fettle.targets.webroot.exchange import exchange, flush
from fettle.targets.webroot.journal import State, Written
from fettle.targets.webroot.mounts import refuse_mounted
from fettle.targets.webroot.reading import Bounds, look, manifest

_MARK = ".fettle-"


@dataclass(frozen=True)
class Root:
    """A web root as it is named, and the folder that it is."""

    named: Path
    folder: Path

    @classmethod
    def of(cls, path: Path) -> "Root":
        """Find a root; raises CannotLook for what is none."""
        named = Path(os.path.abspath(path))  # noqa: PTH100 - its own link is not followed
        try:
            folder = named.resolve(strict=True)
        except (OSError, RuntimeError):
            raise CannotLook(f"there is no folder {path}", remedy="name the web root") from None
        if not folder.is_dir():
            raise CannotLook(f"{path} is no folder", remedy="name the web root")
        return cls(named, folder)

    @property
    def link(self) -> str | None:
        """Where its link leads, if it is one."""
        return str(self.named.readlink()) if self.named.is_symlink() else None

    @property
    def live(self) -> int:
        """The inode of the folder that is the root now."""
        return self.named.stat().st_ino

    @property
    def beside(self) -> Path:
        """The folder in which its places are: where the folder is that it was at first."""
        if self.link and _MARK in self.folder.parent.name:
            return self.folder.parent.parent
        return self.folder.parent

    @property
    def places(self) -> list[Path]:
        """What there is of ours beside it."""
        name = self.named.name
        return sorted(
            one
            for one in self.beside.glob(f".*{_MARK}*")
            if not one.is_symlink() and _root_of(one) in (name, None)
        )

    @property
    def next_link(self) -> Path:
        """Where the link lies that is about to take the place of the root's."""
        return self.named.with_name(f".{self.named.name}{_MARK}link")

    def refuse_unchangeable(self) -> None:
        """Raise Refused for a root that no other can be put in the place of."""
        refuse_mounted(self.folder)
        around = {self.beside, self.named.parent}
        for folder in (*around, self.folder):
            if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
                raise Refused(
                    f"{folder} cannot be written: nothing can be put in the place of {self.named}",
                    remedy="name the folder that it is built from",
                )


def _root_of(place: Path) -> str | None:
    """Return the name of the root that a place belongs to; None where nobody wrote it down."""
    written = journal.read(place)
    return None if written is None else Path(written.root).name


class Place:
    """One copy of a root, on its way into the root's place, or back."""

    def __init__(self, root: Root, folder: Path, written: Written) -> None:
        self.root, self.folder, self.written = root, folder, written
        self._held: Mapping[str, tuple[int, ...]] | None = None

    @property
    def tree(self) -> Path:
        """The copy, as long as it is not live; the old root afterwards."""
        return self.folder / "tree"

    @classmethod
    def made(cls, path: Path, run: str, bounds: Bounds | None = None) -> tuple["Place", Manifest]:
        """Copy a root beside itself; raises Refused, CannotLook, NotSupported and ActFailed."""
        root = Root.of(path)
        root.refuse_unchangeable()
        folder = root.beside / f".{root.named.name}{_MARK}{run}"
        # a link's copy is served from where it is
        folder.mkdir(mode=0o711 if root.link else 0o700)
        written = Written(run, str(root.named), State.COPYING, time.time(), root.link)
        journal.write(folder, written)
        place = cls(root, folder, written)
        try:
            if root.link is None:
                place._refuse_unexchangeable()
            before = copying.copy(root.folder, place.tree, bounds or Bounds())
        except BaseException:
            place.remove()
            raise
        place.written = replace(
            written, old=root.live, new=place.tree.stat().st_ino, before=before.sha256
        )
        return place, before

    @classmethod
    def found(cls, path: Path, run: str) -> "Place":
        """Return the place of a run; raises Refused where it is gone."""
        root = Root.of(path)
        for folder in root.places:
            written = journal.read(folder)
            if written is not None and written.run == run:
                return cls(root, folder, written)
        raise Refused(
            f"what {root.named} was before run {run} is kept no more: a later one took its place"
        )

    def refuse_changed(self) -> None:
        """Raise Refused where the root is not what was copied any more."""
        self._refuse_led_elsewhere()
        if manifest(self.root.folder).sha256 != self.written.before:
            raise Refused(
                f"{self.root.named} has changed since it was copied: something was deployed to it",
                remedy="try again on what is there now",
            )

    def swap(self) -> None:
        """Put the copy in the root's place; raises Refused where the root is not what was copied.

        Until `keep` says that it is good, whoever comes after a kill takes it back.
        """
        self.refuse_changed()
        self._held = look(self.root.folder)
        self._write(replace(self.written, after=manifest(self.tree).sha256))
        os.sync()  # a copy that is live and empty after a power cut would be worse than none
        self._refuse_led_elsewhere()
        self._write(self.written.now(State.SWAPPING))
        self._change(self._ours)
        if self._is_written:
            self._back()
            raise Refused(
                f"{self.root.named} was written to while its place was taken: it was put back",
                remedy="try again when the deployment has ended",
            )

    def keep(self) -> None:
        """Say that what is live is good; raises Refused where the old root was written to since.

        Who had begun to deploy goes on where they began: in the old root, which is put back then.
        """
        if self._is_written:
            self._refuse_deployed()
            self._back()
            raise Refused(f"something is being deployed to what {self.root.named} was before")
        self._write(self.written.now(State.SWAPPED))

    def undo(self) -> None:
        """Put the old root back, byte for byte; raises Refused where either has changed since.

        Before it was kept, who had begun to deploy goes on in the old root, as `keep` has it.
        """
        if self.written.state is State.UNDONE:
            return
        self._refuse_deployed()
        is_kept = self.written.state is State.SWAPPED
        if is_kept and manifest(self._old).sha256 != self.written.before:
            raise Refused(f"what {self.root.named} was before has been changed: {self._old}")
        self._back()

    def finish(self) -> str:
        """Go on where somebody was killed; return how the root stands: whole, either way."""
        live = self.root.live
        if self.written.state in (State.SWAPPING, State.UNDOING) and live == self.written.new:
            if manifest(self.root.named).sha256 != self.written.after:
                self.keep()  # somebody has deployed to it since: theirs is not ours to take back
                return "kept"
            self._back()
            return "taken back"
        self.remove()
        return "removed"

    def remove(self) -> None:
        """Remove the place, but never what is live, nor what would be put back in its place.

        Raises Refused where somebody has mounted a file system in it: that is not ours to empty.
        """
        live = self.root.live
        if (
            not self.folder.exists()
            or live == self.written.new
            or (self.tree.exists() and self.tree.stat().st_ino == live)
        ):
            return
        refuse_mounted(self.folder)
        # whoever is killed in the middle of this must leave what says that it is to be removed
        for one in self.folder.iterdir():
            if one.is_dir():
                _emptied(one)
            elif one.name != journal.FILE:
                one.unlink()
        shutil.rmtree(self.folder)

    @property
    def _old(self) -> Path:
        if self.written.link is None:
            return self.tree
        return self.root.named.parent / self.written.link

    @property
    def _ours(self) -> str:
        """Where the root's link leads when the copy is live."""
        link = self.written.link
        if link is not None and not link.startswith("/"):
            return os.path.relpath(self.tree, self.root.named.parent.resolve())
        return str(self.tree)

    @property
    def _is_written(self) -> bool:
        """Whether the old root was written to since it was looked at before the swap."""
        if self._held is None or not self._old.exists():
            return False
        try:
            return look(self._old) != self._held
        except Refused:  # it changes while it is looked at
            return True

    def _back(self) -> None:
        self._write(self.written.now(State.UNDOING))
        self._change(self.written.link or "")
        self._write(self.written.now(State.UNDONE))
        self.remove()

    def _refuse_deployed(self) -> None:
        """Raise Refused where what is live is not what was put there any more."""
        if self.root.live != self.written.new or (
            manifest(self.root.named).sha256 != self.written.after
        ):
            raise Refused(
                f"{self.root.named} has changed since: to undo would lose what was deployed to it",
                remedy="deploy the version that you want",
            )

    def _refuse_led_elsewhere(self) -> None:
        """Raise Refused where the root's link has been given another release since."""
        if (now := self.root.named.resolve()) != self.root.folder:
            raise Refused(
                f"{self.root.named} leads to {now} since: something was deployed to it",
                remedy="try again on what is there now",
            )

    def _change(self, link: str) -> None:
        """Let the two change places; of a link, let it lead there."""
        if self.written.link is None:
            for folder in (self.root.folder, self.tree):
                refuse_mounted(folder)
            exchange(self.root.named, self.tree)
            return
        beside = self.root.next_link
        beside.unlink(missing_ok=True)
        beside.symlink_to(link)
        beside.rename(self.root.named)
        flush(self.root.named.parent)

    def _write(self, written: Written) -> None:
        self.written = written
        journal.write(self.folder, written)

    def _refuse_unexchangeable(self) -> None:
        one, other = self.folder / "one", self.folder / "other"
        one.mkdir()
        other.mkdir()
        try:
            exchange(one, other)
        except NotSupported as error:
            raise NotSupported(
                error.reason,
                remedy=f"make {self.root.named} a symbolic link to the folder: a link can change",
            ) from None
        finally:
            one.rmdir()
            other.rmdir()


def _emptied(tree: Path) -> None:
    """Remove a tree, folders that may not be written included."""
    for folder, _, _ in os.walk(tree):
        Path(folder).chmod(0o700)
    shutil.rmtree(tree)
