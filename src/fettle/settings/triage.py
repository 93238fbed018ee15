"""Settings of what the business runs, and of how trouble is judged."""

from datetime import timedelta

from pydantic import Field

from fettle.model.classification import Escalation, Priority
from fettle.model.looking import Duration, RawLimits
from fettle.model.service import Tier
from fettle.settings.section import Every, Section, SeverityByName, SpanOfTime


class ServiceSettings(Section):
    """A thing that the business runs."""

    name: str = Field(min_length=1, description="what the service is called")
    url: str | None = Field(None, description="where it is reached")
    expect: tuple[int, ...] = Field(
        (), description="statuses that are good answers of url; below 400 when empty"
    )
    tier: Tier = Field(Tier.IMPORTANT, description="critical, important or internal")
    team: str | None = Field(None, description="the team that looks after it")
    also: tuple[str, ...] = Field((), description="other names that people and alerts use for it")
    depends_on: tuple[str, ...] = Field(
        (), description="names of the services, databases and dependencies that it needs"
    )
    prometheus: str | None = Field(
        None, description="the [[prometheus]] that has its figures; the only one unless given"
    )
    selector: str | None = Field(
        None, description='which series there are its own: job="shop", namespace="prod"'
    )
    metrics: str | None = Field(
        None,
        description="where it tells its figures itself: https://shop.example/metrics; with "
        "user:${PASSWORD}@ before the host where it wants them",
    )
    metrics_token: str | None = Field(
        None, repr=False, description="a bearer token for metrics, as ${NAME} of the environment"
    )
    objective: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="the share of its requests that is to be answered well, like 0.999: how fast "
        "it burns what may fail is judged by its [[prometheus]]",
    )
    access_log: str | None = Field(
        None, description="the file in which its web server writes each request"
    )
    access_log_format: str | None = Field(
        None,
        description="how, where that is no format that is known: nginx's log_format or Apache's "
        "LogFormat, as it stands in the configuration",
    )
    access_log_last: Duration = Field(
        timedelta(minutes=15), description="the span of its access log that is judged"
    )
    host: str | None = Field(None, description="the [[host]] that it runs on")
    runbook: str | None = Field(
        None,
        description="Markdown whose task items (- [ ] …) are steps to tick on its issues, like "
        "${file:runbooks/shop.md}",
    )
    every: Every | None = Field(
        None, description="how often a server looks at it; else [check] outside_every; 0s is never"
    )
    on: str | None = Field(
        None,
        max_length=32,
        description="the label of the workers that look at it: from where it is reached",
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of this service: limits.<check>.<name>"
    )
    skip: tuple[str, ...] = Field(
        (), description="ids of checks that are not asked of it: what is no question of it"
    )


class ClassSettings(Section):
    """A team's own class of issues; what is not given follows from its severity."""

    name: str = Field(min_length=1, description="what the class is called")
    match: tuple[str, ...] = Field(
        min_length=1, description="words and phrases, any of which makes an issue one of this class"
    )
    severity: SeverityByName = Field(description="critical, high, medium, low or info")
    priority: Priority | None = Field(None, description="p1 to p4; from the severity if not given")
    category: str = Field("infrastructure", description="decides the team where no service does")
    escalation: Escalation | None = Field(
        None,
        description="immediate, within-1h, within-business-hours or next-sprint; else by priority",
    )
    response: SpanOfTime | None = Field(
        None, description="the longest until somebody answers, like 15m; else its priority's"
    )
    resolution: SpanOfTime | None = Field(
        None, description="the longest until it is resolved, like 4h or 3d; else its priority's"
    )
    update: SpanOfTime | None = Field(
        None, description="the longest between two pieces of news; else its priority's"
    )
    runbook: str | None = Field(
        None,
        description="Markdown whose task items (- [ ] …) are steps to tick on its issues, like "
        "${file:runbooks/search.md}",
    )


class TriageSettings(Section):
    """From when on triage decides."""

    confidence: float = Field(
        0.5,
        gt=0,
        le=1,
        description="what was learnt from the team's corrections is heard from this confidence on",
    )
    many_users: int = Field(
        100, gt=0, description="as many users affected make an issue high at least"
    )
    team: str | None = Field(None, description="the team of what is nobody's; else the first")
    runbooks: dict[str, str] = Field(
        default_factory=dict, description="the runbooks of the five fixed classes, by their names"
    )
    most_users: int = Field(1000, gt=0, description="as many users affected make it critical")


class InvestigateSettings(Section):
    """What is looked at for an issue by itself."""

    issues: bool = Field(
        True,
        description="whether what a new issue may be about is looked at for it",
    )
    every: Duration = Field(
        timedelta(minutes=10),
        ge=timedelta(0),
        description="how young a look may be for another issue to be content with "
        "it; who asks for a look gets a new one",
    )
    most_databases: int = Field(
        3, gt=0, le=100, description="databases that are looked at for an issue at most"
    )
    most_targets: int = Field(
        3,
        gt=0,
        le=100,
        description="services, hosts, and what else is no database, that are looked at for an "
        "issue at most",
    )
    most_plans: int = Field(
        10, ge=0, le=100, description="fixes that are planned of a look at most"
    )


class AiSettings(Section):
    """A language model that is asked for advice, and to put evidence into words."""

    model: str | None = Field(
        None, description="openai:NAME or anthropic:NAME; nothing is asked when not given"
    )
    url: str | None = Field(
        None, description="where it is reached, for a server of your own; else the provider's"
    )
    key: str | None = Field(None, description="the key for it, as ${NAME} of the environment")
    timeout: Duration = Field(
        timedelta(seconds=20), description="the longest that its answer is waited for"
    )
    most_a_minute: int = Field(
        10,
        gt=0,
        le=1000,
        description="questions it is asked in a minute at most, one at a time; what is not its "
        "turn within a quarter of an hour is not asked",
    )
    scrub: bool = Field(
        True,
        description="take addresses, keys, tokens and card numbers out of what is sent to it",
    )
