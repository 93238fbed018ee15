"""Settings of what a service runs on and has before it: machines, CDNs, functions at the edge."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from fettle.model.looking import Duration, RawLimits
from fettle.model.watchpoint import CloudflareZone, EdgeFunctions, ThisHost
from fettle.settings.section import Every, Section

CLOUDFLARE = "https://api.cloudflare.com/client/v4/graphql"
_APIS = {"cloudflare": CLOUDFLARE, "supabase": "https://api.supabase.com"}


class HostSettings(Section):
    """A machine that is looked at from itself: by a worker on it, or by hand there."""

    name: str = Field(min_length=1, description="what the machine is called")
    on: str | None = Field(
        None,
        max_length=32,
        description="the label of the workers on it (fettle worker --label); needed as soon as "
        "workers run on several machines",
    )
    every: Every | None = Field(
        None, description="how often it is looked at; else [check] outside_every; 0s is never"
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of this machine: limits.<check>.<name>"
    )

    @property
    def watched(self) -> ThisHost:
        """Where it is watched."""
        return ThisHost(self.name, self.on)


class CdnSettings(Section):
    """A cache in front of a service: a zone at Cloudflare."""

    name: str = Field(min_length=1, description="what it is called")
    service: str | None = Field(None, description="the [[service]] that it is in front of")
    provider: Literal["cloudflare"] = Field("cloudflare", description="whose it is: cloudflare")
    zone: str = Field(min_length=1, description="the Zone ID, from the zone's overview")
    token: str = Field(
        min_length=1,
        repr=False,
        description="a token that may read the zone's analytics, as ${NAME} of the environment",
    )
    url: str = Field(CLOUDFLARE, description="the address of the provider's GraphQL API")
    last: Duration = Field(timedelta(hours=1), description="the span that is judged")
    every: Every = Field(
        timedelta(minutes=5), description="how often a server looks at it; 0s is never"
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of this CDN: limits.<check>.<name>"
    )

    @property
    def watched(self) -> CloudflareZone:
        """Where it is watched."""
        return CloudflareZone(self.name, self.url, self.zone, self.token, self.last)


class EdgeSettings(Section):
    """Functions at the edge, of one provider."""

    name: str = Field(min_length=1, description="what they are called together")
    service: str | None = Field(None, description="the [[service]] that they are a part of")
    provider: Literal["cloudflare", "supabase"] = Field(
        description="whose they are: cloudflare (Workers) or supabase (Edge Functions)"
    )
    project: str = Field(
        min_length=1, description="Cloudflare's Account ID, or the reference of Supabase's project"
    )
    token: str = Field(
        min_length=1,
        repr=False,
        description="a token that may read their figures, as ${NAME} of the environment",
    )
    functions: tuple[str, ...] = Field(
        (), description="the names of those that are meant; all of them when empty"
    )
    url: str | None = Field(
        None, description="the address of the provider's API; its public one when not given"
    )
    last: Duration = Field(
        timedelta(hours=1), description="the span that is judged; of Supabase always the last hour"
    )
    every: Every = Field(
        timedelta(minutes=5), description="how often a server looks at them; 0s is never"
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of these functions: limits.<check>.<name>"
    )

    @field_validator("provider", mode="before")
    @classmethod
    def _provider(cls, provider: object) -> object:
        if provider == "vercel":
            raise ValueError(
                "Vercel has no API that tells how long functions took: name, as a "
                "service's, the Prometheus to which a Collector counts its drained traces, or a "
                "file of drained logs as access_log"
            )
        return provider

    @property
    def watched(self) -> EdgeFunctions:
        """Where they are watched."""
        url = self.url or _APIS[self.provider]
        return EdgeFunctions(
            self.name, self.provider, url, self.project, self.token, self.functions, self.last
        )
