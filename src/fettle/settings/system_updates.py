"""Settings of updates of this machine's packages: what may be done after them, and how they do."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from fettle.model.looking import Duration
from fettle.settings.section import Section

Unit = Annotated[str, Field(pattern=r"^[A-Za-z0-9@_.:*-]+\.service$")]


class SystemUpdatesSettings(Section):
    """How updates of this machine's packages are applied, by apt."""

    restart: tuple[Unit, ...] = Field(
        (),
        description="patterns of systemd's services, like nginx.service, that may be restarted "
        "where they still use what was replaced; others are named only",
    )
    reboot: bool = Field(
        False, description="the machine may be restarted, a minute later, where an update needs it"
    )
    check: tuple[str, ...] = Field(
        (), description="the words of the command that says whether the machine works after it"
    )
    watch: tuple[str, ...] = Field(
        (), description="targets of fettle.toml that must be no worse after it than before"
    )
    watch_for: Duration = Field(
        timedelta(minutes=15),
        ge=timedelta(0),
        description="how long `watch` and `check` are looked at after it; 0s for not at all",
    )
    within: Duration = Field(
        timedelta(minutes=2), gt=timedelta(0), description="the longest that `check` may take"
    )
