"""Part of building the wheel: it carries what comes from npm, so users need no npm."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Bring(BuildHookInterface):  # type: ignore[type-arg]
    """Brings it, where it has not been brought before."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """See BuildHookInterface; for an editable install `make` brings it."""
        root = Path(self.root)
        parts = ("frontends/web/packages/brought", "targets/browser/packages/web-vitals.js")
        brought = all((root / "src/fettle" / part).exists() for part in parts)
        if version != "editable" and not brought:
            subprocess.run(  # noqa: S603 - our own script
                [str(root / "script/frontend")],
                check=True,
                env=os.environ | {"PYTHON": sys.executable},
            )
