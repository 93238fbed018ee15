"""The stages of working on an issue, as a checklist inside its states."""

from enum import StrEnum
from typing import Literal

Part = Literal["investigation", "resolution", "closure"]


class Stage(StrEnum):
    """What is done about trouble, in this order; stages may be skipped."""

    GATHER = "gather"
    ANALYSE = "analyse"
    REPRODUCE = "reproduce"
    ROOT_CAUSE = "root-cause"
    PLAN = "plan"
    IMPLEMENT = "implement"
    TEST = "test"
    DEPLOY = "deploy"
    VERIFY = "verify"
    DOCUMENT = "document"
    REVIEW = "review"
    IMPROVE = "improve"

    @property
    def part(self) -> Part:
        """The part of the work that it belongs to."""
        place = list(Stage).index(self)
        return "investigation" if place < 4 else "resolution" if place < 8 else "closure"
