"""An exporter is blind, or not there.

Why it matters:  What is not measured looks well on every page; an alert on it can never fire.
Verify:          In Prometheus: up == 0, pg_up == 0, node_scrape_collector_success == 0; its page
    /targets says the error.
Cure:            See whether what it is asked of runs, at that address; a database's exporter says
    in its log why it is not let in.
Ignore when:     A target is known to be gone: take it out of Prometheus's settings.
Cannot see:      What never was a target.
"""

from collections.abc import Iterator, Sequence

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.readings import Alive
from fettle.model.severity import Severity
from fettle.unit import NoLimits, check


@check(limits=NoLimits)
def judge(rows: Sequence[Alive], _: NoLimits) -> Iterator[Verdict]:
    """Tell each that is not there; when that are all, nothing is known."""
    if rows:
        yield Measurement("exporters_failing_count", sum(not row.up for row in rows))
    severity = Severity.HIGH if not any(row.up for row in rows) else Severity.MEDIUM
    for row in rows:
        if not row.up:
            yield Finding(
                row.subject,
                severity,
                row.says,
                recommendations=(
                    f"See whether {row.subject} runs: /targets of Prometheus has the error",
                ),
                about=(things.service(row.subject),),
            )
