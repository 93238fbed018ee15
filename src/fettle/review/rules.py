"""What the settings say about looking back."""

from dataclasses import dataclass
from datetime import timedelta

from fettle.settings import Settings


@dataclass(frozen=True)
class Rules:
    """Who signs reviews, for how long something can come back, how often people are reminded."""

    by_another: bool = True
    recurs_within: timedelta = timedelta(days=30)
    remind_every: timedelta = timedelta(days=7)


def rules_of(settings: Settings) -> Rules:
    """Return what the settings say."""
    given = settings.review
    return Rules(given.by_another, given.recurs_within, given.remind_every)
