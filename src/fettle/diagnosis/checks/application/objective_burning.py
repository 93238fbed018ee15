"""A service fails more often than its objective allows.

Why it matters:  At this rate what may fail within the month is used up long before its end.
Verify:          The share of requests that failed, over 1 - objective, in both windows.
Cure:            Mend what fails now (fettle explain error_rate_high); until the budget has grown
    again, put what is risky off.
Ignore when:     The objective is one that nobody has promised, and nobody misses.
Cannot see:      Failures that are answered with a status below 500; and windows that its Prometheus
    does not reach back to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fettle.model import things
from fettle.model.finding import Finding, Measurement, Note, Verdict
from fettle.model.quantity import Ratio, say_duration, say_share
from fettle.model.readings import Burn
from fettle.model.severity import Severity
from fettle.unit import check

_FAST, _SLOW = timedelta(hours=1), timedelta(hours=6)
# Where nearly everything fails it burns, however much may: 14.4 times 10 % is more than all.
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class Limits:
    """Of a month's budget an hour at 14.4 uses 2 %, six hours at 6 use 5 %, three days at 1 10 %.

    These are the windows and rates of https://sre.google/workbook/alerting-on-slos/, Table 5-8; the
    shorter window of each says that it still burns. Below `clear` times these rates it is over. Of
    fewer requests than `requests` in the long window a single failure decides.
    """

    fast: float = 14.4
    slow: float = 6.0
    lasting: float = 1.0
    clear: Ratio = Ratio(0.9)
    requests: int = 100

    def cleared(self) -> "Limits":
        """Return what holds until it is over: each rate, times `clear`."""
        part = float(self.clear)
        fast, slow = self.fast * part, self.slow * part
        return replace(self, fast=fast, slow=slow, lasting=self.lasting * part)


@check(limits=Limits)
def judge(rows: Sequence[Burn], limits: Limits) -> Iterator[Verdict]:
    """Judge each pair of windows; of a service only the worst that is found is told."""
    found: dict[str, Finding] = {}
    for row in rows:
        if row.rate_long is None or row.rate_short is None or row.requests < limits.requests:
            yield _too_little(row, limits)
            continue
        yield Measurement(
            f"burn_rate_{say_duration(row.long).replace(' ', '')}",
            round(row.rate_long, 3),
            row.subject,
        )
        limit, severity = _limit(row, limits)
        if row.rate_long > limit and row.rate_short > limit:
            before = found.get(row.subject)
            if before is None or before.severity < severity:
                found[row.subject] = _finding(row, row.rate_long, row.rate_short, severity)
    yield from found.values()


def _limit(row: Burn, limits: Limits) -> tuple[float, Severity]:
    most = _NEARLY_ALL / (1 - row.objective)
    if row.long <= _FAST:
        return min(limits.fast, most), Severity.CRITICAL
    if row.long <= _SLOW:
        return min(limits.slow, most), Severity.HIGH
    return limits.lasting, Severity.MEDIUM


def _too_little(row: Burn, limits: Limits) -> Note:
    if not row.requests:
        return Note(
            f"{row.subject}: how fast its objective burns is not known: nothing was asked of it "
            f"within {say_duration(row.long)}, or there are no figures of so long ago yet"
        )
    if row.requests >= limits.requests:
        return Note(
            f"{row.subject}: nothing was asked of it within the last {say_duration(row.short)}, so "
            f"its objective does not burn now, whatever it did over {say_duration(row.long)}"
        )
    return Note(
        f"{row.subject}: {row.requests:,.0f} requests in {say_duration(row.long)} are too few to "
        f"judge how fast its objective burns; {limits.requests:,} are needed"
    )


def _finding(row: Burn, long: float, short: float, severity: Severity) -> Finding:
    allowed = Ratio(1 - row.objective)
    used_up = timedelta(days=30) / long
    return Finding(
        row.subject,
        severity,
        f"it burns {long:.1f} times what its objective of {say_share(row.objective, 3)} allows, "
        f"over {say_duration(row.long)}, and {short:.1f} times over the last "
        f"{say_duration(row.short)}; a month's budget lasts {say_duration(used_up)} like that",
        metrics={
            "burn_rate_long": round(long, 3),
            "burn_rate_short": round(short, 3),
            "objective_ratio": row.objective,
            "requests_count": round(row.requests),
        },
        evidence=(
            {
                "objective": say_share(row.objective, 3),
                "allowed to fail": say_share(float(allowed), 3),
                "failed": say_share(long * allowed, 3),
                "window": say_duration(row.long),
            },
        ),
        recommendations=(
            "Mend what fails now: fettle explain error_rate_high",
            "Put off what is risky until the budget has grown again",
        ),
        about=(things.service(row.subject),),
    )
