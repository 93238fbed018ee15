"""Records in the shape of the published ones, whose lists of versions are complete.

Which versions are affected is decided first, by their places in the order; the ranges are written
from that, so that neither is made with what is tested.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from packaging.version import Version


def pypi_versions(seed: random.Random) -> list[str]:
    """Return the versions of a package from the oldest to the newest, as its index has them."""
    written = {
        f"{seed.randint(0, 3)}.{seed.randint(0, 9)}{seed.choice(('', '', '.0', '.1', '.10'))}"
        f"{seed.choice(('', '', '', 'a1', 'rc1', 'rc2', '.post1', '.dev1'))}"
        for _ in range(60)
    }
    return [str(one) for one in sorted({Version(text) for text in written})]


def npm_versions(seed: random.Random) -> list[str]:
    """Return the versions of a package; a release stands behind its pre-releases."""
    numbers = sorted({tuple(seed.randint(0, 12) for _ in range(3)) for _ in range(40)})
    behind = ("-alpha", "-alpha.1", "-beta", "-rc.2", "-rc.10", "")
    return [
        ".".join(map(str, number)) + pre
        for number in numbers
        for pre in behind
        if not pre or seed.random() < 0.2
    ]


def _ranges(
    seed: random.Random, versions: Sequence[str], affected: list[bool]
) -> Iterator[list[dict[str, str]]]:
    """Yield ranges that hold what is affected: each stretch one, or all in one out of order."""
    together: list[dict[str, str]] = []
    for begin, here in enumerate(affected):
        if not here or (begin and affected[begin - 1]):
            continue
        end = next((at for at in range(begin, len(affected)) if not affected[at]), None)
        first = "0" if not begin and seed.random() < 0.7 else versions[begin]
        events = [{"introduced": first}]
        if end is not None:
            last = seed.random() < 0.3
            events.append(
                {"last_affected": versions[end - 1]} if last else {"fixed": versions[end]}
            )
        if seed.random() < 0.5:
            yield events
        else:
            together += events
    seed.shuffle(together)
    if together:
        yield together


def record(seed: random.Random, number: int) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return a record, the versions there are of its package, and those of them affected."""
    ecosystem = seed.choice(("PyPI", "npm"))
    versions = pypi_versions(seed) if ecosystem == "PyPI" else npm_versions(seed)
    affected, here = [], seed.random() < 0.5
    for _ in versions:
        here = not here if seed.random() < 0.12 else here
        affected.append(here)
    listed = [version for version, bad in zip(versions, affected, strict=True) if bad]
    entries = [
        {
            "package": {"ecosystem": ecosystem, "name": "shop-kit"},
            "ranges": [
                {"type": seed.choice(("ECOSYSTEM", "SEMVER")), "events": events},
                {"type": "GIT", "repo": "r", "events": [{"introduced": "0"}, {"fixed": "9f0c"}]},
            ],
        }
        for events in _ranges(seed, versions, affected)
    ]
    other = {
        "package": {"ecosystem": ecosystem, "name": "another"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
    }
    told = {
        "schema_version": "1.7.0",
        "id": f"GHSA-made-{number:04}",
        "modified": "2026-03-01T00:00:00.123456789Z",
        "affected": [*entries, other],
    }
    return told, versions, listed
