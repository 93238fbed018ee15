"""What Fettle is pointed at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from fettle.model.watchpoint import Watchpoint


class Kind(StrEnum):
    """What a target is."""

    DATABASE = "database"
    SITE = "site"
    PROMETHEUS = "prometheus"
    SERVICE = "service"
    DEPENDENCY = "dependency"
    HOST = "host"
    CDN = "cdn"
    EDGE = "edge"
    LOG = "log"


@dataclass(frozen=True)
class Target:
    """Something by its address, or by its name in fettle.toml.

    `name` is what people read: the name in fettle.toml, or the address without its password. The
    addresses themselves can hold secrets and are never printed. `limits` are the thresholds set
    for this target: check → name → value as it stands in the settings.

    Of a database, `standbys` are addresses of its physical standbys, whose statistics count before
    an index is dropped. `protected` are patterns (as in SQL's ILIKE) of users and applications
    whose sessions no fix may signal. Of anything else, `watchpoints` are where it is watched, and
    `needs` what it depends on and is looked at with it. `calls` are the names of what it needs
    itself, of all that. `every` is how often a server looks at it, None where nothing of its own is
    set, and `on` the label of the workers that do. `skip` are checks that are not asked of it.
    """

    name: str
    url: str = field(repr=False)
    fix_url: str | None = field(default=None, repr=False)
    limits: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    standbys: tuple[str, ...] = field(default=(), repr=False)
    protected: tuple[str, ...] = ()
    kind: Kind = Kind.DATABASE
    watchpoints: tuple[Watchpoint, ...] = field(default=(), repr=False)
    needs: tuple["Target", ...] = ()
    calls: tuple[str, ...] = ()
    every: timedelta | None = None
    on: str | None = None
    skip: tuple[str, ...] = ()

    @property
    def planned_through(self) -> "Target":
        """This target, seen by the role that would act: what it may do is part of a plan."""
        return self if self.fix_url is None else replace(self, url=self.fix_url)
