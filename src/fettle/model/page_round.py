"""What measuring pages by the clock told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fettle.model.measurement import Profile
from fettle.model.run import Json


@dataclass(frozen=True)
class PageTold:
    """How one page stands: what budgets it misses, what got slower, or why nobody could see."""

    page: str
    profile: Profile
    missed: Sequence[str] = ()
    slower: Sequence[str] = ()
    failed: str | None = None

    def written(self) -> Json:
        """Return it as runs keep it."""
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "PageTold":
        """Return what a run has kept."""
        return cls(**{**kept, "profile": Profile(kept["profile"])})


@dataclass(frozen=True)
class PageRound:
    """All of them, when they were measured last; `error` is why the round came to nothing."""

    at: datetime
    pages: Sequence[PageTold]
    error: str | None = None

    @property
    def troubled(self) -> Sequence[PageTold]:
        """Those that miss a budget, got slower, or could not be measured."""
        return [one for one in self.pages if one.missed or one.slower or one.failed is not None]

    @property
    def well(self) -> int:
        """How many are neither."""
        return len(self.pages) - len(self.troubled)
