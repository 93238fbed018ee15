"""A change to an application's source, as a release has it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Commit:
    """A commit of a release: who wrote it, its first line, and the files that it touched."""

    release: str
    id: str
    author: str
    at: datetime | None
    message: str
    files: tuple[str, ...]
