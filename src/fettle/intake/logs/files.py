"""Files of logs, read one behind the other into templates."""

import gzip
import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO, cast

from fettle.errors import WrongUsage
from fettle.intake.logs.templates import Miner, Template

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Reading:
    """What was read: the template of each line, the templates, and how often each is in a file."""

    of_line: Sequence[str]
    templates: Sequence[Template]
    counts: Sequence[Counter[str]]

    def change(self, id_: str) -> str | None:
        """Return whether a template is `new` in the last file, or `gone` from it; None else."""
        *before, last = self.counts
        if not before:
            return None
        was = any(counted[id_] for counted in before)
        return ("gone" if not last[id_] else None) if was else "new"


def read(names: Sequence[str]) -> Reading:
    """Read files in this order, from the oldest; raises WrongUsage for one that cannot be read.

    A name that ends in .gz is unpacked, and `-` is standard input.
    """
    miner = Miner()
    kinds = array("L")
    ends = []
    for name in names:
        try:
            with closing(_opened(name)) as file:
                kinds.extend(miner.learn(line) for line in _lines(file))
        except (OSError, EOFError) as error:
            raise WrongUsage(
                f"{name} cannot be read: {getattr(error, 'strerror', None) or error}",
                remedy="give files of text, packed by gzip or not, or - for standard input",
            ) from None
        ends.append(len(kinds))
    templates = [miner.template_of(kind) for kind in range(miner.kinds)]
    of_line = [templates[kind] for kind in kinds]
    begins = [0, *ends[:-1]]
    counts = [Counter(of_line[begin:end]) for begin, end in zip(begins, ends, strict=True)]
    return Reading(of_line, miner.templates(), counts)


def _opened(name: str) -> IO[bytes]:
    if name == STANDARD_INPUT:
        return sys.stdin.buffer
    if name.endswith(".gz"):
        return cast("IO[bytes]", gzip.open(name, "rb"))
    return open(name, "rb")  # noqa: PTH123 - closed by who calls


def _lines(file: IO[bytes]) -> Iterator[str]:
    for line in file:
        yield line.decode("utf-8", "replace").rstrip("\r\n")
