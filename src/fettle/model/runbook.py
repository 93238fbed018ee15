"""A runbook: what a class or a service tells to do."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Runbook:
    """Markdown whose task items are steps, by the name of what tells it."""

    name: str
    text: str


@dataclass(frozen=True)
class Copied:
    """A runbook as it was copied onto an issue."""

    number: int
    name: str
    text: str
    at: datetime
