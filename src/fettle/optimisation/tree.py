"""What has changed between two states of a web root."""

from dataclasses import dataclass

from fettle.model.experiment import Manifest


@dataclass(frozen=True)
class Changed:
    """The paths that differ, in their order."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.edited)

    def __str__(self) -> str:
        counted = [
            f"{len(paths)} {how} ({paths[0]}{', …' if len(paths) > 1 else ''})"
            for how, paths in (
                ("added", self.added),
                ("removed", self.removed),
                ("changed", self.edited),
            )
            if paths
        ]
        return ", ".join(counted) or "nothing"


def changed(before: Manifest, after: Manifest) -> Changed:
    """Compare two manifests: content, kind and mode of everything in them."""
    old, new = _all(before), _all(after)
    return Changed(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        edited=tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
    )


def _all(manifest: Manifest) -> dict[str, object]:
    folders = {f"{path}/": mode for path, mode in manifest.folders.items()}
    return {**folders, **manifest.entries}
