"""What Fettle is pointed at."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """A database by its address.

    `name` is what people read: the name in fettle.toml, or the address without its password. The
    addresses themselves can hold secrets and are never printed. `limits` are the thresholds set
    for this target: check → name → value as it stands in the settings. `standbys` are addresses
    of its physical standbys, whose statistics count before an index is dropped. `protected` are
    patterns (as in SQL's ILIKE) of users and applications whose sessions no fix may signal.
    """

    name: str
    url: str = field(repr=False)
    fix_url: str | None = field(default=None, repr=False)
    limits: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    standbys: tuple[str, ...] = field(default=(), repr=False)
    protected: tuple[str, ...] = ()
