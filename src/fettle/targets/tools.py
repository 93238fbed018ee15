"""What tasks that come along work with on this machine: imported when a step first asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fettle.model.ports import Clock
from fettle.model.ports_upkeep import CheckRunner, History
from fettle.model.security import Advised
from fettle.model.taking import Taking
from fettle.model.work import Tools
from fettle.store.pool import Pool
from fettle.store.store import default_data_dir

if TYPE_CHECKING:
    from fettle.settings import Settings


@dataclass(frozen=True)
class Above:
    """What only the stages above can tell, or do."""

    history: History
    checks: CheckRunner
    advised: Advised
    taking: Taking


def tools_of(
    settings: "Settings",
    clock: Clock,
    environ: Mapping[str, str],
    pool: Pool,
    above: Above,
) -> Tools:
    """Return the tools."""
    from fettle.targets.backups.restoring import backups_of
    from fettle.targets.certificates.care import certificates_of
    from fettle.targets.rotation.logrotate import followed_in, rotations_of
    from fettle.targets.security.scan import security_of

    remembered = (settings.store.data or default_data_dir(environ)) / "logrotate"
    return Tools(
        certificates=certificates_of(settings, clock, environ),
        rotations=rotations_of(settings, clock, environ, remembered, followed_in(pool)),
        security=security_of(settings, environ, above.advised),
        backups=backups_of(settings, environ),
        history=above.history,
        checks=above.checks,
        taking=above.taking,
    )
