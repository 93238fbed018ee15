"""The files of a log on one machine, followed through every way in which they are rotated.

1. A file that is renamed stays open, and is read to its end: it is known by its device and inode,
   and by how it begins. A process that starts looks for it beside where it was.
2. A file that was cut off (copied first, and then emptied) has its rest read from the copy, which
   begins in the same way; then it is read from its beginning.
3. A file that takes another's place, in the same inode too, is read from its beginning.
4. The first time that a log is followed, its files are followed from their ends.
5. A last line that is not whole is waited for; what may be joined to the last line is, until nobody
   has written for a moment.
"""

import glob
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Lock

from fettle.intake.logs.digest import Digester, Scrub
from fettle.intake.logs.tail import Mark, Tail, file_of, opened
from fettle.model.log import Digest

MOST_FILES = 200
_PACKED = (".gz", ".xz", ".bz2", ".zst", ".zip", ".Z")
_QUIET_S = 2.0  # nobody has written for a moment: what waits for more is whole
_GONE_AFTER_S = 300.0  # who writes a log may have it open for so long after it was renamed
_OLD_S = 600.0  # what was written before is late
_BESIDE = 10_000  # files in a folder that are looked through

_AT_ONCE = 8 * 1024 * 1024  # of all files together, in one pass

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class At:
    """How far a file was read, and how long ago that was; see store.log_places.Place."""

    file: str
    path: str
    mark: Mark
    place: int
    age_s: float = 0.0


@dataclass(frozen=True)
class Late:
    """What was written before anybody was there to read it, and by when it was."""

    digest: Digest
    written_by: datetime


@dataclass(frozen=True)
class Read:
    """What one pass over the files came to: to be kept at once, or not at all.

    `more` says that there is more to read at once.
    """

    current: Sequence[Digest]
    late: Sequence[Late]
    places: Sequence[At]
    gone: Sequence[str]
    more: bool


class Followed:
    """The files of a log, as one process follows them; it blocks while it reads.

    Where what was read is not kept, another one goes on from what was.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        places: Sequence[At],
        scrub: Scrub,
        *,
        first: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patterns = patterns
        self._now = monotonic
        self._tails: dict[str, Tail] = {}
        self._known = {known.file: known for known in places}
        self._digester = Digester(scrub)
        self._gone: list[str] = []
        self._turn = 0
        self._warned = False
        self._one_at_a_time = Lock()  # who is cancelled closes files while they are read
        for known in places:
            self._go_on(known)
        self._find(at_end=first)

    def read(self) -> Read:
        """Read what was written since, some megabytes at most."""
        with self._one_at_a_time:
            return self._read()

    def _read(self) -> Read:
        self._find()
        current: list[Digest] = []
        late: list[Late] = []
        budget, more = _AT_ONCE, False
        for file in self._in_turn():
            tail = self._tails[file]
            if not tail.is_itself():
                self._begin_again(tail)
            if budget <= 0:
                more = True
                break
            before, read = tail.place, list[Digest]()
            more = self._read_one(tail, read) or more
            if before < tail.late_until:
                written_by = datetime.fromtimestamp(tail.state.st_mtime, UTC)
                late += [Late(digest, written_by) for digest in read]
            else:
                current += read
            budget -= tail.place - before
            self._turn += 1
        return Read(current, late, self._places(), self._let_go(), more)

    def ends(self) -> list[At]:
        """Return where the files are read from, before any of them was."""
        return self._places()

    def close(self) -> None:
        """Let go of the files."""
        with self._one_at_a_time:
            self._patterns = ()
            for tail in self._tails.values():
                tail.close()
            self._tails.clear()

    def _in_turn(self) -> list[str]:
        """Return the files, those first whose turn it is."""
        files = list(self._tails)
        begin = self._turn % len(files) if files else 0
        return files[begin:] + files[:begin]

    def _read_one(self, tail: Tail, to: list[Digest]) -> bool:
        """Read on in a file; return whether there is more that can be read at once."""
        now, size = self._now(), tail.state.st_size
        if size != tail.seen_size:
            tail.seen_size, tail.seen_at = size, now
        if tail.skipped:
            tail.place = size
        if tail.place >= size:
            return False
        quiet = now - tail.seen_at >= _QUIET_S
        ends = [tail.place]
        for line in tail.lines(size, whole=quiet and not tail.matched):
            self._digester.take(line.text)
            ends.append(line.end)
            if self._digester.full:
                break
        if len(ends) == 1:
            return False
        # what may go on waits; but not for ever, where it fills all that is read at once
        is_read = ends[-1] >= size
        hold = not (quiet and is_read) and (is_read or self._digester.before > 0)
        place = ends[self._digester.before] if hold else ends[-1]
        digest = self._digester.digest(hold=hold)
        if digest.lines:
            to.append(digest)
        progressed, tail.place = place > tail.place, place
        return progressed and ends[-1] < size

    # Which files

    def _find(self, *, at_end: bool = False) -> None:
        """Open what is new among the files, and see which of those that are open still are."""
        found = self._matching()
        matched = [tail for tail in self._tails.values() if tail.matched]
        for tail in matched:
            tail.matched = False
        for file, path in found.items():
            one = self._tails.get(file) or self._open(file, path, at_end=at_end)
            if one is not None:
                one.path, one.matched = path, True
        for tail in matched:
            if not tail.matched:
                self._read_between(tail.path, tail)

    def _matching(self) -> dict[str, str]:
        """Return the files by their device and inode, the latest, as many as are followed."""
        found: dict[str, tuple[float, str]] = {}
        for pattern in self._patterns:
            paths = glob.iglob(pattern, recursive=True)  # noqa: PTH207 - a whole path, not a folder
            for path in islice(paths, _BESIDE):
                if (state := _state(path)) is not None:
                    found[file_of(state)] = state.st_mtime, path
        latest = sorted(found.items(), key=lambda one: one[1], reverse=True)
        if len(latest) > MOST_FILES and not self._warned:
            self._warned = True
            _log.warning(
                "%d files match %s: the latest %d are followed",
                *(len(latest), ", ".join(self._patterns), MOST_FILES),
            )
        return {file: path for file, (_, path) in latest[:MOST_FILES]}

    def _open(self, file: str, path: str, *, at_end: bool) -> Tail | None:
        tail = opened(path)
        if tail is None or file_of(tail.state) != file:  # another one by now: next time
            if tail is not None:
                tail.close()
            return None
        size, head = tail.state.st_size, tail.head()
        tail.mark = Mark.of(head)
        known = self._known.get(file)
        if known is not None:
            tail.place, tail.mark = known.place, known.mark
        elif at_end:
            tail.place = size
        elif self._is_copy(path, head):
            tail.place, tail.skipped = size, True
        elif time.time() - tail.state.st_mtime > _OLD_S:
            tail.late_until = size
        self._tails[file] = tail
        return tail

    def _go_on(self, known: At) -> None:
        """Open a file that was followed before, whatever it is called by now."""
        for path in (known.path, *_beside(known.path)):
            state = _state(path)
            if state is None or file_of(state) != known.file:
                continue
            tail = opened(path, known.place, known.mark)
            if tail is not None and file_of(tail.state) == known.file:
                tail.late_until = tail.state.st_size if known.age_s > _OLD_S else 0
                self._tails[known.file] = tail
                if path != known.path:
                    self._read_between(known.path, tail)
                return
            if tail is not None:
                tail.close()
        self._gone.append(known.file)

    # What was cut off

    def _begin_again(self, tail: Tail) -> None:
        """Read a file from its beginning, and what was cut off from the copy that was made."""
        if tail.mark.size:
            self._read_copy_of(tail)
        tail.place, tail.mark, tail.late_until, tail.skipped = 0, Mark.of(tail.head()), 0, False

    def _read_copy_of(self, tail: Tail) -> None:
        own = file_of(tail.state)
        for path in _beside(tail.path):
            copy = opened(path, tail.place, tail.mark)
            if copy is None:
                continue
            file = file_of(copy.state)
            if file == own or not copy.is_itself():
                copy.close()
                continue
            copy.late_until = tail.late_until
            if (other := self._tails.get(file)) is not None:
                other.close()
            self._tails[file] = copy
            self._read_between(tail.path, copy)
            return
        if not tail.state.st_size:
            _log.warning("%s was cut off, and no copy of it is beside it", tail.path)

    def _read_between(self, path: str, rotated: Tail) -> None:
        """Read what took a file's place and was rotated too, before anybody saw it there."""
        for beside in _beside(path):
            state = _state(beside)
            if state is None or state.st_mtime_ns < rotated.state.st_mtime_ns:
                return
            file = file_of(state)
            known = file in self._tails or file in self._known
            if not beside.startswith(path) or known or (tail := opened(beside)) is None:
                continue
            head = tail.head()
            if any(one.mark.size and one.mark.marks(head) for one in self._known.values()):
                tail.close()  # the copy of what is known: read where that was cut off
                continue
            tail.mark = Mark.of(head)
            self._tails[file] = tail

    def _is_copy(self, path: str, head: bytes) -> bool:
        """Whether a file is the copy of another that is followed, and may be cut off next."""
        return any(
            tail.mark.size and path != tail.path and path.startswith(tail.path)
            for tail in self._tails.values()
            if tail.mark.marks(head)
        )

    # What is kept

    def _places(self) -> list[At]:
        """Return where files are read from next, those where that has changed."""
        changed = []
        for file, tail in self._tails.items():
            at = At(file, tail.path, tail.mark, tail.place)
            known = self._known.get(file)
            if known is None or replace(known, age_s=0.0) != at:
                changed.append(at)
                self._known[file] = at
        return changed

    def _let_go(self) -> list[str]:
        """Close what nobody writes any more, and return what need not be known any more."""
        now = self._now()
        for file, tail in list(self._tails.items()):
            if not tail.matched and now - tail.seen_at >= _GONE_AFTER_S and tail.seen_size >= 0:
                tail.close()
                del self._tails[file]
                self._known.pop(file, None)
                self._gone.append(file)
        gone, self._gone = self._gone, []
        return [file for file in gone if file not in self._tails]


def _state(path: str) -> os.stat_result | None:
    """Return how a file is that can be followed; None where it cannot."""
    if path.endswith(_PACKED):
        return None
    try:
        state = Path(path).stat()
    except (OSError, ValueError):
        return None
    return state if stat.S_ISREG(state.st_mode) else None


def _beside(path: str) -> Iterator[str]:
    """Yield the files beside one that are named like it, the latest first."""
    folder, name = os.path.split(path)
    stem = name.partition(".")[0]
    found: list[tuple[float, str]] = []
    try:
        with os.scandir(folder or ".") as entries:
            for entry in islice(entries, _BESIDE):
                like = entry.name.startswith(stem) and entry.path != path
                if like and (state := _state(entry.path)) is not None:
                    found.append((state.st_mtime, entry.path))
    except OSError:
        return
    yield from (beside for _, beside in sorted(found, reverse=True))
