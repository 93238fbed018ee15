"""Reads stacks that were printed: of Python, Java, JavaScript, Go, Ruby, Rust, .NET and PHP.

What is no line of a stack is part of a message, or left out; no text is refused.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from fettle.intake.errors._fields import LINE, LONG, NAME, cut
from fettle.model.error_event import Frame, Raised

MOST = 64 * 1024
MOST_LINES = 1_000
_MOST_LINE, _MOST_RAISED, _MOST_FRAMES = 1_000, 20, 250

_PYTHON = re.compile(
    r'\s{0,20}File "(?P<file>[^"]{1,900})", line (?P<line>\d{1,9})(?:, in (?P<in>.+))?'
)
_PYTHON_BEGINS = re.compile(
    r"[\s|+-]{0,40}(?:Exception Group )?Traceback \(most recent call last\):"
)
_PYTHON_MARK = re.compile(r"\s*[~^]+\s*$")
_JAVA = re.compile(
    r"\s+at (?:[\w.@-]{1,200}/{1,2})?(?P<in>[^\s()/]{1,400})"
    r"\((?P<file>[^():]{1,200})(?::(?P<line>\d{1,9}))?\)"
)
_V8 = re.compile(
    r"\s*at (?:async )?(?:(?P<in>[^()]{1,300}?) \()?"
    r"(?P<file>[^()\s][^()]{0,800}?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?\)?$"
)
_V8_PLACELESS = re.compile(
    r"\s*at (?:async )?(?P<in>[^()]{1,300}) \((?P<file><anonymous>|native)\)$"
)
_GECKO = re.compile(
    r"(?P<in>[^@\s]{0,300})@(?P<file>[^\s@]{1,800}?):(?P<line>\d{1,9}):(?P<column>\d{1,9})$"
)
_NET = re.compile(
    r"\s+at (?P<in>[^\s()]{1,400}\([^()]{0,400}\))"
    r"(?: in (?P<file>.{1,800}):line (?P<line>\d{1,9}))?\s*$"
)
_RUBY = re.compile(
    r"(?:\s*from )?\s*(?P<file>[^\s:][^:]{0,600}):(?P<line>\d{1,9}):in [`'](?P<in>[^`']{1,300})'"
    r"(?:: (?P<said>.*))?$"
)
_PHP = re.compile(
    r"#\d{1,4} (?:(?P<file>[^()]{1,600})\((?P<line>\d{1,9})\)|\[internal function\]): "
    r"(?P<in>[^(]{1,300})\("
)
_PHP_MAIN = re.compile(r"#\d{1,4} \{main\}")
_GO = re.compile(r"(?P<in>[\w./*()\[\]{}$·-]{1,400})\((?:[^()]{0,400}|\.{3})\)$")
_GO_MADE = re.compile(r"created by (?P<in>\S{1,400})")
_GO_BARE = re.compile(r"(?P<in>\S{1,400})$")  # as loggers print calls
_GO_PLACE = re.compile(r"\t(?P<file>\S{1,600}):(?P<line>\d{1,9})(?: \+0x[0-9a-f]+)?$")

# What Rust prints of a panic; until 1.73 what it says stood before its place.
PANIC = re.compile(
    r"thread '(?P<thread>[^']{0,200})'(?: \(\d{1,20}\))? panicked at "
    r"(?:'(?P<said>.*)', )?(?P<file>[^':][^:]{0,600}):(?P<line>\d{1,9}):(?P<column>\d{1,9}):?$"
)
_RUST_CALL = re.compile(
    r"\s{1,5}\d{1,4}: +(?:0x[0-9a-f]+ - )?(?P<in>\S.{0,400}?)(?:::h[0-9a-f]{16})?$"
)
_RUST_PLACE = re.compile(
    r"\s{6,40}at (?P<file>[^:]{1,600}):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?$"
)
_OF_RUST = "/rustc/"  # its own files, wherever it was built

# Of a group of Python the margin of each line, and what parts the exceptions that it holds.
GROUP_BEGINS = re.compile(
    r"(?P<margin>\s*)\+ Exception Group " + re.escape("Traceback (most recent call last):")
)
GROUP_MARGIN = re.compile(r"(?P<margin>\s{1,60})\|(?: |$)")
GROUP_PARTS = re.compile(r"(?P<margin>\s{1,60})\+(?:-\+)?-{10,}(?: \d+ -{10,}| \.{3} -{10,})?$")

_PYTHON_LINKS = ("During handling of the above exception", "The above exception was the direct")
_CAUSED = re.compile(r"(?P<indent>\s*)Caused by: (?P<said>.+)")
_NET_INNER = re.compile(r"\s*---> (?P<said>.+)")
_NET_INNER_ENDS = re.compile(r"\s*--- End of inner exception stack trace ---")
_ASIDE = re.compile(r"\s+Suppressed: ")
# A class, and what it says: `java.lang.Error: no`, `Foo::Bar: no`, `*errors.errorString: no`.
_SAID = re.compile(r"(?P<type>[A-Za-z_*\\][\w.$:\\*`]{0,300}?)(?:: (?P<value>.*)|:?$)", re.DOTALL)
_RUBY_SAID = re.compile(r"(?P<value>.*) \((?P<type>[A-Z][\w:]{0,200})\)$")
_TYPE_OF_MODULE = re.compile(r"(?P<module>[A-Za-z_][\w.]{0,200})\.(?P<type>[A-Za-z_$][\w$]{0,200})")
_JAVA_CALL = re.compile(r"(?P<module>.+)\.(?P<function>[^.]+)")


@dataclass
class _Section:
    """One exception of a printed chain; its frames in the order in which they are printed."""

    said: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)


def read_stack(text: str) -> tuple[Raised, ...]:
    """Return the chain that a printed stack tells of, the cause first, as in an event.

    Empty where no line of it is one of a stack.
    """
    lines = [line[:_MOST_LINE] for line in text[:MOST].splitlines()]
    if len(lines) > MOST_LINES:  # what was raised stands at one end, and where at the other
        lines = lines[: MOST_LINES // 2] + lines[-MOST_LINES // 2 :]
    if any(PANIC.match(line) for line in lines):
        return _rust(lines)
    if any(GROUP_BEGINS.match(line) for line in lines):
        sections = _groups(lines)
    elif any(_PYTHON_BEGINS.match(line) or _PYTHON.match(line) for line in lines):
        sections = _python(lines)
    elif any(_GO_PLACE.match(line) for line in lines):
        sections = _go(lines)
    else:
        sections = _innermost_first(lines)
    chain = [_raised(one) for one in sections[:_MOST_RAISED]]
    return tuple(chain) if any(one.frames for one in chain) else ()


def platform_of(text: str) -> str | None:
    """Return the platform whose stack a text is, as an event names it; None where it is none."""
    lines = [line[:_MOST_LINE] for line in text[:MOST].splitlines()[:MOST_LINES]]
    if any(PANIC.match(line) for line in lines):
        return "native"
    if any(_PYTHON.match(line) or GROUP_BEGINS.match(line) for line in lines):
        return "python"
    if any(_GO_PLACE.match(line) for line in lines):
        return "go"
    found = (platform for line in lines for platform, read in _READERS if read(line) is not None)
    return next(found, None)


def split_type(said: str) -> tuple[str, str | None]:
    """Return the name of a class, and its module: `java.lang.Error` is `Error` of `java.lang`."""
    found = _TYPE_OF_MODULE.fullmatch(said)
    if found is None:
        return cut(said, NAME), None
    return cut(found["type"], NAME), cut(found["module"], NAME)


def _raised(section: _Section) -> Raised:
    said = "\n".join(section.said).strip()
    frames = section.frames
    if len(frames) > _MOST_FRAMES:
        frames = frames[:50] + frames[50 - _MOST_FRAMES :]
    if found := _RUBY_SAID.fullmatch(said) or _SAID.fullmatch(said):
        type_, module = split_type(found["type"])
        return Raised(type_, cut(found["value"] or "", LONG), module, tuple(frames))
    return Raised(None, cut(said, LONG), None, tuple(frames))


def _frame(
    found: re.Match[str], *, function: str | None = None, module: str | None = None
) -> Frame:
    groups = found.groupdict()
    file, line, column = groups.get("file"), groups.get("line"), groups.get("column")
    function = function or groups.get("in")
    return Frame(
        function=cut(function.strip(), NAME) if function else None,
        module=cut(module, NAME) if module else None,
        file=cut(file, LINE) if file else None,
        line=_number(line),
        column=_number(column),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _python(lines: list[str]) -> list[_Section]:
    """Read tracebacks: each says where, outermost first, then what; then the next of the chain."""
    sections: list[_Section] = []
    between = True
    for line in lines:
        if _PYTHON_BEGINS.match(line):
            sections.append(_Section())
            between = False
        elif found := _PYTHON.match(line):
            if between:
                sections.append(_Section())
                between = False
            sections[-1].frames.append(_frame(found))
        elif line.lstrip(" |+-").startswith(_PYTHON_LINKS):
            between = True
        elif not between:
            _take_python(line, sections[-1])
    return sections


def _take_python(line: str, section: _Section) -> None:
    """Take a line that belongs to the last frame, or says what was raised."""
    if section.said or line[:1] not in (" ", "\t", ""):
        section.said.append(line)
    elif section.frames and section.frames[-1].context is None and not _PYTHON_MARK.match(line):
        section.frames[-1] = replace(section.frames[-1], context=cut(line.strip(), LINE))


def _groups(lines: list[str]) -> list[_Section]:
    """Read a group: what it holds before itself, each with its own chain, the first one first."""
    read: list[_Section] = []
    open_: list[tuple[int, list[_Section]]] = []  # groups whose parts may follow, by their margin
    for margin, part in _parts(lines):
        while open_ and open_[-1][0] >= margin:
            read += open_.pop()[1]
        sections = _python(part)
        if margin and not sections and any(part):  # raised by nobody: it has no calls
            sections = [_Section([line for line in part if line])]
        open_.append((margin, sections))
    while open_:
        read += open_.pop()[1]
    return read


def _parts(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield what is printed of each exception, without its margin, and how wide that is."""
    margin, part = 0, list[str]()
    for line in lines:
        if found := GROUP_PARTS.match(line):
            yield margin, part
            part = []
        elif found := GROUP_BEGINS.match(line):
            if len(found["margin"]) != margin or any(one.strip() for one in part):
                yield margin, part
                part = []
            margin = len(found["margin"]) or 2
            part.append(line[found.end("margin") + len("+ Exception Group ") :])
        elif found := GROUP_MARGIN.match(line):
            if not part:
                margin = len(found["margin"])
            part.append(line[found.end() :])
        else:
            if margin and part and line.strip():
                yield margin, part
                margin, part = 0, []
            part.append(line)
    yield margin, part


def _rust(lines: list[str]) -> tuple[Raised, ...]:
    """Read a panic: where, what it said, and its calls, the innermost first, where they are told.

    Those of Rust itself, before and behind those of the program, are left out.
    """
    begin, found = next(
        (place, found) for place, line in enumerate(lines) if (found := PANIC.match(line))
    )
    said, calls = [found["said"]] if found["said"] else [], list[Frame]()
    call: re.Match[str] | None = None
    for line in lines[begin + 1 :]:
        if PANIC.match(line):
            break
        if (place := _RUST_PLACE.match(line)) and call is not None:
            calls.append(_frame(place, function=call["in"]))
            call = None
        elif one := _RUST_CALL.match(line):
            call = one
        elif not calls and call is None and not line.startswith(("stack backtrace:", "note: ")):
            said.append(line)
    own = [one for one in calls if not (one.file or "").startswith(_OF_RUST)]
    frames = tuple(reversed(own[-_MOST_FRAMES:])) or (_frame(found),)
    return (Raised("panic", cut("\n".join(said).strip(), LONG), None, frames),)


def _go(lines: list[str]) -> list[_Section]:
    """Read a goroutine: a call, and in the next line where; the innermost first."""
    section = _Section()
    call: re.Match[str] | None = None
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if (found := _GO_PLACE.match(line)) and call is not None:
            section.frames.append(_frame(found, function=call["in"]))
            call = None
        elif found := _go_call(line, following):
            call = found
        elif line.startswith("goroutine ") and section.frames:
            break  # the others only stood by
        elif not section.frames and not line.startswith(("goroutine ", "[signal ")):
            section.said.append(line.removeprefix("panic: "))
    section.frames.reverse()
    return [section]


def _go_call(line: str, following: str) -> re.Match[str] | None:
    found = _GO.match(line) or _GO_MADE.match(line)
    return found or (_GO_BARE.match(line) if _GO_PLACE.match(following) else None)


def _innermost_first(lines: list[str]) -> list[_Section]:
    """Read what is printed from the top of the chain to its cause, the innermost call first."""
    sections = [_Section()]
    open_ = [sections[0]]
    for line in _without_suppressed(lines):
        if found := _CAUSED.match(line):
            sections.append(_Section([found["said"]]))
            open_ = [sections[-1]]
        elif found := _NET_INNER.match(line):
            sections.append(_Section([found["said"]]))
            open_.append(sections[-1])
        elif _NET_INNER_ENDS.match(line):
            open_ = open_[:-1] or open_
        else:
            _take(line, open_[-1])
    for one in sections:
        one.frames.reverse()
    sections.reverse()
    return sections


def _without_suppressed(lines: list[str]) -> Iterator[str]:
    """Yield the lines of what was raised; Java prints what failed on the way out among them."""
    aside = False
    for line in lines:
        if _ASIDE.match(line):
            aside = True
        elif (found := _CAUSED.match(line)) and not found["indent"]:
            aside = False
        if not aside:
            yield line


def _take(line: str, section: _Section) -> None:
    if _PHP_MAIN.match(line):
        return
    for _, read in _READERS:
        if (frame := read(line)) is not None:
            section.frames.append(frame)
            if said := _said_in_place(line):
                section.said.append(said)
            return
    if not section.frames and not line.startswith(("Stack trace:", "[stacktrace]")):
        section.said.append(line)


def _said_in_place(line: str) -> str | None:
    """Return what Ruby says behind the innermost call."""
    found = _RUBY.match(line)
    return found["said"] if found else None


def _of(expression: re.Pattern[str]) -> Callable[[str], Frame | None]:
    def read(line: str) -> Frame | None:
        found = expression.match(line)
        return None if found is None else _frame(found)

    return read


def _of_java(line: str) -> Frame | None:
    found = _JAVA.match(line)
    if found is None or (call := _JAVA_CALL.fullmatch(found["in"])) is None:
        return None
    frame = _frame(found, function=call["function"], module=call["module"])
    if found["file"] in _JAVA_NOWHERE:
        return replace(frame, file=None)
    return frame if "." in found["file"] else None


_JAVA_NOWHERE = ("Native Method", "Unknown Source", "<generated>")


def _of_net(line: str) -> Frame | None:
    found = _NET.match(line)
    if found is None:
        return None
    call = _JAVA_CALL.fullmatch(found["in"].partition("(")[0])
    if call is None:
        return None
    return _frame(found, function=call["function"], module=call["module"].rstrip("."))


# Of which platform a line is, and what reads it; the first that can does.
_READERS: tuple[tuple[str, Callable[[str], Frame | None]], ...] = (
    ("java", _of_java),
    ("node", _of(_V8)),
    ("node", _of(_V8_PLACELESS)),
    ("csharp", _of_net),
    ("php", _of(_PHP)),
    ("ruby", _of(_RUBY)),
    ("javascript", _of(_GECKO)),
)
