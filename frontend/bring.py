"""Part of building the wheel: it carries what the pages take from npm, so users need no npm."""

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
        brought = root / "src/fettle/frontends/web/packages/brought"
        if version != "editable" and not brought.exists():
            subprocess.run(  # noqa: S603 - our own script
                [str(root / "script/frontend")],
                check=True,
                env=os.environ | {"PYTHON": sys.executable},
            )
