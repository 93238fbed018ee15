"""Patches, applied by git as people apply them."""

import subprocess
from collections.abc import Mapping
from pathlib import Path


def applied(folder: Path, files: Mapping[str, bytes], patch: str) -> dict[str, bytes]:
    """Write files, apply a patch to them, and return them as they are then."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    apply(folder, patch)
    return {path: (folder / path).read_bytes() for path in files}


def apply(folder: Path, patch: str) -> None:
    """Apply a patch in a folder."""
    done = subprocess.run(
        ["git", "apply", "-"], cwd=folder, input=patch.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
