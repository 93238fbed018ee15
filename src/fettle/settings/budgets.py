"""Settings of budgets: what is promised of which pages."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Self

from pydantic import Field, field_validator, model_validator

from fettle.model.budget import Budget, amount
from fettle.model.measurement import Profile
from fettle.model.web_address import below
from fettle.settings.section import Section

_WILD = re.compile(r"[*?[]")  # of patterns, as fnmatch has them
_SCHEMES = ("http://", "https://")


class BudgetSettings(Section):
    """What is promised of some pages, in place of the guide's budgets."""

    name: str = Field(min_length=1, max_length=80, description="what it is called")
    url: str | None = Field(
        None, description="a pattern of addresses, like https://shop.example/*; all when not given"
    )
    service: str | None = Field(None, description="the [[service]] whose pages it is about")
    profile: Profile | None = Field(None, description="phone or desktop; both when not given")
    target: Mapping[str, str | float] = Field(
        min_length=1,
        description="up to where a figure is good: lcp, fcp, ttfb, inp, fid, tti, tbt and "
        'server_response as durations ("1.8 s"), cls as a number, throughput as a share ("80 %") '
        'of what the server carries, and as amounts ("170 KiB") '
        "script, stylesheet, image, font, media, document, fetch, other and total, as they are "
        "sent",
    )
    poor: Mapping[str, str | float] = Field(
        default_factory=dict,
        description="from where it is poor; what has a target alone is over budget beyond it",
    )

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """What it promises."""
        return tuple(
            Budget(metric, amount(metric, target), self._poor(metric), self.name)
            for metric, target in self.target.items()
        )

    def holds_for(self, url: str, services: frozenset[str], profile: Profile) -> bool:
        """Whether it is about a page, by its address and the services whose page it is."""
        if self.profile is not None and self.profile is not profile:
            return False
        if self.service is not None:
            return self.service in services
        return self.url is None or fnmatchcase(url, self.url)

    def may_be_about(self, service: str, url: str | None) -> bool:
        """Whether it can be about pages of a service, which lie below its address."""
        if self.service is not None or url is None:
            return self.service == service
        begins = _WILD.split(self.url or "*")[0]
        return below(begins, url) or url.startswith(begins)

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        begins = _WILD.split(url)[0]
        if not any(one.startswith(begins) or begins.startswith(one) for one in _SCHEMES):
            raise ValueError(
                "it is about no page: write it like https://host/path or https://host/*"
            )
        return url

    def _poor(self, metric: str) -> float | None:
        given = self.poor.get(metric)
        return None if given is None else amount(metric, given)

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if self.url is not None and self.service is not None:
            raise ValueError("either url or service says of which pages")
        if alone := sorted(self.poor.keys() - self.target.keys()):
            raise ValueError(f"poor has {', '.join(alone)}, and target has not")
        for budget in self.budgets:
            if budget.poor is not None and budget.poor <= budget.target:
                raise ValueError(f"{budget.metric}: poor must be beyond target")
        return self
