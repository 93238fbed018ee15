"""What another tool has against a page becomes findings, as bad as it says that they cost; pure."""

from collections.abc import Iterator

from fettle.model.finding import Finding
from fettle.model.measurement import PageMeasurement
from fettle.optimisation import ill

PREFIX = "lighthouse_"


def _audits(measured: PageMeasurement) -> Iterator[Finding]:
    for audit in measured.typical.audits:
        kind = ill.Ill(
            f"{PREFIX}{audit.id.replace('-', '_')}",
            audit.title,
            audit.impact or "Lighthouse holds it against the page.",
        )
        cost = max(audit.saved_ms.values(), default=0.0)
        metrics = {f"saved_{name.lower()}_ms": value for name, value in audit.saved_ms.items()}
        if audit.saved_bytes:
            metrics["saved_bytes"] = audit.saved_bytes
        yield kind.of(
            measured.url, ill.by_time(cost), audit.says or audit.title, audit.rows, **metrics
        )


RULES: tuple[ill.Rule, ...] = (_audits,)
