"""Lines of an access log are not understood.

Why it matters:  What is not understood is not counted: requests and failures can hide in it.
Verify:          Look at the lines; the report quotes the first.
Cure:            Set access_log_format of the service to what the web server's configuration says;
    where several programs write one file, give each its own.
Ignore when:     They are no requests: a start-up banner, or somebody who speaks another protocol.
Cannot see:      Lines that mean something else than they look like.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fettle.model.finding import Measurement, Note, Unknown, Verdict
from fettle.model.quantity import Ratio, say_count
from fettle.model.readings import LogLines
from fettle.unit import check


@dataclass(frozen=True)
class Limits:
    """One line in a hundred is as much as hides what error_rate_high would find."""

    unread: Ratio = Ratio(0.01)


@check(limits=Limits)
def judge(rows: Sequence[LogLines], limits: Limits) -> Iterator[Verdict]:
    """Say how much of each was read, and what was odd about it."""
    for row in rows:
        yield Measurement("access_log_lines_total", row.lines, row.subject)
        yield Measurement("access_log_lines_unread_total", row.unread, row.subject)
        share = Ratio(row.unread / row.lines) if row.lines else Ratio(0)
        if share > limits.unread:
            yield Unknown(
                f"{say_count(row.unread, 'line')} of {row.lines:,} in {row.path} ({share}) are not "
                f"understood; the first begins {row.example[:80]!r}",
                "set access_log_format of the [[service]] to what the web server's configuration "
                "says",
            )
        elif row.unread:
            of = say_count(row.unread, "line")
            verb = "is" if row.unread == 1 else "are"
            yield Note(
                f"{of} of {row.lines:,} in {row.path} {verb} not understood, and not counted"
            )
        yield from _left_out(row, limits)
        if row.truncated:
            yield Unknown(f"the rest of it could not be read: {row.truncated}")
        yield from _odd(row)


def _left_out(row: LogLines, limits: Limits) -> Iterator[Unknown]:
    """Yield what was asked of a span of time, and may lie in lines that say no time."""
    share = Ratio(row.left_out / row.lines) if row.lines else Ratio(0)
    if share > limits.unread:
        yield Unknown(
            f"the times of {say_count(row.left_out, 'line')} of {row.lines:,} in {row.path} "
            f"({share}) cannot be read: whether they are of the time that is looked at nobody "
            "knows, and they are not counted",
            "let the web server write its usual time, or one of ISO 8601: $time_local, "
            "$time_iso8601",
        )


def _odd(row: LogLines) -> Iterator[Note]:
    if row.undated:
        yield Note(
            f"{say_count(row.undated, 'time')} in {row.path} cannot be read; lines with "
            "them count only where no span of time is asked for"
        )
    if row.went_back:
        yield Note(
            f"the times in {row.path} went back {say_count(row.went_back, 'time')} by more than a "
            "minute: the clock was set, or several files were put together"
        )
    if row.dropped:
        yield Note(
            f"{row.path} has so many routes that {row.dropped:,} of the rarest count as (other)"
        )
