"""The clock is not kept.

Why it matters:  A clock that nobody corrects drifts by seconds a week: certificates and tokens are
    refused, logs of two machines cannot be put in order, and "the last minute" means another one.
Verify:          timedatectl: "System clock synchronized"; chronyc tracking.
Cure:            Enable one of chrony, systemd-timesyncd or ntpsec, and let UDP 123 out.
Ignore when:     A hypervisor sets the clock by its guest tools, without telling the kernel.
Cannot see:      How far it is off, when nobody keeps it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Verdict
from fettle.model.quantity import say_duration
from fettle.model.readings import ClockSync
from fettle.model.severity import Severity
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """More than a second apart, what two machines wrote cannot be put in order.

    Below `clear` it is over: between two corrections the kernel's bound goes up and down.
    """

    off: timedelta = timedelta(seconds=1)
    clear: timedelta = timedelta(milliseconds=800)

    def cleared(self) -> "Limits":
        """Return the limits that hold until what was found is over."""
        return replace(self, off=self.clear)


@check(limits=Limits)
def judge(rows: Sequence[ClockSync], limits: Limits) -> Iterator[Verdict]:
    """Find each that nobody keeps, or that is kept badly."""
    for row in rows:
        most = row.off_by_at_most
        if most is not None:
            yield Measurement("clock_off_s", round(most.total_seconds(), 6), row.subject)
        if row.synchronised and (most is None or most <= limits.off):
            continue
        yield Finding(
            row.subject,
            Severity.LOW,
            f"its clock can be off by {say_duration(most)}"
            if row.synchronised and most is not None
            else "nothing synchronises its clock, as far as the kernel knows",
            recommendations=("timedatectl set-ntp true, or install chrony; then timedatectl",),
            about=(things.host(row.subject),),
        )
