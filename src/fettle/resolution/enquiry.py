"""Where to look when nobody knows an error: lines of enquiry, each with what it rests on; pure.

None of them is a match, and nothing is ever done on account of one: they are what an experienced
colleague would look at first. The first call of the application in the stack; the release in which
it came first, and what went live before it began; what was found at the same time; what of the
things that are needed is named.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from fettle.model.deploy import Deploy
from fettle.model.error_event import ErrorEvent, Frame

_ONSET = timedelta(hours=2)  # what went live longer before is no suspect
_MOST = 5
_READ_AT_MOST = 20_000
_LONGEST_LINE = 400
_FURTHEST = 300

_FRAMES = (
    # Python: the innermost call comes last
    (
        re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>\S+))?'),
        True,
    ),
    # JavaScript
    (
        re.compile(
            r"^\s*at (?:(?:async |new )?(?P<function>[^\s(]+) \()?"
            r"(?P<file>[^\s()]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+\)?\s*$"
        ),
        False,
    ),
    # Java, Kotlin, Scala
    (
        re.compile(
            r"^\s*at (?P<function>[\w$.<>]+)\((?P<file>[\w$]+\.(?:java|kt|scala)):(?P<line>\d+)\)"
        ),
        False,
    ),
    # .NET
    (re.compile(r"^\s*at (?P<function>[^\s(]+)\(.*?\) in (?P<file>.+):line (?P<line>\d+)"), False),
    # Ruby
    (
        re.compile(
            r"^\s*(?:from )?(?P<file>[^\s:]+\.rb):(?P<line>\d+):in [`'](?P<function>[^']+)'"
        ),
        False,
    ),
    # PHP
    (re.compile(r"^\s*#\d+ (?P<file>[^\s(]+\.php)\((?P<line>\d+)\): (?P<function>[^(]+)"), False),
    # Go
    (re.compile(r"^\s+(?P<file>/\S+\.go):(?P<line>\d+)"), False),
)
_FOREIGN = re.compile(
    r"site-packages|dist-packages|node_modules|/lib/python|/usr/lib/|/usr/local/(?:lib|go)/"
    r"|^<|^node:|internal/|/vendor/|/gems/|/go/pkg/mod/|/ruby/\d"
)
_FOREIGN_CALL = re.compile(
    r"^(?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|System|Microsoft|Npgsql"
    r"|org\.(?:springframework|hibernate|apache|postgresql|eclipse|jboss))\."
)


class About(StrEnum):
    """What a line of enquiry leads to."""

    FRAME = "frame"
    RELEASE = "release"
    DEPLOY = "deploy"
    FINDING = "finding"
    DEPENDENCY = "dependency"


@dataclass(frozen=True)
class Enquiry:
    """Something to look at: what it is, and what it rests on."""

    about: About
    says: str
    evidence: str


@dataclass(frozen=True)
class Found:
    """What was found at a database while the trouble went on."""

    database: str
    title: str
    subject: str
    severity: str


@dataclass(frozen=True)
class CameIn:
    """The release in which an error came first, or came back; when that was first heard of."""

    release: str
    heard_at: datetime
    before: str


@dataclass(frozen=True)
class Around:
    """What is known around an error: since when, what went live, what was found, what is needed.

    `event` is one time that it happened, where an application has sent it with its stack;
    `came_in` its release, where the application had another one before.
    """

    began: datetime | None = None
    deploys: Sequence[Deploy] = ()
    found: Sequence[Found] = ()
    needed: Sequence[str] = ()
    event: ErrorEvent | None = None
    came_in: CameIn | None = None


def enquiries(text: str, around: Around) -> tuple[Enquiry, ...]:
    """Return where to look, the nearest first."""
    return (
        *_frame(_sent(around.event) or application_frame(text)),
        *_release(around),
        *_deploys(around),
        *_findings(around),
        *_dependencies(text, around.needed),
    )


def application_frame(text: str) -> Frame | None:
    """Return the application's own call that is nearest to where the error was raised."""
    last: Frame | None = None
    for line in text[:_READ_AT_MOST].splitlines():
        for pattern, innermost_last in _FRAMES:
            match = pattern.match(line[:_LONGEST_LINE])
            if match is None:
                continue
            frame = _read(match.groupdict())
            if _is_foreign(frame):
                break
            if not innermost_last:
                return last or frame
            last = frame
            break
    return last


def _read(found: Mapping[str, Any]) -> Frame:
    return Frame(found.get("function"), file=found["file"], line=int(found["line"]), in_app=True)


def _is_foreign(frame: Frame) -> bool:
    called = frame.function or ""
    return bool(_FOREIGN.search(frame.file or "") or _FOREIGN_CALL.match(called))


def _sent(event: ErrorEvent | None) -> Frame | None:
    """Return the application's own call that is nearest to where an error that was sent was raised.

    What stands far to the right in its line is packed, and read by nobody.
    """
    frames = event.raised[-1].frames if event is not None and event.raised else ()
    own = (frame for frame in reversed(frames) if frame.in_app and (frame.file or frame.module))
    found = next(own, None)
    return None if found is None or (found.column or 0) > _FURTHEST else found


def _frame(frame: Frame | None) -> Iterator[Enquiry]:
    if frame is not None:
        line = f", line {frame.line}" if frame.line else ""
        called = f", in {frame.function.strip()}" if frame.function else ""
        yield Enquiry(
            About.FRAME,
            f"look at {frame.file or frame.module}{line}{called}",
            "it is the application's own call that is nearest to where it was raised",
        )


def _release(around: Around) -> Iterator[Enquiry]:
    one = around.came_in
    if one is None or around.began is None:
        return
    after = around.began - one.heard_at
    if timedelta(0) <= after <= _ONSET:
        minutes = int(after / timedelta(minutes=1))
        yield Enquiry(
            About.RELEASE,
            f"compare {one.release} with {one.before}, the release before it",
            f"the error came with it, {minutes} min after it was first heard of",
        )


def _deploys(around: Around) -> Iterator[Enquiry]:
    if around.began is None:
        return
    before = [one for one in around.deploys if _ONSET >= around.began - one.at >= timedelta(0)]
    for one in sorted(before, key=lambda one: one.at, reverse=True)[:_MOST]:
        minutes = int((around.began - one.at) / timedelta(minutes=1))
        yield Enquiry(
            About.DEPLOY,
            f"compare {one.service} {one.version} with the version before it",
            f"it went live {minutes} min before the error began",
        )


def _findings(around: Around) -> Iterator[Enquiry]:
    for one in around.found[:_MOST]:
        yield Enquiry(
            About.FINDING,
            f"{one.database}: {one.title}: {one.subject}",
            f"it was found there for this issue, and is {one.severity}",
        )


def _dependencies(text: str, needed: Sequence[str]) -> Iterator[Enquiry]:
    said = text[:_READ_AT_MOST].casefold()
    for name in dict.fromkeys(needed):
        if re.search(rf"(?<![\w-]){re.escape(name.casefold())}(?![\w-])", said):
            yield Enquiry(
                About.DEPENDENCY,
                f"see whether {name} is well",
                f"the error names {name}, which is needed",
            )
