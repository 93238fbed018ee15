"""What OpenTelemetry tells of an error, whether it came as protobuf or as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from fettle.errors import BadPayload
from fettle.intake.errors._fields import LINE, LONG, NAME, cut, printed
from fettle.intake.errors.stack_text import MOST as STACK

MOST_ATTRIBUTES = 100
ERROR = 17  # the least number of a severity that is one
EXCEPTION = "exception."
# Of these more is kept than of others: they are what an error is.
_LONG = {"exception.message": LONG, "exception.stacktrace": STACK}

# Batches are of 512, or of 8,192 records of which nearly all are no errors.
_MOST_RECORDS, _MOST_ERRORS = 30_000, 2_000

Attributes = Mapping[str, str]


@dataclass(frozen=True)
class Source:
    """What records have in common: who tells them, and which part of it."""

    resource: Attributes = field(default_factory=dict)
    scope: str = ""


@dataclass(frozen=True)
class Record:
    """A log record, or an event of a span, which is in `span` then.

    `at_ns` counts from 1970 and is 0 where nobody says; `severity` is OpenTelemetry's, or 0.
    """

    source: Source
    at_ns: int = 0
    severity: int = 0
    body: str = ""
    name: str = ""
    attributes: Attributes = field(default_factory=dict)
    trace: str = ""
    span_id: str = ""
    span: "Span | None" = None


@dataclass(frozen=True)
class Span:
    """A part of the work on a request; `parent` is the part that it belongs to."""

    name: str = ""
    parent: str = ""
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True)
class Unreadable:
    """A record or a span that cannot be read, and why."""

    why: str


class Room:
    """How much more one request may hold: so many errors, and so many records or spans."""

    def __init__(self) -> None:
        self._records, self._errors = _MOST_RECORDS, _MOST_ERRORS

    def take_parts(self, count: int, what: str) -> None:
        """Take parts that are to be looked at; raises BadPayload for too many."""
        self._records -= count
        if self._records < 0:
            raise BadPayload(f"{what}: has more than {_MOST_RECORDS:,} parts")

    def take_error(self) -> bool:
        """Take an error; whether there was room for it."""
        self._errors -= 1
        return self._errors >= 0


# What a record or a span holds: the errors of it, none where it tells of none.
Found = tuple[Record, ...] | Unreadable
TOO_MANY = Unreadable(f"one request holds at most {_MOST_ERRORS:,} errors")


def attributes(pairs: Iterator[tuple[str, object]]) -> dict[str, str]:
    """Return attributes as texts, a hundred at most."""
    found: dict[str, str] = {}
    for name, value in islice(pairs, MOST_ATTRIBUTES):
        if value is not None:
            found[cut(storable(name), NAME)] = storable(printed(value, _LONG.get(name, LINE)))
    return found


def storable(text: str) -> str:
    """Return a text that PostgreSQL can store."""
    return text.replace("\0", "\ufffd") if "\0" in text else text
