"""What in a log is news, and the signals that say so; pure.

Each piece of news ends by itself: what is new when it has been quiet, what rises when a whole hour
was calm or after a day, for then it is usual, what vanished when it comes again or after a week,
for then nobody misses it.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fettle.intake.logs.rising import Rise
from fettle.model.log import Level, LogSource, LogState, LogTemplate
from fettle.model.severity import Severity
from fettle.model.signal import Signal, SignalKind

SOURCE = "logs"
VENDOR = "logs"

USUAL_AFTER = timedelta(days=1)
MISSED_FOR = timedelta(days=7)
_LONGEST_TITLE = 150
_BAD = re.compile(
    r"(?i:\b(?:\w{0,80}exception|traceback|fail(?:ed|ure|s|ing)?|panic(?:ked)?|fatal|segfault"
    r"|segmentation fault|core dumped|out of memory|oom|killed|unhandled|uncaught"
    r"|corrupt(?:ed|ion)?|deadlock(?:ed)?|crash(?:ed)?|abort(?:ed)?|refused|unreachable"
    r"|timed out|no space left|permission denied|cannot|unable to)\b)|\w(?:Error|Exception)\b"
)


@dataclass(frozen=True)
class News:
    """How a template stands by now, and what is told of that."""

    template: LogTemplate
    signal: Signal | None = None


def key(source: str, template: LogTemplate, what: LogState) -> str:
    """Return by which key signals tell that a template is new, rising or vanished."""
    return f"{source}/t{template.id}/{what}"


def silent_key(source: str) -> str:
    """Return by which key signals tell that nothing comes of a log."""
    return f"{source}/silent"


def is_bad(level: Level, text: str) -> bool:
    """Whether a template looks bad: by its level, or by its words where the level is no ease.

    What is logged as information says of itself that it is no trouble, whatever its words.
    """
    if level >= Level.ERROR:
        return True
    return level is not Level.INFO and _BAD.search(text) is not None


def appeared(source: LogSource, template: LogTemplate, now: datetime) -> News:
    """Return the news that a template is new."""
    text = "No line like it has come before."
    severity = Severity.HIGH if template.level is Level.FATAL else Severity.MEDIUM
    said = _said(source, template, LogState.NEW, f"New in {source.name}", text)
    return News(replace(template, new_at=now), _firing(said, severity))


def rose(source: LogSource, template: LogTemplate, rise: Rise, now: datetime) -> News:
    """Return the news that far more of a template comes than is usual."""
    severity = Severity.MEDIUM if template.bad else Severity.LOW
    if template.level is Level.FATAL:
        severity = Severity.HIGH
    title = f"Far more than usual in {source.name}"
    said = _said(source, template, LogState.RISING, title, rise.grounds)
    risen = replace(template, rising_at=now, usual=rise.usual)
    return News(risen, _firing(said, severity))


def vanished(source: LogSource, template: LogTemplate, hours: int, now: datetime) -> News:
    """Return the news that what came regularly has stopped."""
    text = (
        f"It came regularly, and for the last time at {template.last_at:%Y-%m-%d %H:%M %Z}. "
        f"After {hours} hours without it, as regular as it was, it is missed."
    )
    said = _said(source, template, LogState.VANISHED, f"Gone from {source.name}", text)
    return News(replace(template, vanished_at=now), _firing(said, Severity.MEDIUM))


def over(source: LogSource, template: LogTemplate, what: LogState, why: str) -> News:
    """Return the news that something of a template is over."""
    match what:
        case LogState.NEW:
            now = replace(template, new_at=None)
        case LogState.RISING:
            now = replace(template, rising_at=None, usual=None)
        case _:
            now = replace(template, vanished_at=None)
    return News(now, _said(source, template, what, f"Over in {source.name}", why))


def all_over(source: LogSource, template: LogTemplate, why: str) -> list[News]:
    """Return that all that was told of a template is over, one piece after the other."""
    ended: list[News] = []
    for what, since in (
        (LogState.NEW, template.new_at),
        (LogState.RISING, template.rising_at),
        (LogState.VANISHED, template.vanished_at),
    ):
        if since is not None:
            ended.append(over(source, template, what, why))
            template = ended[-1].template
    return ended


def returned(source: LogSource, template: LogTemplate) -> News:
    """Return the news that what had vanished comes again."""
    return over(source, template, LogState.VANISHED, "It comes again.")


def in_time(
    source: LogSource, template: LogTemplate, now: datetime, quiet: timedelta
) -> News | None:
    """Return what is over of a template by the time alone; None where nothing is."""
    if template.new_at is not None and now - max(template.last_at, template.new_at) >= quiet:
        return over(source, template, LogState.NEW, "It has not come again for a while.")
    if template.rising_at is not None and now - template.rising_at >= USUAL_AFTER:
        return over(
            source, template, LogState.RISING, "It has been so for a day: that is usual now."
        )
    if template.vanished_at is not None and now - template.vanished_at >= MISSED_FOR:
        return over(
            source, template, LogState.VANISHED, "It was gone for a week: nobody waits for it."
        )
    return None


def fell_silent(source: LogSource, hours: int) -> Signal:
    """Return that nothing comes of a log any more."""
    text = (
        f"Its lines came regularly, the last of them at {source.seen_at:%Y-%m-%d %H:%M %Z}. After "
        f"{hours} hours without any, either nothing is logged or the lines do not reach Fettle."
    )
    return _of_source(source, text, firing=True)


def speaks(source: LogSource) -> Signal:
    """Return that lines of a log come again."""
    return _of_source(source, "Its lines come again.", firing=False)


def given_up(source: LogSource, now: datetime) -> Signal | None:
    """Return that nobody waits for a log any more that was silent for long; None before that."""
    if source.silent_at is None or now - source.silent_at < MISSED_FOR:
        return None
    text = "Nothing came of it for a week: nobody waits for it any more."
    return _of_source(source, text, firing=False)


def _of_source(source: LogSource, text: str, *, firing: bool) -> Signal:
    return Signal(
        SOURCE,
        SignalKind.LOG,
        silent_key(source.name),
        firing=firing,
        title=f"Nothing comes of the log {source.name}",
        text=text,
        severity=Severity.MEDIUM if firing else None,
        service=source.service,
        rule="log silent",
        labels={"log": source.name, "state": "silent" if firing else "speaking"},
    )


def _said(
    source: LogSource, template: LogTemplate, what: LogState, title: str, text: str
) -> Signal:
    """Return the signal that something is over; see `_firing`."""
    said = template.text[:_LONGEST_TITLE]
    return Signal(
        SOURCE,
        SignalKind.LOG,
        key(source.name, template, what),
        firing=False,
        title=f"{title}: {said}",
        text=f"{text}\nThe line: {template.example}",
        service=source.service,
        rule=f"log {what}",
        labels={
            "log": source.name,
            "template": f"t{template.id}",
            "level": template.level.label,
            "state": what.value,
        },
    )


def _firing(signal: Signal, severity: Severity) -> Signal:
    return replace(signal, firing=True, severity=severity)
