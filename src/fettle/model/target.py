"""What Fettle is pointed at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


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

    @property
    def planned_through(self) -> "Target":
        """This target, seen by the role that would act: what it may do is part of a plan."""
        return self if self.fix_url is None else replace(self, url=self.fix_url)
