"""Settings of looking back."""

from datetime import timedelta

from pydantic import Field

from fettle.model.looking import Duration
from fettle.settings.section import Section


class ReviewSettings(Section):
    """Looking back at what happened."""

    by_another: bool = Field(
        True, description="whether somebody else than its author signs a review, where there is one"
    )
    recurs_within: Duration = Field(
        timedelta(days=30),
        ge=timedelta(0),
        description="what was fixed, and begins again within this time, came back",
    )
    remind_every: Duration = Field(
        timedelta(days=7),
        ge=timedelta(hours=1),
        description="how long after it was told something overdue is told again",
    )
