"""The service catalogue: what the business runs and needs, as targets that can be looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from fettle.model.budget import Promise
from fettle.model.looking import RawLimits
from fettle.model.provider import provider_of
from fettle.model.service import Tier
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import AccessLog, KeptPages, Site, StatusPage, Watchpoint
from fettle.model.web_address import below
from fettle.settings.optimisation import measured_pages
from fettle.settings.prometheus import by_metrics
from fettle.settings.section import Every, Section
from fettle.settings.triage import ServiceSettings

if TYPE_CHECKING:
    from fettle.settings import Settings


class ProbeSettings(Section):
    """How sites are asked."""

    rdap: str | None = Field(
        None,
        description="an RDAP server, like https://rdap.org, that is asked until when the names of "
        "services' addresses are registered; nobody is asked when not given",
    )


class DependencySettings(Section):
    """A service that somebody else runs."""

    name: str = Field(min_length=1, description="what it is called")
    kind: Literal["supabase", "stripe", "anthropic"] | None = Field(
        None,
        description="whose it is: supabase, stripe or anthropic, of which is known what their "
        "answers mean; else by a word of its name",
    )
    url: str | None = Field(None, description="an address of it that is asked whether it answers")
    status_url: str | None = Field(
        None, description="where it says how it is: a summary as Statuspage writes it"
    )
    prometheus: str | None = Field(
        None, description="the [[prometheus]] that has its figures; the only one unless given"
    )
    selector: str | None = Field(
        None, description='which series there are its own: instance="api.bank.example"'
    )
    metrics: str | None = Field(
        None,
        description="where it tells its figures: a Supabase's is "
        "https://service_role:${SERVICE_KEY}@REF.supabase.co/customer/v1/privileged/metrics",
    )
    metrics_token: str | None = Field(
        None, repr=False, description="a bearer token for metrics, as ${NAME} of the environment"
    )
    critical: bool = Field(False, description="whether the business stands still without it")
    expect: tuple[int, ...] = Field(
        (), description="statuses that are good answers of url; below 500 when empty"
    )
    every: Every | None = Field(
        None, description="how often a server looks at it; else [check] outside_every; 0s is never"
    )
    on: str | None = Field(
        None,
        max_length=32,
        description="the label of the workers that look at it: from where it is reached",
    )
    components: tuple[str, ...] = Field(
        (),
        description="the components of its status page that matter, or patterns of their names; "
        "all when empty",
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of this dependency: limits.<check>.<name>"
    )


def outside(settings: "Settings") -> Iterator[Target]:
    """Yield every target that is no database; what a service needs is not looked up yet."""
    for service in settings.service:
        where, known = f"[[service]] {service.name}", settings.prometheus
        measured = by_metrics(service, where, known, service.objective)
        points = (*_of_service(service, settings), *measured)
        one = _target(service.name, Kind.SERVICE, points, service.limits, settings)
        yield replace(one, calls=direct(settings, service))
    for dependency in settings.dependency:
        measured = by_metrics(dependency, f"[[dependency]] {dependency.name}", settings.prometheus)
        points = (*_of_dependency(dependency), *measured)
        yield _target(dependency.name, Kind.DEPENDENCY, points, dependency.limits, settings)
    for told in settings.prometheus:
        whole = told.watched(told.name, told.selector, whole=True)
        yield _target(told.name, Kind.PROMETHEUS, (whole,), told.limits, settings)
    for host in settings.host:
        yield _target(host.name, Kind.HOST, (host.watched,), host.limits, settings)
    for cdn in settings.cdn:
        yield _target(cdn.name, Kind.CDN, (cdn.watched,), cdn.limits, settings)
    for edge in settings.edge:
        point = edge.watched(settings.prometheus)
        yield _target(edge.name, Kind.EDGE, (point,), edge.limits, settings)


def needs(settings: "Settings", name: str) -> Sequence[str]:
    """Return the names of all that a service needs, however far, nearest first."""
    known = {service.name: direct(settings, service) for service in settings.service}
    found: dict[str, None] = dict.fromkeys(known.get(name, ()))
    waiting = list(found)
    for other in waiting:
        further = [one for one in known.get(other, ()) if one not in found and one != name]
        found |= dict.fromkeys(further)
        waiting += further
    return list(found)


def direct(settings: "Settings", service: ServiceSettings) -> tuple[str, ...]:
    """Return what a service says that it needs, what it runs on, and what is in front of it."""
    runs_on = () if service.host is None else (service.host,)
    caches = (one.name for one in settings.cdn if one.service == service.name)
    functions = (one.name for one in settings.edge if one.service == service.name)
    return (*service.depends_on, *runs_on, *caches, *functions)


def label(service: ServiceSettings, settings: "Settings") -> str | None:
    """Return the label of the workers that look at a service: those where its access log is."""
    if service.on is not None or service.access_log is None:
        return service.on
    return next((host.on for host in settings.host if host.name == service.host), None)


def _of_service(service: ServiceSettings, settings: "Settings") -> Iterator[Watchpoint]:
    rdap = settings.probe.rdap
    if service.url is not None:
        critical = service.tier is Tier.CRITICAL
        yield Site(service.name, service.url, critical=critical, expect=service.expect, rdap=rdap)
    if service.access_log is not None:
        yield AccessLog(
            service.name,
            service.access_log,
            service.access_log_last,
            format=service.access_log_format,
            on=label(service, settings),
        )
    sites = tuple(one.name for one in settings.field if one.service == service.name)
    promises = tuple(_promises(service, settings))
    if sites or promises or _is_measured(service, settings):
        yield KeptPages(service.name, sites, promises, service.url)


def _promises(service: ServiceSettings, settings: "Settings") -> Iterator[Promise]:
    for one in settings.budget:
        if one.may_be_about(service.name, service.url):
            for budget in one.budgets:
                yield Promise(budget, one.url, one.profile)


def _is_measured(service: ServiceSettings, settings: "Settings") -> bool:
    """Whether its pages are measured by the clock."""
    url = service.url if settings.optimisation.every else None
    return url is not None and any(below(page, url) for page, _ in measured_pages(settings))


def _of_dependency(dependency: DependencySettings) -> Iterator[Watchpoint]:
    name, critical = dependency.name, dependency.critical
    provider = provider_of(dependency.kind, name)
    if dependency.url is not None:
        expect = dependency.expect
        yield Site(name, dependency.url, True, critical, expect, provider)
    if dependency.status_url is not None:
        yield StatusPage(name, dependency.status_url, critical, dependency.components, provider)


def _target(
    name: str,
    kind: Kind,
    points: tuple[Watchpoint, ...],
    limits: Mapping[str, Mapping[str, object]],
    settings: "Settings",
) -> Target:
    every = {
        check: {**settings.limits.get(check, {}), **limits.get(check, {})}
        for check in {*settings.limits, *limits}
    }
    return Target(name, "", limits=every, kind=kind, watchpoints=points)
