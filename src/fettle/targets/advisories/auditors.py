"""The auditors that come with clients of packages, asked for the locks that they read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fettle.model.security import Audited, Skipped
from fettle.settings.security import ProjectSettings
from fettle.targets.security import auditors

if TYPE_CHECKING:
    from fettle.settings import Settings


async def _nothing(_line: str) -> None:
    return None


@dataclass(frozen=True)
class AuditorsHere:
    """Asks uv, pip-audit and npm; implements model.ports_updates.Auditors."""

    settings: "Settings"
    environ: Mapping[str, str] = field(repr=False)

    async def audit(self, folder: Path) -> Mapping[Path, Audited | Skipped]:
        """See model.ports_updates.Auditors."""
        project = self._project(folder)
        asked = auditors.audit(project, self.settings.security, self.environ, _nothing)
        return {folder / _file_of(told, project.name): told async for told in asked}

    def _project(self, folder: Path) -> ProjectSettings:
        """Return the project that has a folder: what its auditors are given stands there."""
        known = (one for one in self.settings.project if one.path.resolve() == folder.resolve())
        return next(known, None) or ProjectSettings(name=folder.name[:80] or "project", path=folder)


def _file_of(told: Audited | Skipped, project: str) -> str:
    return told.source if isinstance(told, Audited) else told.subject.removeprefix(f"{project}: ")
