"""Settings of a Prometheus: where it is, and which of its series are a service's."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from fettle.errors import BadSettings
from fettle.model.looking import RawLimits
from fettle.model.watchpoint import Metrics, PrometheusApi
from fettle.settings.section import Every, Section

_MATCHER = r'[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\\n]|\\.)*"'
_MATCHERS = re.compile(rf"\s*(?:{_MATCHER}\s*(?:,\s*{_MATCHER}\s*)*,?\s*)?")


def selector(text: str) -> str:
    r"""Return label matchers as PromQL has them, without braces; ValueError for anything else.

    They become a part of questions, so that they may be nothing else: `job="shop", env=~"prod.*"`.
    """
    plain = text.strip()
    if plain.startswith("{") and plain.endswith("}"):
        plain = plain[1:-1]
    if not _MATCHERS.fullmatch(plain):
        raise ValueError(f'{text!r} is no selector; write it like job="shop", env=~"prod.*"')
    return plain.strip().rstrip(",").rstrip()


class PrometheusSettings(Section):
    """A Prometheus, or what speaks its API: Thanos, Mimir, Cortex, VictoriaMetrics."""

    name: str = Field(min_length=1, description="what it is called here")
    url: str = Field(
        min_length=1,
        description="its address, with the prefix that its API has: https://host, "
        "https://host/prometheus",
    )
    selector: str = Field(
        "",
        description='which series are meant when it is looked at by its name: env="prod"; all '
        "unless given",
    )
    token: str | None = Field(
        None, repr=False, description="a bearer token for it, as ${NAME} of the environment"
    )
    user: str | None = Field(None, description="who looks, where it wants a user and a password")
    password: str | None = Field(
        None, repr=False, description="the user's password, as ${NAME} of the environment"
    )
    tenant: str | None = Field(
        None, description="whose figures, where it keeps those of several (X-Scope-OrgID)"
    )
    every: Every | None = Field(
        None,
        description="how often a server looks at all that it has; else [check] outside_every where "
        "no service or dependency has it for its own, and never where one has",
    )
    on: str | None = Field(
        None,
        max_length=32,
        description="the label of the workers that look at it: from where it is reached",
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of what it tells: limits.<check>.<name>"
    )
    skip: tuple[str, ...] = Field(
        (), description="ids of checks that are not asked of it: what is no question of it"
    )

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        plain = address(url.removeprefix("prometheus+"))
        if "?" in plain:
            raise ValueError("it must be an address without a query")
        return plain.rstrip("/")

    @field_validator("selector")
    @classmethod
    def _selector(cls, text: str) -> str:
        return selector(text)

    @field_validator("token", "password", "tenant")
    @classmethod
    def _sendable(cls, text: str | None) -> str | None:
        """Refuse what would begin another header; raises ValueError."""
        plain = None if text is None else text.strip()
        if plain is not None and not (plain and plain.isascii() and plain.isprintable()):
            raise ValueError("it is empty, or holds what no header may: copy it anew")
        return plain

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.token is not None and (self.user is not None or self.password is not None):
            raise ValueError("give a token, or a user and a password, not both")
        return self

    def watched(
        self, subject: str, wanted: str, objective: float | None = None, *, whole: bool = False
    ) -> PrometheusApi:
        """Return where somebody is watched by it: in the series that `wanted` selects."""
        return PrometheusApi(
            subject,
            self.url,
            wanted,
            whole,
            self.token,
            self.user,
            self.password,
            self.tenant,
            objective,
        )


class Counted(Protocol):
    """Somebody whose figures a Prometheus has."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def prometheus(self) -> str | None:
        """The name of the Prometheus; the only one unless given."""

    @property
    def selector(self) -> str | None:
        """Which series there are its own."""


class Measured(Counted, Protocol):
    """Somebody whose figures a Prometheus has, or who tells them."""

    @property
    def metrics(self) -> str | None:
        """Where it tells its figures itself."""

    @property
    def metrics_token(self) -> str | None:
        """What lets us read them."""


def by_metrics(
    measured: Measured,
    where: str,
    known: Sequence[PrometheusSettings],
    objective: float | None = None,
) -> Iterator[PrometheusApi | Metrics]:
    """Yield where somebody's metrics are, who stands at `where` in the settings.

    Raises BadSettings for a Prometheus that is not there, and for what is no address.
    """
    if measured.prometheus is not None or measured.selector is not None:
        yield by_series(measured, where, known, objective)
    elif objective is not None:
        raise BadSettings(
            f"{where}: objective: nothing tells which of its requests failed",
            remedy="give its prometheus and selector as well",
        )
    if measured.metrics is not None:
        try:
            address(measured.metrics)
        except ValueError as error:
            raise BadSettings(f"{where}: metrics: {error}") from None
        yield Metrics(measured.name, measured.metrics, measured.metrics_token)


def by_series(
    counted: Counted,
    where: str,
    known: Sequence[PrometheusSettings],
    objective: float | None = None,
) -> PrometheusApi:
    """Return which series of a Prometheus are somebody's, who stands at `where` in the settings.

    Raises BadSettings for a Prometheus that is not there, and where no series are named.
    """
    wanted = _wanted(counted.selector, where)
    return _named(counted.prometheus, known, where).watched(counted.name, wanted, objective)


def _wanted(text: str | None, where: str) -> str:
    if not text:
        raise BadSettings(
            f"{where}: prometheus: which of its series are meant is not said",
            remedy="give its selector as well, like selector = 'job=\"shop\"'",
        )
    try:
        return selector(text)
    except ValueError as error:
        raise BadSettings(f"{where}: selector: {error}") from None


def _named(name: str | None, known: Sequence[PrometheusSettings], where: str) -> PrometheusSettings:
    """Return the Prometheus of that name, or the only one."""
    if name is None and len(known) == 1:
        return known[0]
    plain = None if name is None else name.replace("-", "_")
    found = next((one for one in known if one.name.replace("-", "_") == plain), None)
    if found is None:
        there = ", ".join(one.name for one in known) or "none"
        said = "which one is not said" if name is None else f"none is called {name}"
        raise BadSettings(
            f"{where}: prometheus: {said}; of [[prometheus]] there are: {there}",
            remedy='write [[prometheus]] with name = "main" and its url, and prometheus = "main"',
        )
    return found


def address(url: str) -> str:
    """Return an address that can be asked for figures; ValueError for anything else.

    One that begins with a variable which nobody has set is told to who needs it.
    """
    if url.startswith("${"):
        return url
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or parts.fragment:
        raise ValueError("it must be an address like https://metrics.example:9090")
    return url
