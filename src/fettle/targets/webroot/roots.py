"""The web roots of this machine; implements model.ports_experiment.WebRoots."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from fettle.model.experiment import Manifest, Tree
from fettle.targets.webroot import copying, recovery
from fettle.targets.webroot.files import Folder
from fettle.targets.webroot.place import Place
from fettle.targets.webroot.reading import Bounds, manifest
from fettle.targets.webroot.serving import serving


@dataclass(frozen=True)
class AtWork:
    """A place, as experiments use it."""

    place: Place

    @property
    def files(self) -> Tree:
        """See model.ports_experiment.Workplace."""
        return Folder(self.place.tree)

    @property
    def original(self) -> Tree:
        """See model.ports_experiment.Workplace."""
        return Folder(self.place.root.named)

    def put(self, path: str, content: bytes, like: str) -> None:
        """See model.ports_experiment.Workplace."""
        copying.put(self.place.tree, path, content, self.place.tree / like)

    def refuse_changed(self) -> None:
        """See model.ports_experiment.Workplace."""
        self.place.refuse_changed()

    def swap(self) -> None:
        """See model.ports_experiment.Workplace."""
        self.place.swap()

    def keep(self) -> None:
        """See model.ports_experiment.Workplace."""
        self.place.keep()
        recovery.forget_older(self.place.root.named, self.place.written.run)

    def undo(self) -> None:
        """See model.ports_experiment.Workplace."""
        self.place.undo()

    def remove(self) -> None:
        """See model.ports_experiment.Workplace."""
        self.place.remove()


@dataclass(frozen=True)
class LocalRoots:
    """Roots on this machine's file systems."""

    bounds: Bounds | None = None

    def alone(self, root: Path) -> AbstractContextManager[Mapping[str, str]]:
        """See model.ports_experiment.WebRoots."""
        return recovery.alone(root)

    def copied(self, root: Path, run: str) -> tuple[AtWork, Manifest]:
        """See model.ports_experiment.WebRoots."""
        place, before = Place.made(root, run, self.bounds)
        return AtWork(place), before

    def kept(self, root: Path, run: str) -> AtWork:
        """See model.ports_experiment.WebRoots."""
        return AtWork(Place.found(root, run))

    def sha256(self, root: Path) -> str:
        """See model.ports_experiment.WebRoots."""
        return manifest(root, self.bounds).sha256

    def serving(
        self, files: Tree, instead: Mapping[str, str], *, packs: bool
    ) -> AbstractContextManager[str]:
        """See model.ports_experiment.WebRoots."""
        return serving(files, instead, packs=packs)
