"""What somebody who may be wrong says about a piece of trouble: advice, or words for evidence."""

from dataclasses import dataclass
from enum import StrEnum

from fettle.model.severity import Severity


@dataclass(frozen=True)
class Advice:
    """How bad it is, of which class, and why; `confidence` is the adviser's own, from 0 to 1."""

    severity: Severity
    class_: str | None
    reasons: tuple[str, ...]
    confidence: float


class Wording(StrEnum):
    """What evidence is put into words for.

    CAUSES: a few sentences that say what may be behind trouble. ENQUIRIES: suggestions what to look
    at next, where nobody knows an error.
    """

    CAUSES = "causes"
    ENQUIRIES = "enquiries"


@dataclass(frozen=True)
class Worded:
    """What somebody made of evidence, sentence by sentence; nobody has looked yet if it is so."""

    sentences: tuple[str, ...]
