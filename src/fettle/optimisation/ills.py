"""What makes a page slow, and what it costs there."""

from collections.abc import Iterator

from fettle.model.finding import Finding
from fettle.model.measurement import PageMeasurement
from fettle.optimisation import audited, behaviour, loading


def ills(measured: PageMeasurement) -> Iterator[Finding]:
    """Yield every ill of a page, the worst first."""
    rules = (*loading.RULES, *behaviour.RULES, *audited.RULES)
    found = [finding for rule in rules for finding in rule(measured)]
    yield from sorted(found, key=lambda one: -one.severity)
