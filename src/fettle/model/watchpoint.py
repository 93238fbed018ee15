"""Where a target that is no database is watched: one way to look at it, and what that takes.

A watchpoint only says where and how; targets.sources makes of it what can look (ports.Source).
Addresses and tokens can be secrets: neither is ever printed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fettle.model.budget import Promise


@dataclass(frozen=True)
class Site:
    """An address that is asked as a browser would.

    `dependency` says that somebody else runs it, `critical` that the business stands still without
    it. `expect` are the statuses that are good; when empty, those below 400 of a site, and those
    that a dependency's `provider` answers to who does not log in. `rdap` is the server that is
    asked until when the name is registered.
    """

    subject: str
    url: str = field(repr=False)
    dependency: bool = False
    critical: bool = False
    expect: tuple[int, ...] = ()
    provider: str | None = None
    rdap: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class StatusPage:
    """Where a dependency says how it is: a summary as Statuspage writes it.

    `components` are the names, or patterns of them, of those that matter; all when empty.
    """

    subject: str
    url: str = field(repr=False)
    critical: bool = False
    components: tuple[str, ...] = ()
    provider: str | None = None


@dataclass(frozen=True)
class PrometheusApi:
    """A Prometheus, or what speaks its API, and which of its series are meant.

    `selector` are label matchers as PromQL has them, `job="shop"`; empty means all that it has.
    `whole` says that each job there is a subject of its own, else all is the subject's. `tenant` is
    whose figures they are where it keeps those of several. `objective` is the share of requests
    that are to be answered well.
    """

    subject: str
    url: str = field(repr=False)
    selector: str = ""
    whole: bool = False
    token: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tenant: str | None = None
    objective: float | None = None


@dataclass(frozen=True)
class TracedFunctions(PrometheusApi):
    """Functions at the edge whose traces are counted for a Prometheus: by its spans of requests.

    `functions` are the names of the spans that are meant, all of them when empty.
    """

    functions: tuple[str, ...] = ()
    last: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class Metrics:
    """An address that tells its figures in Prometheus's text format."""

    subject: str
    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class AccessLog:
    """A file into which a web server writes what was asked of it.

    Its last lines are read, as many as `last` covers; or those from `since` on; or all of them.
    `format` is as the web server's configuration has it, where it is none that is known. `on` is
    the label of the workers on the machine that has it.
    """

    subject: str
    path: str
    last: timedelta | None = None
    since: datetime | None = None
    format: str | None = None
    on: str | None = None


@dataclass(frozen=True)
class ThisHost:
    """The machine that looks, or the one on which the workers of a label are."""

    subject: str
    on: str | None = None


@dataclass(frozen=True)
class OtherHost:
    """A machine at which only the workers on it can look: those of a label.

    `log` is set where only an access log there is meant.
    """

    subject: str
    on: str
    log: str | None = None


@dataclass(frozen=True)
class CloudflareZone:
    """A zone at Cloudflare, whose cache is asked about by its GraphQL API."""

    subject: str
    url: str = field(repr=False)
    zone: str
    token: str = field(repr=False)
    last: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class EdgeFunctions:
    """Functions at the edge, by the API of who runs them: `cloudflare` or `supabase`.

    `project` is the account at Cloudflare, or the reference of a project at Supabase; `functions`
    are the names of those that are meant, all of them when empty.
    """

    subject: str
    provider: str
    url: str = field(repr=False)
    project: str
    token: str = field(repr=False)
    functions: tuple[str, ...] = ()
    last: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class KeptPages:
    """What Fettle's own store has of a service's pages.

    That is measurements, what their servers carry, and what the browsers of people told of the
    `sites`, by their names. Of several `promises` about the same figure of a page the last one
    holds. Its pages lie below `url`.
    """

    subject: str
    sites: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    url: str | None = None


Watchpoint = (
    Site
    | StatusPage
    | PrometheusApi
    | TracedFunctions
    | Metrics
    | AccessLog
    | ThisHost
    | OtherHost
    | CloudflareZone
    | EdgeFunctions
    | KeptPages
)
