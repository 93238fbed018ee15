"""How often triage was right: what it decided against what people said it was."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from fettle.model.severity import Severity

Decision = tuple[Severity, Severity]


@dataclass(frozen=True)
class Confusion:
    """How often each severity was decided where another was right: (decided, right) → times."""

    times: Mapping[Decision, int] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "Confusion":
        """Count decisions, each with what was right."""
        return cls(dict(Counter(decisions)))

    @classmethod
    def added(cls, cells: Iterable[tuple[Severity, Severity, int]]) -> "Confusion":
        """Add up what was counted in parts: decided, right, how often."""
        times: Counter[Decision] = Counter()
        for decided, right, often in cells:
            times[decided, right] += often
        return cls(dict(times))

    def counted(self, decided: Severity, right: Severity) -> "Confusion":
        """Return the matrix with one decision more."""
        more = self.times.get((decided, right), 0) + 1
        return Confusion({**self.times, (decided, right): more})

    @property
    def total(self) -> int:
        """How many decisions were counted."""
        return sum(self.times.values())

    @property
    def accuracy(self) -> float | None:
        """The part that was right (0 to 1); None when nothing was counted."""
        hits = sum(times for (decided, right), times in self.times.items() if decided == right)
        return hits / self.total if self.total else None

    @property
    def too_low(self) -> float | None:
        """The part that was decided lower than it was: what hurts (0 to 1)."""
        low = sum(times for (decided, right), times in self.times.items() if decided < right)
        return low / self.total if self.total else None

    @property
    def macro_f1(self) -> float | None:
        """The mean of `f1` over the severities that were decided, or right, at least once."""
        return self._mean({severity for pair in self.times for severity in pair})

    @property
    def macro_f1_of_right(self) -> float | None:
        """The same over those that were right at least once."""
        return self._mean({right for _, right in self.times})

    def _mean(self, severities: Collection[Severity]) -> float | None:
        return sum(map(self.f1, severities)) / len(severities) if severities else None

    def f1(self, severity: Severity) -> float:
        """Return the harmonic mean of precision and recall; the severity occurs at least once."""
        hits = self.times.get((severity, severity), 0)
        decided = sum(times for (one, _), times in self.times.items() if one == severity)
        right = sum(times for (_, one), times in self.times.items() if one == severity)
        return 2 * hits / (decided + right)
