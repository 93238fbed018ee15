"""What it takes to let people in, made once."""

from collections.abc import Mapping
from dataclasses import dataclass

from fettle.flow.people.passwords import Passwords
from fettle.flow.people.sealed import Sealing
from fettle.model.ports import SignOn
from fettle.settings.log_in import LogInSettings


@dataclass(frozen=True)
class People:
    """How people log in here: by password, by link, and by which providers."""

    settings: LogInSettings
    passwords: Passwords
    sealing: Sealing
    providers: Mapping[str, SignOn]
