"""The rules by which sudo lets somebody who is not root apply updates: one a command, and no more.

Arguments are matched by regular expressions, which sudo has since 1.9.10: a package with its
version, and nothing that could be an option.
"""

import re
from collections.abc import Iterator

from fettle.settings.system_updates import SystemUpdatesSettings
from fettle.targets.system.apt_get import ALONE, APT, ASKED, ENV, INSTALL
from fettle.targets.system.bench import REBOOT, RESTART

_UNIT = r"[A-Za-z0-9@_.:-]*"


def rules(user: str, settings: SystemUpdatesSettings) -> Iterator[str]:
    """Yield the rules for a user: of apt, of each service that may be restarted, of the machine."""
    words = " ".join(re.escape(word).replace(r"\-", "-") for word in (*ALONE, APT, *INSTALL))
    yield _rule(user, f"{ENV} ^{words}( {ASKED})+$")
    for pattern in settings.restart:
        parts = [re.escape(part).replace(r"\-", "-") for part in pattern.split("*")]
        yield _rule(user, f"{RESTART[0]} ^{RESTART[1]} {_UNIT.join(parts)}$")
    if settings.reboot:
        yield _rule(user, " ".join(REBOOT))


def _rule(user: str, command: str) -> str:
    return f"{user} ALL=(root) NOPASSWD: {command}"
