"""Settings of updates: which of them are taken, how old they must be, and when."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from fettle.model.looking import Duration
from fettle.model.update import Ecosystem
from fettle.settings.certificates import WholePath
from fettle.settings.section import Section
from fettle.settings.system_updates import SystemUpdatesSettings

LevelName = Literal["patch", "minor", "major"]


class UpdateRuleSettings(Section):
    """What is different for some packages; of several that fit, the last one that sets it."""

    packages: tuple[str, ...] = Field(
        min_length=1, description="patterns of names, like django*; @scope/* of npm's"
    )
    ecosystem: Ecosystem | None = Field(
        None, description="whose names they are: pypi, npm, deb, oci, postgresql, python, node"
    )
    level: LevelName | None = Field(None, description="the highest level that is taken")
    security_level: LevelName | None = Field(
        None, description="the highest level that is taken where it closes an advisory"
    )
    age: Duration | None = Field(
        None, ge=timedelta(0), description="how long a version must have been out"
    )
    versions: str | None = Field(
        None, description="the range that they are pinned to, as the ecosystem writes ranges"
    )
    group: str | None = Field(None, max_length=60, description="what they are tried together as")
    windows: tuple[str, ...] | None = Field(
        None, description="names of the [[window]]s in which they are taken"
    )
    prereleases: bool | None = Field(None, description="whether pre-releases are taken")


class UpdateIgnoreSettings(Section):
    """Updates, or advisories, that are accepted as they are."""

    package: str = Field("*", description="a pattern of the package's name")
    advisory: str | None = Field(
        None, description="the advisory's id, or an alias of it; all updates when not given"
    )
    versions: str | None = Field(
        None, description="the range of offered versions that are ignored; all when not given"
    )
    reason: str = Field(min_length=1, description="why it is accepted")
    until: date | None = Field(None, description="the last day on which it is accepted")


class UpdatesSettings(Section):
    """Which updates are worth taking, and by what they are judged."""

    every: Duration = Field(
        timedelta(days=1),
        ge=timedelta(0),
        description="how often a server looks for updates by itself; never when 0",
    )
    on: str | None = Field(
        None,
        description="the label of the worker that looks, and whose machine's packages are updated; "
        "any worker when not given",
    )
    advisories: tuple[WholePath, ...] = Field(
        (),
        description="folders and archives (zip, tar) of OSV's records on this machine, besides "
        "security.osv",
    )
    advisories_age: Duration = Field(
        timedelta(days=30),
        gt=timedelta(0),
        description="advisories say nothing of weaknesses when the newest of them is older",
    )
    auditors: bool = Field(
        False,
        description="whether uv, pip-audit and npm are asked as well for what they read, by the "
        "advisories that they go by themselves",
    )
    level: LevelName = Field(
        "minor", description="the highest level that is taken: patch, minor or major"
    )
    security_level: LevelName = Field(
        "major", description="the highest level that is taken where it closes an advisory"
    )
    age: Duration = Field(
        timedelta(days=7),
        ge=timedelta(0),
        description="how long a version must have been out, and all that comes along with it; one "
        "that closes an advisory need not",
    )
    windows: tuple[str, ...] = Field(
        (), description="names of the [[window]]s in which updates are taken; any time when empty"
    )
    prereleases: bool = Field(
        False, description="whether pre-releases are taken; where one is in use they are"
    )
    system: SystemUpdatesSettings = Field(
        SystemUpdatesSettings(), description="how this machine's packages are updated"
    )
    rule: tuple[UpdateRuleSettings, ...] = Field(
        (),
        description="what is different for some packages: level, security_level, age, versions, "
        "group, windows, prereleases",
    )
    ignore: tuple[UpdateIgnoreSettings, ...] = Field(
        (), description="what is accepted, with a reason and until when"
    )
