"""Settings of the look for known weaknesses: projects, advisories, and what fails it."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from fettle.model.looking import Duration
from fettle.model.severity import Severity
from fettle.settings.certificates import WholePath, variable
from fettle.settings.rehearsing import ApplySettings, RehearsalSettings
from fettle.settings.section import Section, SeverityByName


def _address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("it must be an address like https://host")
    return url.rstrip("/")


class SecuritySettings(Section):
    """How known weaknesses are looked for."""

    fail_from: SeverityByName = Field(
        Severity.HIGH,
        validate_default=True,
        description="a weakness as bad as that fails the scan: critical, high, medium, low, info",
    )
    osv: Annotated[str, AfterValidator(_address)] | None = Field(
        None,
        description="a server of advisories that speaks OSV's API, for Python; else the auditors' "
        "own",
    )
    stale_after: Duration = Field(
        timedelta(days=2),
        gt=timedelta(0),
        description="apt's lists say nothing of updates when they are older than that",
    )
    audit_timeout: Duration = Field(
        timedelta(minutes=10), gt=timedelta(0), description="the longest that an auditor may take"
    )


class ProjectSettings(Section):
    """A project whose dependencies are audited."""

    name: str = Field(min_length=1, max_length=80, description="what it is called")
    path: WholePath = Field(
        description="its folder on this machine: uv.lock, requirements*.txt with pinned versions, "
        ".venv, package-lock.json and npm-shrinkwrap.json in it are audited"
    )
    environment: tuple[Annotated[str, AfterValidator(variable)], ...] = Field(
        (),
        description="names of variables of the environment that the auditors are given, like "
        "npm_config_registry; they are given no others",
    )
    on: str | None = Field(
        None,
        min_length=1,
        max_length=32,
        description="the label of the workers that have its folder",
    )
    rehearsal: RehearsalSettings = Field(
        RehearsalSettings(), description="how its updates are tried; see docs/updates.md"
    )
    apply: ApplySettings = Field(
        ApplySettings(), description="how what passed is applied; see docs/updates.md"
    )
