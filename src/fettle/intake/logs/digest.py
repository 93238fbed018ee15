"""Digests of lines: what of a log is sent to be learnt, counted by kinds. No line is kept.

Whoever has the lines reads them, in a process and on a machine of its own: what is left to do where
templates are learnt grows with how many kinds of lines there are, not with how many lines.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from fettle.intake.errors._fields import cut
from fettle.intake.logs.joining import Records, Waiting
from fettle.intake.logs.lines import READ_AT_MOST, Reader
from fettle.intake.logs.records import Record
from fettle.model.log import Digest, Kind, Level, Trace

# A longer line is told by how it begins.
LONGEST_LINE = 64 * 1024
_MOST_WORDS = 60
_LONGEST_WORD = 200
_LONGEST_EXAMPLE = 1_000
# As much makes a digest full: it is kept as one row.
_MOST_KINDS = 2_000
_MOST_LETTERS = 1024 * 1024
_MOST_TRACES = 500
_REMEMBERED = 20_000
_COUNTED_TOGETHER = 64  # records
_MOST_OPEN = 1_000  # lines of a trace that may go on

_Told = tuple[tuple[str, ...], Level, bool]
Scrub = Callable[[str], str]


class Digester:
    """Reads lines into digests; remembers how kinds that come again are kept.

    `scrub` takes out of a line what may not be stored; it is asked once for each kind.
    """

    def __init__(self, scrub: Scrub) -> None:
        self._scrub = scrub
        self._reader = Reader()
        self._kept: dict[_Told, tuple[_Told, str]] = {}
        self._clear()

    def _clear(self) -> None:
        self._records = Records()
        self._whole: list[Record] = []  # and not yet counted: what waits may begin before them
        self._place = 0
        self._count_at = _COUNTED_TOGETHER
        self._clear_counts()

    def _clear_counts(self) -> None:
        self._counts: dict[_Told, int] = {}
        self._examples: dict[_Told, str] = {}
        self._traces: list[Trace] = []
        self._lines = 0
        self._letters = 0

    @property
    def lines(self) -> int:
        """How many lines were taken since the last digest."""
        return self._lines

    @property
    def full(self) -> bool:
        """Whether it is time for a digest."""
        return (
            len(self._counts) >= _MOST_KINDS
            or self._letters >= _MOST_LETTERS
            or len(self._traces) >= _MOST_TRACES
        )

    @property
    def before(self) -> int:
        """How many lines were taken before those that wait for what follows them.

        No record has lines on both sides.
        """
        return self._before(self._records.waiting())

    def _before(self, waiting: Sequence[Waiting]) -> int:
        before = min((one.begun for one in waiting), default=self._place)
        spans = [(one.ended, one.begun) for one in self._records.waiting()]
        spans += [(one.ended, one.begun) for one in self._whole]
        for ended, begun in sorted(spans, reverse=True):
            if ended >= before:
                before = min(before, begun)
        return before

    def take(self, line: bytes) -> None:
        """Take a line, without what ends it; whatever is no UTF-8 in it is as good as any."""
        self._lines += 1
        self._take(_text(line))

    def _take(self, text: str) -> None:
        place = self._place
        self._place += 1
        if text:
            self._whole += self._records.take(text, place)
        if len(self._whole) >= self._count_at:
            self._count_whole(self.before)
            # what is held back is not gone through again for each line
            self._count_at = max(_COUNTED_TOGETHER, 2 * len(self._whole))

    def digest(self, *, hold: bool = False) -> Digest:
        """Return what was taken since the last one, and begin anew.

        What waits is complete with it; on `hold` it is left out, and has to be taken again: all
        lines behind `before`.
        """
        before = self.before if hold else self._place
        lines = self._lines - (self._place - before)
        return self._all(before, lines)

    @property
    def before_traces(self) -> int:
        """How many lines were taken before those of traces that may go on."""
        return self._before(self._records.waiting(traces_only=True))

    def whole(self) -> Digest:
        """Return what was taken before the traces that may go on, and begin anew.

        All lines are counted; those of the traces are to be told `again` with what follows them.
        """
        return self._all(self.before_traces, self._lines)

    def again(self, lines: Iterable[str]) -> None:
        """Begin with lines of a trace that goes on; they were counted.

        What a reading that failed has left is forgotten: it was of somebody else.
        """
        self._clear()
        for line in lines:
            self._take(line)

    def _all(self, before: int, lines: int) -> Digest:
        self._whole += self._records.end()
        self._count_whole(before)
        made = self._made(lines)
        self._clear()
        return made

    def part(self) -> Digest:
        """Return what is whole by now; what waits goes on."""
        made = self._made(self._lines)
        self._clear_counts()
        return made

    def _made(self, lines: int) -> Digest:
        kinds = tuple(
            Kind(words, level, number, self._examples[words, level, raised], raised)
            for (words, level, raised), number in self._counts.items()
        )
        return Digest(lines, kinds, tuple(self._traces))

    def _count_whole(self, before: int) -> None:
        """Count the records that end before a place; the rest is not known to be whole."""
        rest = []
        for one in self._whole:
            if one.ended < before:
                self._count(one)
            else:
                rest.append(one)
        self._whole = rest

    def _count(self, record: Record) -> None:
        if record.trace is not None:
            self._traces.append(record.trace)
        words = self._reader.words(record.says)[:_MOST_WORDS]
        told = words, record.level, record.trace is not None
        known = self._kept.get(told)
        if known is None:
            known = self._keep(told, record.says)
        kept, example = known
        if kept in self._counts:
            self._counts[kept] += 1
        else:
            self._counts[kept] = 1
            self._examples[kept] = example
            self._letters += len(example) + sum(map(len, kept[0]))

    def _keep(self, told: _Told, says: str) -> tuple[_Told, str]:
        """Return a kind as it is kept, with an example of it."""
        words, level, raised = told
        read = says[:READ_AT_MOST]
        clean = self._scrub(read)
        if clean != read:
            words = self._reader.words(clean)[:_MOST_WORDS]
        example = cut(clean, _LONGEST_EXAMPLE)
        kept = tuple(word[:_LONGEST_WORD] for word in words), level, raised
        if len(self._kept) >= _REMEMBERED:
            self._kept.clear()
        self._kept[told] = kept, example
        return kept, example


def digests(digester: Digester, lines: Iterable[bytes]) -> Iterator[Digest]:
    """Yield what lines come to, in as many digests as they fill."""
    for line in lines:
        digester.take(line)
        if digester.full:
            yield digester.part()
    if digester.lines:
        yield digester.digest()


def sent(
    digester: Digester, open_: Sequence[str], lines: Sequence[bytes], scrub: Scrub
) -> tuple[list[Digest], Sequence[str]]:
    """Return what lines come to that were sent, and the last of them where a trace may go on.

    `open_` are such lines of what was sent before, scrubbed, as are those that are returned.
    """
    found: list[Digest] = []
    digester.again(open_)
    for line in lines:
        digester.take(line)
        if digester.full:
            found.append(digester.part())
    begin = digester.before_traces
    every = [*open_[begin:], *(_text(line) for line in lines[max(0, begin - len(open_)) :])]
    goes_on = len(every) <= _MOST_OPEN and sum(map(len, every)) <= LONGEST_LINE
    last = digester.whole() if goes_on else digester.digest()
    if last.lines or last.kinds:
        found.append(last)
    # together, for a secret may be of several lines
    return found, scrub("\n".join(every)).split("\n") if goes_on and every else []


def _text(line: bytes) -> str:
    return line[:LONGEST_LINE].decode("utf-8", "replace").rstrip()
