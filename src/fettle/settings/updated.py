"""What updates are applied to: the projects of the settings, and this machine's packages."""

from pathlib import Path

from fettle.model.rehearsal import SYSTEM
from fettle.settings import Settings
from fettle.settings.rehearsing import ApplySettings, RehearsalSettings
from fettle.settings.security import ProjectSettings


def updated(settings: Settings) -> dict[str, ProjectSettings]:
    """Return everything by its name; packages are looked after like a project is."""
    said = settings.updates.system
    apply = ApplySettings(
        how="in-place",
        check=said.check,
        watch=said.watch,
        watch_for=said.watch_for,
        within=said.within,
    )
    rehearsal = RehearsalSettings(test=("apt-get", "--simulate"))
    packages = ProjectSettings(name=SYSTEM, path=Path("/"), apply=apply, rehearsal=rehearsal)
    return {SYSTEM: packages, **{one.name: one for one in settings.project}}
