"""What the extra `web` brings can be installed beside anything."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

MOST = 200_000_000


def asked_for(found: Distribution, extra: str = "") -> Iterator[str]:
    for line in found.requires or ():
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            yield one.name


def test_it_takes_less_than_200_mb() -> None:
    fettle = distribution("fettle-ops")
    names = list(set(asked_for(fettle, "web")) - set(asked_for(fettle)))
    assert names
    for name in names:
        names += [one for one in asked_for(distribution(name)) if one not in names]
    files = [file for name in names for file in distribution(name).files or ()]
    size = sum(there.stat().st_size for one in files if (there := Path(one.locate())).is_file())
    assert 1_000_000 < size < MOST, names
