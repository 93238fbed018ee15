"""What somebody who may be wrong advises about a piece of trouble."""

from dataclasses import dataclass

from fettle.model.severity import Severity


@dataclass(frozen=True)
class Advice:
    """How bad it is, of which class, and why; `confidence` is the adviser's own, from 0 to 1."""

    severity: Severity
    class_: str | None
    reasons: tuple[str, ...]
    confidence: float
