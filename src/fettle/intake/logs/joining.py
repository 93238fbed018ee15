"""Lines of a log as records, the lines of a trace joined to the one that they belong to.

A line that goes on with what the one before it began, as those of a stack trace do, is a part of
that one's record: a trace is one record, told by its head and by what was raised. What other
processes write between its lines does not part it, where a line says whose it is, or where it can
only be a call of that stack.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fettle.intake.errors.stack_text import GROUP_BEGINS, GROUP_MARGIN, GROUP_PARTS, PANIC
from fettle.intake.logs import stacks
from fettle.intake.logs.lines import RAISED, READ_AT_MOST, parted
from fettle.intake.logs.records import LEVEL_WORDS, Record, read
from fettle.intake.logs.stacks import FRAME, TRACEBACK
from fettle.intake.logs.wrapped import Lines, Said, Whole, said
from fettle.model.log import Level, Trace

_GOES_ON = re.compile(
    r"[ \t]+(?![\[(<]?(?:\d{4}-\d\d-|(?:" + LEVEL_WORDS.upper() + r")\b))\S"
    r"|(?:Caused by|Suppressed): |\.\.\. \d+ (?:more|common)|During handling of the above"
    r"|The above exception was|goroutine \d+ \[|Traceback \(most recent call last\):"
)
# Lines that go on with a stack, though they begin as any other does.
_OF_A_STACK = re.compile(
    r"Stack trace:$|\[stacktrace\]$|#\d{1,4} |\S+:\d+:in [`']|created by \S|\[signal "
    r"|exit status \d|[\])}]+[,;]?$|\"\}\s*$"
)
_OF_GO = re.compile(r"[\w./*()\[\]{}$·-]{1,400}\((?:[^()]{0,400}|\.{3})\)$")
_PLAIN = re.compile(r"(?:Error|Exception)(?:: |$)")
# What a group of Python says was raised, and what may follow the first lines of a panic of Rust.
_OF_GROUP = re.compile(r"\s+\| (?!Traceback|During handling|The above)([A-Za-z_]\S*.*)")
_OF_PANIC = re.compile(r"stack backtrace:$|note: ")
_CAUSED = re.compile(r"Caused by: ((?:[a-zA-Z_][\w$]{0,80}\.){0,12}\w{1,80})")
# What a line of a stack holds, where each of its lines has a head of its own.
_MARKS = (TRACEBACK, '  File "', "\tat ", "    at ", "Caused by: ", "\tfrom ")
_DIGITS = re.compile(r"\d+")
_SAYS_WHAT = re.compile(r"[A-Za-z_][\w.]{0,200}(?:: |$)")
_LONGEST_RECORD = 1_000  # lines
_LONGEST_TEXT = 60 * 1024  # of a record's lines, those at its ends: a stack is read as far
_MOST_BEFORE_CALLS = 10  # lines that say what was raised
_MOST_BEHIND = 20  # lines that go on with what was raised, and are no calls
# So many lines of others may stand between the lines of a record, and of one who writes beside it.
_MOST_APART, _MOST_BETWEEN = 50, 20


class Waiting(NamedTuple):
    """A record that may go on: the places of its first and its last line."""

    begun: int
    ended: int


class Records:
    """Joins lines into records, one line after the other; lines are counted from 0."""

    def __init__(self) -> None:
        # Of each process the record that may go on, the one that did last at the end.
        self._open: dict[str, _Open] = {}
        # Of each a trace that was interrupted.
        self._interrupted: dict[str, _Open] = {}
        self._lines = Lines()
        self._place = -1

    def waiting(self, *, traces_only: bool = False) -> Sequence[Waiting]:
        """Return what waits for what follows it, of that only traces and what may be one's head."""
        parts = [Waiting(one.begun, one.ended) for one in self._lines.begun()]
        return parts + [
            Waiting(one.begun, one.ended)
            for one in (*self._open.values(), *self._interrupted.values())
            if not traces_only or one.begins_trace or one.heads_one
        ]

    def take(self, line: str, place: int) -> Sequence[Record]:
        """Take a line; return the records that it shows to be complete, mostly one or none."""
        self._place = place
        whole = self._lines.take(line, place)
        return () if whole is None else self._take(whole)

    def _take(self, whole: Whole) -> Sequence[Record]:
        line, place = whole.line, whole.ended
        told = said(line)
        whose, text = told.whose, told.text
        if not text and told.fields is None:
            return ()
        open_ = self._open.get(whose)
        if self._interrupted and self._resumes(whose, text, open_):
            return ()
        done: list[Record] = []
        if open_ is None or not open_.takes(text, place):
            if open_ is not None:
                done += self._closed(whose, open_)
            open_ = _Open(told, whole.begun)
        elif open_.is_trace and (before := self._interrupted.pop(whose, None)) is not None:
            done.append(before.record())
        open_.came_as(whole)
        if len(self._open) > 1:
            self._open.pop(whose, None)
        self._open[whose] = open_
        if len(self._open) > 1 or self._interrupted:
            done += self._overdue()
        return done

    def end(self) -> list[Record]:
        """Return the records that wait, complete or not, the first one first."""
        done = [record for whole in self._lines.end() for record in self._take(whole)]
        waiting = sorted(
            (*self._open.values(), *self._interrupted.values()), key=lambda one: one.begun
        )
        self._open.clear()
        self._interrupted.clear()
        return done + [one.record() for one in waiting]

    def _resumes(self, whose: str, text: str, open_: "_Open | None") -> bool:
        """Whether a line goes on with a trace that was interrupted, which takes it then."""
        interrupted = self._interrupted.get(whose)
        if interrupted is None or (open_ is not None and open_.begins_trace):
            return False
        return interrupted.takes_again(text, self._place)

    def _closed(self, whose: str, one: "_Open") -> Iterator[Record]:
        """Yield what a new record shows to be complete; a trace may only be interrupted."""
        if not one.may_be_interrupted:
            yield one.record()
            return
        if (before := self._interrupted.pop(whose, None)) is not None:
            yield before.record()
        self._interrupted[whose] = one

    def _overdue(self) -> Iterator[Record]:
        """Yield records that nobody goes on with any more."""
        for whose, one in list(self._interrupted.items()):
            if self._place - one.ended > _MOST_BETWEEN:
                yield self._interrupted.pop(whose).record()
        whose, oldest = next(iter(self._open.items()))
        if self._place - oldest.ended > _MOST_APART:
            yield self._open.pop(whose).record()


class _Open:
    """A record that may go on: its first line, and what was seen of those behind it."""

    # Of Python, whose last line says what was raised; of Go; of any, once a call was seen.
    _in_trace = _in_go = _framed = False
    _grouped = _in_panic = False  # a group of Python; a panic of Rust
    _chained = False  # one trace was told to have led to the next
    _raised: str | None = None
    _last_texts: Sequence[str] = ()
    _head: re.Pattern[str] | None = None  # of each of its lines, where each has one
    _behind = 0

    def __init__(self, first: Said, place: int) -> None:
        self.begun = self.ended = place
        self._first = first
        self._lines = 1
        self._last = first.text
        self._texts = [first.text]
        self._size = len(first.text)
        self._bare = TRACEBACK in first.text and self._begins_bare(first.text)
        if self._bare:
            self._in_trace = True
        elif first.text.startswith("goroutine "):
            self._in_go = True
        elif GROUP_BEGINS.match(first.text):
            self._bare = self._grouped = True
        elif PANIC.match(first.text):
            self._in_panic = True

    def came_as(self, whole: Whole) -> None:
        """Count the lines that its last one came as."""
        self._lines += whole.lines - 1
        self.ended = whole.ended

    def _begins_bare(self, text: str) -> bool:
        """Whether a trace begins it, with a head before it or without."""
        if text.startswith(TRACEBACK):
            return True
        head = _head_of(text)
        if head is None or not head.sub("", text, count=1).startswith(TRACEBACK):
            return False
        self._head = head
        return True

    @property
    def is_trace(self) -> bool:
        """Whether calls of a stack were seen, or are to come."""
        return self._framed or self._in_trace or self._in_go or self._grouped or self._in_panic

    @property
    def begins_trace(self) -> bool:
        """Whether it is a trace, or says what was raised, as the first lines of one do."""
        if self.is_trace or self._raised is not None:
            return True
        if self._lines > _MOST_BEFORE_CALLS:
            return False
        return any(stacks.may_begin(*parted(text)) for text in self._texts)

    @property
    def heads_one(self) -> bool:
        """Whether it is an error in words, below which a logger may print a trace."""
        return self._first.fields is None and self._is_grave()

    @property
    def may_be_interrupted(self) -> bool:
        """Whether calls of it may follow behind what others write."""
        if self._grouped or self._in_panic:
            return not GROUP_PARTS.match(self._last) and self._framed
        return self._in_trace or self._in_go or (self._framed and not self._said_at_its_end)

    @property
    def _said_at_its_end(self) -> bool:
        """Whether it is Python's, and whole."""
        return (
            self._raised is not None
            and not self._in_trace
            and not self._chained
            and (self._bare or any(TRACEBACK in text for text in self._texts[:2]))
        )

    def takes(self, text: str, place: int) -> bool:
        """Whether a line belongs to it, which it takes then."""
        if not text or self._lines >= _LONGEST_RECORD:
            return False
        if self._head is not None or any(mark in text for mark in _MARKS):
            text = self._without_head(text)
        if not text or not self._belongs(text):  # of some there is only the head
            return False
        self._keep(text, place)
        return True

    def takes_again(self, text: str, place: int) -> bool:
        """Whether a line behind what others wrote can only belong to it, which it takes then."""
        if self._head is not None:
            text = self._without_head(text)
        of_python = self._in_trace and (
            text[:1] in (" ", "\t") or (_SAYS_WHAT.match(text) is not None and not parted(text)[0])
        )
        of_group = self._grouped and (GROUP_MARGIN.match(text) or GROUP_PARTS.match(text))
        if not (of_python or of_group or FRAME.match(text) or _CAUSED.match(text)):
            return False
        return self.takes(text, place)

    def _without_head(self, text: str) -> str:
        """Return a line without the head that each line of a stack has, where it is the same."""
        head = self._head or _head_of(text)
        if head is None or (found := head.match(text)) is None:
            return text
        if self._head is None and not head.match(self._first.text):
            return text
        self._head = head
        return text[found.end() :]

    def _keep(self, text: str, place: int) -> None:
        """Keep a line, of many those at both ends."""
        self._lines += 1
        self.ended = place
        self._last = text
        self._framed = self._framed or FRAME.match(text) is not None
        self._size += len(text) + 1
        if self._size <= _LONGEST_TEXT // 2:
            self._texts.append(text)
            return
        last = self._last_texts = deque((*self._last_texts, text))
        while self._size > _LONGEST_TEXT and len(last) > 1:
            self._size -= len(last.popleft()) + 1

    def _belongs(self, text: str) -> bool:
        if _GOES_ON.match(text):
            return self._goes_on(text)
        if self._in_panic:
            return self._is_of_the_panic(text)
        if self._in_trace:
            if parted(text)[0]:
                return False  # another's, between its lines
            self._in_trace = False
            self._raised = text[:READ_AT_MOST]
            return True
        if self._raised is None and self._says_what_was_raised(text):
            self._raised = text[:READ_AT_MOST]
            return True
        return self._is_of_the_stack(text)

    def _says_what_was_raised(self, text: str) -> bool:
        says = RAISED.match(text) or (_PLAIN.match(text) and self._is_headed())
        return bool(says) and self._is_grave()

    def _is_of_the_panic(self, text: str) -> bool:
        """Whether it is what a panic says, behind its place, or stands around its calls."""
        if self._raised is None and not parted(text)[0] and not PANIC.match(text):
            self._raised = "panic"
            return self._first.text.endswith(":") or _OF_PANIC.match(text) is not None
        return _OF_PANIC.match(text) is not None

    def _is_of_the_stack(self, text: str) -> bool:
        if not self.is_trace and text[0] not in "S[#" and ":in " not in text:
            return False
        if self._in_go and _OF_GO.match(text):
            return True
        if _OF_A_STACK.match(text) and (self._framed or self._in_go or self._begins_one(text)):
            return True
        # a log whose lines have heads: what has none goes on with what was raised
        headed = self.is_trace and self._is_headed() and not self._grouped
        if not headed or self._head or parted(text)[0]:
            return False
        self._behind += 1
        return self._behind <= _MOST_BEHIND

    def _begins_one(self, text: str) -> bool:
        """Whether a line can only be the first of a stack."""
        return text.startswith(("Stack trace:", "[stacktrace]", "[signal ")) or (
            FRAME.match(text) is not None
        )

    def _goes_on(self, text: str) -> bool:
        if self._grouped and GROUP_BEGINS.match(text) and GROUP_PARTS.match(self._last):
            return False  # another group
        if text.startswith(TRACEBACK):
            if self._raised is not None and not self._chained:
                return False  # another trace
            self._in_trace = True
        if text.startswith("goroutine "):
            self._in_go = True
        self._grouped = self._grouped or GROUP_BEGINS.match(text) is not None
        self._chained = text[0] in "DT" and not self._in_trace
        if self._grouped and self._raised is None and (found := _OF_GROUP.match(text)):
            self._raised = found[1][:READ_AT_MOST]
        if cause := _CAUSED.match(text):
            self._raised = cause[1]
        elif text[0] in " \t" and self._raised is None and not self._in_trace:
            self._see_raised_at_first(text)
        return True

    def _see_raised_at_first(self, text: str) -> None:
        """See that what the first line says was raised, where frames of a stack follow it."""
        first = self._first.text
        if text.lstrip()[:3] == "at " and RAISED.match(first):
            self._raised = first

    def _is_grave(self) -> bool:
        return read(self._first.line, self._first.fields)[1] >= Level.ERROR

    def _is_headed(self) -> bool:
        return bool(parted(self._first.text)[0])

    def record(self) -> Record:
        """Return it as it is."""
        says, level, trace = self._told()
        return Record(says, level, self._lines, trace, self.begun, self.ended)

    def _told(self) -> tuple[str, Level, Trace | None]:
        """Return what it says, how grave it is, and its trace."""
        says, level = read(self._first.line, self._first.fields)
        if self._bare:
            says = self._raised or TRACEBACK
        trace = self._trace(says, level)
        if self._raised is not None and not self._bare:
            name = self._raised.partition(":")[0]
            says = says if name in says else f"{says[:READ_AT_MOST]} {name}"
        grave = self._bare or trace is not None or self._raised is not None
        return says, max(level, Level.ERROR) if grave else level, trace

    def _trace(self, says: str, level: Level) -> Trace | None:
        first = self._first
        if first.fields is not None and len(self._texts) == 1:
            return stacks.of_fields(first.fields, level)
        if not self._framed and not self._in_panic:
            return None
        head, _ = parted(first.text)
        begin = first.text if _PLAIN.match(first.text) else stacks.class_before(head) + says
        if self._bare:
            begin = first.text if self._grouped else TRACEBACK
        lines = [begin, *self._texts[1:], *self._last_texts]
        return stacks.of_lines(lines, level, stacks.said_at(head))


def _head_of(text: str) -> re.Pattern[str] | None:
    """Return what matches a line's head whatever its numbers are; None where it has none."""
    end = parted(text)[0].rstrip()
    return re.compile(_DIGITS.sub(r"\\d+", re.escape(end)) + " ?") if end else None


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the records of whole lines."""
    joining = Records()
    for place, line in enumerate(lines):
        yield from joining.take(line, place)
    yield from joining.end()
