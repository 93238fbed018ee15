"""Settings of what a service runs on and has before it: machines, CDNs, functions at the edge."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from fettle.errors import BadSettings
from fettle.model.looking import Duration, RawLimits
from fettle.model.watchpoint import CloudflareZone, EdgeFunctions, ThisHost, TracedFunctions
from fettle.settings.prometheus import PrometheusSettings, by_series
from fettle.settings.section import Every, Section

if TYPE_CHECKING:
    from fettle.settings import Settings

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
    skip: tuple[str, ...] = Field(
        (), description="ids of checks that are not asked of it: what is no question of it"
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
    provider: Literal["cloudflare", "supabase", "vercel"] = Field(
        description="whose they are: cloudflare (Workers), supabase (Edge Functions) or vercel"
    )
    project: str | None = Field(
        None,
        min_length=1,
        description="Cloudflare's Account ID, or the reference of Supabase's project: their APIs "
        "are asked",
    )
    token: str | None = Field(
        None,
        min_length=1,
        repr=False,
        description="a token that may read their figures there, as ${NAME} of the environment",
    )
    prometheus: str | None = Field(
        None,
        description="instead of an API, the [[prometheus]] for which their traces are counted; the "
        "only one unless given",
    )
    selector: str | None = Field(
        None, description='which series there are theirs: service_name="vercel-function"'
    )
    functions: tuple[str, ...] = Field(
        (),
        description="the names of those that are meant, in traces of their spans (GET /api/cart); "
        "all of them when empty",
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

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        traced = self.prometheus is not None or self.selector is not None
        by_api = self.project is not None and self.token is not None
        if self.provider == "vercel" and not traced:
            raise ValueError(
                "Vercel has no API that tells how long functions took: let a Collector count its "
                "drained traces, and give the prometheus that has them and their selector, like "
                "selector = 'service_name=\"vercel-function\"'"
            )
        if traced and (self.project, self.token, self.url) != (None, None, None):
            raise ValueError(
                "give a prometheus and a selector, or the project, token and url of an API, "
                "not both"
            )
        if not traced and not by_api:
            raise ValueError(
                "give the project and the token by which its API is asked, or the prometheus and "
                "the selector of its traces"
            )
        return self

    def watched(self, known: Sequence[PrometheusSettings]) -> EdgeFunctions | TracedFunctions:
        """Return where they are watched; raises BadSettings for a Prometheus that is not known."""
        if self.project is None or self.token is None:
            told = by_series(self, f"[[edge]] {self.name}", known)
            return TracedFunctions(**vars(told), functions=self.functions, last=self.last)
        url = self.url or _APIS[self.provider]
        return EdgeFunctions(
            self.name, self.provider, url, self.project, self.token, self.functions, self.last
        )


def refuse_strangers(settings: "Settings") -> None:
    """Refuse databases on machines that are not in the settings; raises BadSettings."""
    known = [one.name for one in settings.host]
    for database in settings.database:
        if database.host is not None and database.host not in known:
            raise BadSettings(
                f"[[database]] {database.name}: host: no host is called {database.host}",
                remedy=f"one of {', '.join(known)}" if known else "name it in a [[host]]",
            )
