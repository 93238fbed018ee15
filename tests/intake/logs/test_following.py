"""Files are followed through every rotation: each line is counted once, whoever goes on."""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fettle.intake.logs.following import At, Followed, Read
from fettle.intake.logs.tail import LONGEST_LINE

LETTERS = "abcdefghij"


def word(number: int) -> str:
    """Return a word for a number: each line is of a kind of its own."""
    return "line" + "".join(LETTERS[int(digit)] for digit in str(number))


@dataclass
class Follower:
    """Follows files as a process does that keeps what it reads, and can be killed."""

    pattern: str
    first: bool = False
    now: float = 100.0
    seen: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    late: int = 0
    places: dict[str, At] = field(default_factory=dict)
    files: Followed | None = None

    def read(self, *, kept: bool = True) -> Read:
        """Let one pass be made; what is not kept was lost with the process."""
        if self.files is None:
            self.files = Followed(
                [self.pattern],
                list(self.places.values()),
                str,
                first=self.first,
                monotonic=lambda: self.now,
            )
            self.first = False
            for at in self.files.ends():
                self.places[at.file] = at
        read = self.files.read()
        if not kept:
            self.kill()
            return read
        for digest in (*read.current, *(one.digest for one in read.late)):
            self.lines += digest.lines
            for kind in digest.kinds:
                self.seen[" ".join(kind.words)] += kind.lines
        self.late += sum(one.digest.lines for one in read.late)
        for at in read.places:
            self.places[at.file] = at
        for file in read.gone:
            self.places.pop(file, None)
        return read

    def settle(self) -> None:
        """Read until nothing is left to be read, and nobody has written for a while."""
        for _ in range(6):
            while self.read().more:
                pass
            self.now += 1.5

    def kill(self) -> None:
        """Let the process be gone, with all that it remembered."""
        if self.files is not None:
            self.files.close()
        self.files = None


def write(path: Path, numbers: Sequence[int]) -> None:
    """Append lines to a file."""
    with path.open("a") as file:
        file.writelines(f"{word(number)}\n" for number in numbers)


def rename(path: Path) -> None:
    """Rotate as logrotate does by default."""
    for age in range(40, 0, -1):
        older = path.with_name(f"{path.name}.{age}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{age + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))
    path.touch()


def copy_and_truncate(path: Path) -> None:
    """Rotate as logrotate does by copytruncate."""
    for age in range(40, 0, -1):
        older = path.with_name(f"{path.name}.{age}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{age + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


def recreate(path: Path) -> None:
    """Remove a file and make it anew; only who has it open still reads its end."""
    path.unlink()
    path.touch()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*", "app*"])
@pytest.mark.parametrize("rotate", [rename, copy_and_truncate, recreate])
def test_a_line_is_counted_once_however_its_file_is_rotated(
    tmp_path: Path, pattern: str, rotate: Callable[[Path], None]
) -> None:
    path = tmp_path / "app.log"
    path.touch()
    follower = Follower(str(tmp_path / pattern))
    follower.read()
    written = 0
    for part in range(6):
        write(path, range(written, written + 40))
        written += 40
        if part % 2 == 0 or rotate is not rename:
            follower.read()  # some of it is read before, some of it behind the rotation
        write(path, range(written, written + 7))
        written += 7
        rotate(path)
        if part % 3 == 0:
            write(path, range(written, written + 3))
            written += 3
        follower.read()
        follower.now += 1
    follower.settle()
    assert follower.seen == Counter(word(number) for number in range(written))
    assert follower.lines == written


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("rotate", [rename, copy_and_truncate])
@pytest.mark.parametrize("kept", [True, False])
def test_who_is_killed_around_a_rotation_loses_and_doubles_nothing(
    tmp_path: Path, pattern: str, rotate: Callable[[Path], None], *, kept: bool
) -> None:
    path = tmp_path / "app.log"
    path.touch()
    follower = Follower(str(tmp_path / pattern))
    follower.read()
    written = 0
    for part in range(5):
        write(path, range(written, written + 30))
        written += 30
        follower.read(kept=kept or part % 2 == 0)
        write(path, range(written, written + 11))
        written += 11
        follower.kill()
        rotate(path)
        write(path, range(written, written + 5))
        written += 5
        follower.read(kept=kept)
        follower.now += 1
    follower.settle()
    assert follower.seen == Counter(word(number) for number in range(written))


def test_what_is_removed_is_read_to_its_end_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    write(path, range(3))
    follower = Follower(str(path))
    follower.read()
    with path.open("a") as still_open:
        path.unlink()
        follower.read()
        still_open.write(f"{word(7)}\nno end")
        still_open.flush()
        follower.settle()
    assert follower.seen == Counter([word(0), word(1), word(2), word(7), "no end"])
    follower.now += 1000
    assert follower.read().gone
    assert not follower.places


def test_another_file_in_the_same_inode_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    write(path, range(10))
    follower = Follower(str(path))
    follower.settle()
    follower.kill()
    path.write_text("")  # the same inode, as a file that was removed and made anew can have
    write(path, range(100, 130))
    follower.settle()
    assert follower.seen == Counter(map(word, [*range(10), *range(100, 130)]))


def test_the_first_time_files_are_followed_from_their_ends(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    write(path, range(10))
    follower = Follower(str(tmp_path / "*.log"), first=True)
    follower.read()
    write(path, [50])
    write(tmp_path / "other.log", [60])
    follower.settle()
    follower.kill()
    write(path, [70])
    follower.settle()
    assert follower.seen == Counter(map(word, (50, 60, 70)))


def test_a_line_that_has_no_end_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("the beginning ")
    follower = Follower(str(path))
    follower.settle()
    assert follower.lines == 0
    follower.kill()
    with path.open("a") as file:
        file.write("and the end\n")
    follower.settle()
    assert follower.seen == Counter(["the beginning and the end"])


def test_a_trace_that_is_written_bit_by_bit_is_one_record(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    follower = Follower(str(path))
    trace = (
        "2026-01-01 10:00:00 ERROR payment failed\n",
        "Traceback (most recent call last):\n",
        '  File "shop.py", line 3, in pay\n',
        "ValueError: no card\n",
    )
    for line in trace:
        with path.open("a") as file:
            file.write(line)
        follower.read()
        follower.now += 1
    follower.settle()
    assert follower.seen == Counter(["payment failed ValueError"])
    assert follower.lines == 4


def test_hostile_files_are_read_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    follower = Follower(str(tmp_path / "*"))
    with path.open("wb") as file:
        file.write(b"long " + b"x" * (10 * 1024 * 1024) + b"\n")
        file.write(b"nul \x00 byte\n\xff\xfe broken utf\n\n\n\r\n")
        file.write(os.urandom(100_000).replace(b"\n", b"") + b"\n")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.log.gz").write_bytes(b"\x1f\x8b packed\n")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    follower.settle()
    assert follower.lines == 7
    with path.open("ab") as file:  # a line that never ends is no line, and nobody waits for it
        file.write(b"y" * (LONGEST_LINE + 10))
    follower.settle()
    assert follower.lines == 8


def test_what_was_written_while_nobody_was_there_is_late(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    write(path, range(3))
    follower = Follower(str(path))
    follower.settle()
    follower.kill()
    write(path, range(3, 8))
    follower.places = {
        file: At(file, at.path, at.mark, at.place, age_s=3600.0)
        for file, at in follower.places.items()
    }
    follower.settle()
    write(path, [9])
    follower.settle()
    assert (follower.lines, follower.late) == (9, 5)


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("rotate", [rename, copy_and_truncate])
@pytest.mark.parametrize("seed", range(15))
def test_whatever_happens_in_whatever_order_each_line_is_counted_once(
    tmp_path: Path, pattern: str, rotate: Callable[[Path], None], seed: int
) -> None:
    path, chance = tmp_path / "app.log", random.Random(seed)
    path.touch()
    follower = Follower(str(tmp_path / pattern), first=True)
    follower.read()
    written = 0
    for _ in range(40):
        act = chance.choices(("write", "read", "rotate", "kill"), (9, 5, 3, 3))[0]
        if act == "write":
            before = written
            written += chance.randrange(2, 60)
            write(path, range(before, written))
            if rotate is copy_and_truncate:
                follower.read()  # what was never seen before it was cut off is nobody's
        elif act == "read":
            follower.read(kept=chance.random() < 0.8)
            follower.now += chance.choice((0.0, 0.5, 3.0))
        elif act == "rotate":
            rotate(path)
        else:
            follower.kill()
    follower.settle()
    assert follower.seen == Counter(map(word, range(written)))
