"""Stacks that were logged: as lines that follow one that says something, or in an object's field.

What was said and what was raised are told apart, and what a runtime prints around both is left
out, so that the same failure is the same error however it was logged.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from fettle.intake.errors.stack_text import (
    GROUP_BEGINS,
    PANIC,
    platform_of,
    read_stack,
    split_type,
)
from fettle.intake.logs.lines import READ_AT_MOST, parted
from fettle.intake.logs.wrapped import Fields, said_in
from fettle.model.error_event import Frame, Raised
from fettle.model.log import Level, Trace

TRACEBACK = "Traceback (most recent call last):"
# A line that is a call of a stack, in any of the languages.
FRAME = re.compile(
    r"(?:\s{1,60}\|)?\s*(?:File \"[^\"]+\", line \d|at \S.*[)\d>]$|from \S+:\d+:in )"
    r"|\t\S+:\d+(?: \+0x|$)"
    r"|#\d{1,4} (?:\S.*\(\d+\): |\[internal function\]|\{main\})|\S+:\d+:in [`']"
)

_STACKS = (
    *("exception.stacktrace", "exception.stack_trace", "error.stack_trace", "error.stack"),
    *("err.stack", "stack_trace", "stackTrace", "stacktrace", "stack", "traceback", "exc_info"),
    *("exc_text", "exception.backtrace", "error.backtrace", "backtrace", "exception", "Exception"),
    *("@x", "err", "error"),
)
# Where none of these is, nothing is looked for.
_ROOTS = frozenset(root for name in _STACKS for root in (name, name.partition(".")[0]))
_TYPES = ("exception.type", "error.type", "err.type", "exc_type", "exception.class", "error.class")
_VALUES = ("exception.message", "error.message", "err.message", "exc_value", "error", "err")
_ABOUT: Mapping[str, Sequence[str]] = {
    "at": ("@timestamp", "timestamp", "time", "ts", "@t", "datetime", "date"),
    "logger": ("logger", "logger_name", "log.logger", "category", "SourceContext"),
    "trace": ("trace_id", "trace.id", "traceId", "traceID"),
    "environment": ("environment", "service.environment", "env"),
    "release": ("service.version", "release"),
    "server": ("host.name", "hostname", "host"),
}
_MOST_CALLS, _MOST_RAISED = 250, 20
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s?(?:Z|[+-]\d\d:?\d\d)")

_TYPE = (
    r"(?:[A-Za-z_][\w$]{0,80}(?:\.|::|\\)){0,12}(?:[A-Z]\w{0,80})?(?:Exception|Error|Throwable"
    r"|Exit|Interrupt|Warning|Failure|Fault)"
)
# What was raised, behind whatever was said before it; Node puts a code behind the class.
_RAISED = re.compile(
    rf"(?<![\w.\\:$])(?P<type>{_TYPE})(?: \[\w{{1,60}}\])?(?P<value>: .*|:?$)", re.DOTALL
)
_CLASS_AT_END = re.compile(rf"(?<![\w.\\:$]){_TYPE}: $")
_PLACE_OF_PHP = re.compile(r" in \S{1,600}:\d{1,9}$")
_MONOLOG = re.compile(
    r"\{?\"exception\":\"\[object\] \((?P<type>[\w\\]{1,300})\(code: ?\w{1,20}\): (?P<value>.*)"
    r" at \S{1,600}:\d{1,9}\)?$"
)
_RAILS = re.compile(r"(?P<type>[A-Z]\w{0,80}(?:::\w{1,80}){0,8}) \((?P<value>.*)\):?$")
_NAMED = re.compile(r"[A-Za-z_][\w.$:\\]{1,300}(?:: .*)?$")
# What runtimes say before it of themselves.
_AROUND = re.compile(
    r"(?:Unhandled exception\.|Exception in thread \"[^\"]{0,100}\""
    r"|(?:(?:PHP )?[\w ]{0,30}: +)?Uncaught(?: \(in promise\))?)\s*$"
)
_LAST_WORDS = re.compile(r"(?:panic|fatal error)\b|http: panic ")
_AS_PRINTED = " \t:-–—"


def printed(fields: Fields) -> str:
    """Return the stack that an object holds as text, or what it says was raised; empty else."""
    if _ROOTS.isdisjoint(fields):
        return ""
    for name in _STACKS:
        match _field(fields, name):
            case str() as text if text:
                return text
            case list() as lines if lines and all(isinstance(one, str) for one in lines):
                return "\n".join(lines)
            case _:
                continue
    return ""


def of_lines(
    lines: Sequence[str], level: Level, about: Mapping[str, str] | None = None
) -> Trace | None:
    """Return the trace that a record's lines hold, the first of them without its head.

    None where they hold none: frames alone, as of a thread that was only looked at, are none.
    """
    before, stack = _parted(lines)
    raised, platform = _read(stack)
    if not raised or not _is_trouble(raised, lines[0], level):
        return None
    return Trace(raised, before[:READ_AT_MOST], level, platform, about or {})


def of_fields(fields: Fields, level: Level) -> Trace | None:
    """Return the trace that an object holds; None where it holds none."""
    text = printed(fields)
    if not text and "\n" in (whole := _whole(fields)):
        text = whole
    raised, platform = _read(_parted(text.splitlines())[1]) if text else ((), "")
    raised = raised or _of_parts(fields)
    if not raised:
        return None
    top = raised[-1]
    type_, module = split_type(_text(fields, _TYPES))
    value = _text(fields, _VALUES)
    if type_ and top.type in (None, type_):
        top = Raised(type_, top.value or value, module or top.module, top.frames)
    elif not top.type and value:
        top = Raised(None, value, None, top.frames)
    about = {
        name: found
        for name, names in _ABOUT.items()
        if (found := _text(fields, names, number=True))
    }
    said = _whole(fields).partition("\n")[0].strip()
    says = "" if text and said == text.partition("\n")[0].strip() else said
    return Trace((*raised[:-1], top), says, level, platform or "python", about)


def may_begin(head: str, line: str) -> bool:
    """Whether the calls of a stack may follow a line with such a head."""
    found = _LAST_WORDS.match(line) or FRAME.match(line) or PANIC.match(line)
    return found is not None or _raised_in(class_before(head) + line) is not None


def class_before(head: str) -> str:
    """Return the class of an exception at the end of a head, where a place may stand; or none."""
    found = _CLASS_AT_END.search(head)
    return found[0] if found else ""


def said_at(head: str) -> Mapping[str, str]:
    """Return when a line was written by what stands before what it says, where that has a zone."""
    found = _ZONED.search(head)
    return {"at": found[0].replace(",", ".")} if found else {}


def _parted(lines: Sequence[str]) -> tuple[str, str]:
    """Return what was said, and the stack as its runtime prints it."""
    for place, line in enumerate(lines):
        if PANIC.match(line) or GROUP_BEGINS.match(line):
            return " ".join(lines[:place]).strip(_AS_PRINTED), "\n".join(lines[place:])
        if TRACEBACK in line:
            break
    begin = next((place for place, line in enumerate(lines) if TRACEBACK in line), None)
    if begin is not None:
        begins = lines[begin].index(TRACEBACK)
        before = " ".join((*lines[:begin], lines[begin][:begins])).strip(_AS_PRINTED)
        return before, "\n".join((lines[begin][begins:], *lines[begin + 1 :]))
    first = next((place for place, line in enumerate(lines) if FRAME.match(line)), len(lines))
    for place, line in enumerate(lines[:first]):
        if (found := _raised_in(line)) is not None:
            before, said = found
            said_before = (one.strip() for one in (*lines[:place], before))
            return " ".join(filter(None, said_before)).strip(_AS_PRINTED), "\n".join(
                (said, *lines[place + 1 :])
            )
    if 1 < first < len(lines) and _NAMED.match(lines[first - 1]):
        return "\n".join(lines[: first - 1]), "\n".join(lines[first - 1 :])
    return "", "\n".join(lines)


def _raised_in(line: str) -> tuple[str, str] | None:
    """Return what stands before what was raised, and that: `Type: what it says`."""
    line = line[:READ_AT_MOST]
    if found := _MONOLOG.search(line):
        return line[: found.start()], f"{found['type']}: {found['value']}"
    if found := _RAILS.search(line):
        return line[: found.start()], f"{found['type']}: {found['value']}"
    if found := _RAISED.search(line):
        before, value = line[: found.start()], found["value"]
        if before.rstrip().endswith("Uncaught"):
            value = _PLACE_OF_PHP.sub("", value)
        return _AROUND.sub("", before), found["type"] + value
    return None


@lru_cache(maxsize=256)
def _read(stack: str) -> tuple[tuple[Raised, ...], str]:
    """Read a stack; what comes again and again is read once."""
    raised = read_stack(stack)
    return raised, (platform_of(stack) or "other") if raised else ""


def _is_trouble(raised: Sequence[Raised], first: str, level: Level) -> bool:
    top = raised[-1]
    if (top.module, top.type) == ("java.lang.Thread", "State"):  # of a dump of threads
        return False
    return top.type is not None or level >= Level.ERROR or _LAST_WORDS.match(first) is not None


def _of_parts(fields: Fields) -> tuple[Raised, ...]:
    """Return a chain whose frames are objects, as structlog writes them, the cause last."""
    given = fields.get("exception")
    parts = given[:_MOST_RAISED] if isinstance(given, list) else []
    found = []
    for part in parts:
        match part:
            case {"exc_type": str() as type_, "exc_value": value, "frames": list() as calls}:
                found.append(Raised(type_, str(value), None, tuple(_calls(calls))))
            case _:
                return ()
    return tuple(reversed(found))


def _calls(calls: Sequence[object]) -> Iterator[Frame]:
    for call in calls[-_MOST_CALLS:]:
        match call:
            case {"filename": str() as file, "lineno": int() as line, "name": str() as function}:
                yield Frame(function=function, file=file, line=line)
            case _:
                continue


def _whole(fields: Fields) -> str:
    """Return all that an object says, where that may go on with a stack."""
    text = said_in(fields)
    return text[len(parted(text)[0]) :]


def _text(fields: Fields, names: Sequence[str], *, number: bool = False) -> str:
    for name in names:
        match _field(fields, name):
            case str() as text if text:
                return text[:READ_AT_MOST]
            case int() | float() as value if number:
                return str(value)
            case _:
                continue
    return ""


def _field(fields: Fields, name: str) -> object:
    """Return a member by its name, or by its path where objects hold objects."""
    if name in fields:
        return fields[name]
    first, point, rest = name.partition(".")
    match fields.get(first):
        case dict() as inner if point:
            return _field(inner, rest)
        case _:
            return None
