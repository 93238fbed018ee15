"""Settings of the server: how it is reached, what may arrive, and who is told."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from fettle.model.looking import Duration
from fettle.settings.section import Section, SeverityByName


class ServerSettings(Section):
    """How the server is reached."""

    public_url: str | None = Field(
        None,
        description="where people reach it, for links in notifications: https://ops.example, a "
        "name of its own without a path",
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="addresses or networks of reverse proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed",
    )
    alive_url: str | None = Field(
        None, description="an address that is called every minute while all is well"
    )
    log: Literal["text", "json"] | None = Field(
        None,
        description="what a line of the log is: text or json; text on a terminal and json "
        "elsewhere when not given",
    )
    notice: str | None = Field(
        None,
        max_length=200,
        description="a line that stands on every page: what this Fettle is for, or what its users "
        "are to know",
    )
    drain: Duration = Field(
        timedelta(seconds=2),
        ge=timedelta(0),
        description="how long a server that SIGTERM stops goes on answering, and says on /readyz "
        "that it stops, so that a balancer sends elsewhere",
    )

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str | None) -> str | None:
        return None if url is None else _site(url)

    @field_validator("trusted_proxies")
    @classmethod
    def _trusted_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            _network(proxy)
        return proxies


class StatusPageSettings(Section):
    """A page for everybody that says how services are, `/status`; none without services."""

    title: str = Field(
        "Status", min_length=1, max_length=200, description="what the page is called"
    )
    services: tuple[str, ...] = Field(
        (), description="the services that it names; their names and states are public then"
    )


def _site(url: str) -> str:
    """Return the address of a site, without the slash at its end; raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a site: write https://ops.example")
    if parts.path.rstrip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError(
            "it names more than a site; Fettle has a host name (or a port) of its own, and is not "
            "served below a path: https://ops.example"
        )
    return url.rstrip("/")


def _network(proxy: str) -> None:
    try:
        ip_network(proxy)
    except ValueError:
        raise ValueError(
            f"{proxy!r} is no address and no network: write 10.0.0.7 or 10.0.0.0/24"
        ) from None


class IntakeSettings(Section):
    """What may arrive."""

    largest_body: int = Field(
        2 * 1024**2, gt=0, description="the largest delivery that is taken, in bytes"
    )
    rate: float = Field(200, gt=0, description="deliveries a second that a key may send on average")
    burst: int = Field(
        5000, gt=0, description="deliveries that a key may send at once before its rate counts"
    )
    flapping: int = Field(
        6, gt=2, description="so many changes of an alert within flapping_within make it flap"
    )
    flapping_within: Duration = Field(
        timedelta(minutes=30), description="the time in which an alert's changes are counted"
    )
    calm: Duration = Field(
        timedelta(minutes=10), description="an alert that flaps is believed again when this still"
    )
    group_within: Duration = Field(
        timedelta(hours=4),
        description="an alert joins an issue of the same service and kind that is younger",
    )
    reopen_within: Duration = Field(
        timedelta(hours=1), description="an alert that comes back so soon reopens its issue"
    )
    keep: Duration = Field(
        timedelta(days=90), description="how long deliveries and signals are kept as they came"
    )


class KeepSettings(Section):
    """How long what is over is kept; [intake] keep says it of deliveries and signals.

    The audit log, the counts of what arrived, what people decided about triage, plans, the uses of
    remedies and the journals of both are kept for good.
    """

    answers: Duration = Field(
        timedelta(days=2),
        gt=timedelta(0),
        description="how long an answer is given again to the same Idempotency-Key",
    )
    notifications: Duration = Field(
        timedelta(days=30),
        gt=timedelta(0),
        description="how long notifications that were handed over or given up are kept, after "
        "their issue has ended",
    )
    timers: Duration = Field(
        timedelta(days=30), gt=timedelta(0), description="how long timers that rang are kept"
    )
    runs: Duration = Field(
        timedelta(days=400), gt=timedelta(0), description="how long runs that ended are kept"
    )
    diagnoses: Duration = Field(
        timedelta(days=180),
        gt=timedelta(0),
        description="how long saved diagnoses are kept; the last one of a target always is, and "
        "those of an issue as long as it is",
    )
    samples: Duration = Field(
        timedelta(days=14),
        ge=timedelta(days=1),
        description="how long each look, and what was measured, is kept by five minutes",
    )
    samples_by_hour: Duration = Field(
        timedelta(days=400),
        ge=timedelta(days=1),
        description="how long what was measured is kept by the hour, and how looks went by the day",
    )
    field: Duration = Field(
        timedelta(days=180),
        ge=timedelta(days=28),
        description="how long is kept, by the day, how pages were for the people who visited",
    )
    page_measures: Duration = Field(
        timedelta(days=400),
        gt=timedelta(0),
        description="how long measurements of pages are kept that were saved",
    )
    most_series: int = Field(
        200,
        gt=0,
        le=10_000,
        description="so many figures of a target are kept at most; its page says what was cut",
    )
    maintenance: Duration = Field(
        timedelta(days=1100),
        gt=timedelta(0),
        description="how long runs of tasks are kept, and what became of planned times",
    )
    maintenance_logs: Duration = Field(
        timedelta(days=90),
        gt=timedelta(0),
        description="how long is kept what steps of tasks said while they were at work",
    )
    updates: Duration = Field(
        timedelta(days=400),
        gt=timedelta(0),
        description="how long looks for updates are listed, and updates that are no more on offer; "
        "what was rehearsed and applied stays for good",
    )
    optimisation_pictures: Duration = Field(
        timedelta(days=180),
        gt=timedelta(0),
        description="how long pictures of pages that were made faster are kept; what each run did "
        "and earned is kept for good",
    )
    deploys: Duration = Field(
        timedelta(days=400), gt=timedelta(0), description="how long deploys are listed"
    )
    credentials: Duration = Field(
        timedelta(days=90),
        gt=timedelta(0),
        description="how long tokens and keys that were revoked are listed",
    )
    silences: Duration = Field(
        timedelta(days=90), gt=timedelta(0), description="how long silences that ended are listed"
    )
    log_ins: Duration = Field(
        timedelta(days=30),
        gt=timedelta(0),
        description="how long sessions and one-time links that ended are kept, and attempts to log "
        "in that failed",
    )
    issues: Duration | None = Field(
        None,
        gt=timedelta(0),
        description="how long issues that were closed are kept, with their timelines; for good "
        "when not given",
    )


class InhibitSettings(Section):
    """A rule by which one alert makes others no news, as long as it fires."""

    when: tuple[str, ...] = Field(
        min_length=1, description="what the one that fires is like: name=value, !=, =~ or !~"
    )
    mute: tuple[str, ...] = Field(min_length=1, description="what those are like that are no news")
    equal: tuple[str, ...] = Field((), description="names of what they all must have alike")


class ReceiverSettings(Section):
    """Somebody, or something, that can be told."""

    name: str = Field(description="what the receiver is called where it is chosen")
    url: str = Field(
        description="a notification service's address as apprise writes it (mailto://, slack://), "
        "or a webhook's https:// address"
    )
    secret: str | None = Field(None, description="what a webhook's messages are signed with")


class OutgoingSettings(Section):
    """Where Fettle may call."""

    allow: tuple[str, ...] = Field(
        (),
        description="hosts, addresses and networks that may be called though they are private",
    )
    most_a_minute: int = Field(
        20, gt=0, description="notifications a receiver gets in a minute before they are gathered"
    )


class TemplateSettings(Section):
    """How the generic door reads a payload: a path or a `{template}` for each field."""

    items: str | None = Field(None, description="the list whose members are alerts; else it is one")
    title: str | None = Field(None, description="what it is called")
    text: str | None = Field(None, description="what is said of it")
    key: str | None = Field(None, description="what is the same each time for the same alert")
    firing: str | None = Field(None, description="what says whether it goes on")
    resolved_when: tuple[str, ...] | None = Field(
        None, description="the words there that say that it has ended"
    )
    severity: str | None = Field(None, description="how bad it is")
    service: str | None = Field(None, description="the service that it is about")
    group: str | None = Field(None, description="what is the same for alerts that belong together")
    started_at: str | None = Field(None, description="when it began")
    url: str | None = Field(None, description="where more is to be seen")
    labels: dict[str, str] = Field(default_factory=dict, description="labels, by name")


class HookSettings(Section):
    """What is known about those who send with one key."""

    name: str = Field(description="the name of the key, as in fettle key create --name")
    service: str | None = Field(None, description="the service of signals that name none")
    labels: dict[str, str] = Field(
        default_factory=dict, description="labels that each of its signals gets"
    )
    severities: dict[str, SeverityByName] = Field(
        default_factory=dict, description="what its own words for how bad it is mean"
    )
    signed: bool = Field(False, description="whether only what its vendor has signed is taken: sns")
    template: TemplateSettings = Field(
        TemplateSettings(), description="how payloads to the generic door are read"
    )
