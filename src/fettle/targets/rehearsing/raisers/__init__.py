"""What raises packages in locks, each by the client that the lock belongs to, and installs them."""

from fettle.errors import Refused
from fettle.targets.rehearsing.raisers.images import Images
from fettle.targets.rehearsing.raisers.npm import Npm
from fettle.targets.rehearsing.raisers.pip import Pip
from fettle.targets.rehearsing.raisers.pnpm import Pnpm
from fettle.targets.rehearsing.raisers.poetry import Poetry
from fettle.targets.rehearsing.raisers.raiser import Raiser
from fettle.targets.rehearsing.raisers.uv import Uv
from fettle.targets.rehearsing.raisers.yarn import Yarn

__all__ = ["RAISERS", "Raiser", "raiser_of"]

RAISERS: tuple[Raiser, ...] = (Uv(), Poetry(), Npm(), Pnpm(), Yarn(), Pip(), Images())


def raiser_of(where: str) -> Raiser:
    """Return what raises packages in a lock; raises Refused where nothing does."""
    for raiser in RAISERS:
        if raiser.reads(where):
            return raiser
    raise Refused(
        f"{where}: nothing here raises packages in it",
        remedy="raise it by hand; docs/updates.md says which locks are raised here",
    )
