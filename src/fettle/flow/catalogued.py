"""What the settings know of each target: what it needs, who needs it, and where it is watched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fettle.diagnosis.calls import Calls
from fettle.flow.schedules import Planned, planned
from fettle.model.service import Tier
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import Watchpoint
from fettle.settings import Settings

# An answer is believed for as long as a few looks take, and never less than that.
_LOOKS = 3
_LEAST = timedelta(minutes=5)

_WHERE: Mapping[str, str] = {
    "Site": "its address",
    "StatusPage": "its status page",
    "PrometheusApi": "Prometheus",
    "Metrics": "its metrics",
    "AccessLog": "its access log",
    "ThisHost": "this machine",
    "CloudflareZone": "Cloudflare",
    "EdgeFunctions": "its edge functions",
    "TracedFunctions": "its edge functions' traces",
}


@dataclass(frozen=True)
class Known:
    """A target of the settings.

    `watched` says where it is watched, nothing when it is only a name; `schedules` how often each
    of its schedules looks at it. `subjects` are what its timers are called.
    """

    name: str
    kind: Kind
    tier: Tier | None = None
    team: str | None = None
    url: str | None = None
    critical: bool = False
    watched: tuple[str, ...] = ()
    schedules: Mapping[str, timedelta] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()

    @property
    def every(self) -> timedelta | None:
        """How often it is looked at by the schedule that does so most often; None for never."""
        return min(self.schedules.values(), default=None)

    def is_stale(self, looked_at: datetime, now: datetime) -> bool:
        """Whether the latest look, of any schedule, is so old that nobody knows how it is now."""
        return self.every is None or now - looked_at > _believed(self.every)

    @property
    def longest(self) -> timedelta:
        """For how long a look is believed of the schedule that looks most rarely."""
        return _believed(max(self.schedules.values(), default=timedelta(0)))

    def believes(self, schedule: str, looked_at: datetime, now: datetime) -> bool:
        """Whether what a look of a schedule found still says how it is."""
        every = self.schedules.get(schedule)
        return every is not None and now - looked_at <= _believed(every)


def known(settings: Settings) -> Mapping[str, Known]:
    """Return every target, by its name: services, what they need, and databases at the end.

    What a service needs by a name that stands nowhere else is left out.
    """
    services = {one.name: one for one in settings.service}
    critical = {one.name for one in settings.dependency if one.critical}
    needed: dict[str, list[str]] = {}
    for target in settings.outside:
        for need in dict.fromkeys(target.calls):
            needed.setdefault(need, []).append(target.name)
    plans: dict[str, list[Planned]] = {}
    for plan in planned(settings):
        plans.setdefault(plan.place.target, []).append(plan)
    found = {}
    for target in (*settings.outside, *(_database(one.name) for one in settings.database)):
        own, at = services.get(target.name), plans.get(target.name, [])
        found[target.name] = Known(
            target.name,
            target.kind,
            None if own is None else own.tier,
            None if own is None else own.team,
            None if own is None else own.url,
            target.name in critical,
            _watched(target),
            {plan.schedule: plan.every for plan in at},
            tuple(plan.subject for plan in at),
            target.calls,
            tuple(needed.get(target.name, ())),
        )
    return found


def needs(settings: Settings) -> Mapping[str, frozenset[str]]:
    """Return what each target needs, however far, by its name."""
    calls = Calls((one.name, need) for one in settings.outside for need in one.calls)
    return {one.name: frozenset(calls.paths(one.name)) - {one.name} for one in settings.outside}


def _believed(every: timedelta) -> timedelta:
    return max(_LEAST, _LOOKS * every)


def _database(name: str) -> Target:
    return Target(name, "")


def _watched(target: Target) -> tuple[str, ...]:
    if target.kind is Kind.DATABASE:
        return ("its connection",)
    return tuple(dict.fromkeys(map(_where, target.watchpoints)))


def _where(point: Watchpoint) -> str:
    name = type(point).__name__
    return _WHERE.get(name, name)
