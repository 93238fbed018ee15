"""Digests of lines: what of a log is sent to be learnt, counted by kinds. No line is kept.

Whoever has the lines reads them, in a process and on a machine of its own: what is left to do where
templates are learnt grows with how many kinds of lines there are, not with how many lines.
"""

from collections.abc import Callable, Iterable, Iterator

from fettle.intake.logs.lines import Reader
from fettle.intake.logs.records import Record, Records
from fettle.model.log import Digest, Kind, Level

# A longer line is told by how it begins.
LONGEST_LINE = 64 * 1024
_MOST_WORDS = 60
_LONGEST_WORD = 200
_LONGEST_EXAMPLE = 1_000
# As much makes a digest full: it is kept as one row.
_MOST_KINDS = 2_000
_MOST_LETTERS = 1024 * 1024
_REMEMBERED = 20_000

_Told = tuple[tuple[str, ...], Level]
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
        self._counts: dict[_Told, int] = {}
        self._examples: dict[_Told, str] = {}
        self._lines = 0
        self._before = 0  # the record that waits
        self._letters = 0

    @property
    def before(self) -> int:
        """How many lines were taken before those that wait for what follows them."""
        return self._before if self._records.waits else self._lines

    @property
    def lines(self) -> int:
        """How many lines were taken since the last digest."""
        return self._lines

    @property
    def full(self) -> bool:
        """Whether it is time for a digest."""
        return len(self._counts) >= _MOST_KINDS or self._letters >= _MOST_LETTERS

    def take(self, line: bytes) -> None:
        """Take a line, without what ends it; whatever is no UTF-8 in it is as good as any."""
        self._lines += 1
        text = line[:LONGEST_LINE].decode("utf-8", "replace").rstrip()
        if not text:
            return
        if (done := self._records.take(text)) is not None:
            self._count(done)
        if self._records.waits == 1:
            self._before = self._lines - 1

    def digest(self, *, hold: bool = False) -> Digest:
        """Return what was taken since the last one.

        What waits is complete with it; on `hold` it is left out, and has to be taken again.
        """
        lines = self.before if hold else self._lines
        if not hold and (last := self._records.end()) is not None:
            self._count(last)
        kinds = tuple(
            Kind(words, level, number, self._examples[words, level])
            for (words, level), number in self._counts.items()
        )
        made = Digest(lines, kinds)
        self._clear()
        return made

    def _count(self, record: Record) -> None:
        told = self._reader.words(record.says)[:_MOST_WORDS], record.level
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
        words, level = told
        shown = says[:_LONGEST_EXAMPLE]
        clean = self._scrub(shown)
        if clean != shown:
            words = self._reader.words(clean)[:_MOST_WORDS]
        kept = tuple(word[:_LONGEST_WORD] for word in words), level
        if len(self._kept) >= _REMEMBERED:
            self._kept.clear()
        self._kept[told] = kept, clean
        return kept, clean


def digests(digester: Digester, lines: Iterable[bytes]) -> Iterator[Digest]:
    """Yield what lines come to, in as many digests as they fill."""
    for line in lines:
        digester.take(line)
        if digester.full:
            yield digester.digest()
    if digester.lines:
        yield digester.digest()
