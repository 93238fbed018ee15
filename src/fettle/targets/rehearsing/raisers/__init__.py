"""What raises packages in locks, each by the client that the lock belongs to, and installs them."""

from pathlib import PurePosixPath

from fettle.errors import Refused
from fettle.targets.rehearsing.raisers.images import Images
from fettle.targets.rehearsing.raisers.npm import Npm
from fettle.targets.rehearsing.raisers.pip import Pip
from fettle.targets.rehearsing.raisers.raiser import Raiser
from fettle.targets.rehearsing.raisers.uv import Uv

__all__ = ["RAISERS", "Raiser", "raiser_of"]

RAISERS: tuple[Raiser, ...] = (Uv(), Npm(), Pip(), Images())
_OTHERS = {
    "poetry.lock": "poetry raises no package to a version of one's choice in its lock alone",
    "pnpm-lock.yaml": "nothing here raises packages for pnpm",
    "yarn.lock": "nothing here raises packages for yarn",
}


def raiser_of(where: str) -> Raiser:
    """Return what raises packages in a lock; raises Refused where nothing does."""
    for raiser in RAISERS:
        if raiser.reads(where):
            return raiser
    name = PurePosixPath(where).name
    raise Refused(
        f"{where}: {_OTHERS.get(name, 'nothing here raises packages in it')}",
        remedy="raise it by hand; uv.lock, requirements*.txt, package-lock.json and images "
        "of Dockerfiles and files of compose are raised here",
    )
