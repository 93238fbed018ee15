"""Signals that open no issue for a while, because somebody has said so.

A silence has matchers, all of which must fit, and an end. A matcher compares the value of a label,
or of one of the signal's own facts: source, service, title, severity, key. What a signal does not
have is the empty text, so that `!=` fits it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from fettle.model.alert import Alert
from fettle.model.expression import compiled, encodable
from fettle.model.signal import Signal

LONGEST = timedelta(days=90)
KNOWN = ("source", "service", "title", "severity", "key")
_WRITTEN = re.compile(r"\s*(?P<name>[^=!~]+?)\s*(?P<op>=~|!~|!=|=)(?P<value>.*)", re.DOTALL)


class Comparison(StrEnum):
    """How a matcher compares; the expressions of the last two are anchored at both ends."""

    IS = "="
    IS_NOT = "!="
    FITS = "=~"
    FITS_NOT = "!~"


@dataclass(frozen=True)
class Matcher:
    """One condition: `severity = critical`, `instance =~ db-[0-9]+`.

    Expressions are RE2's, which take linear time whatever they are, and `.` stands for line ends
    too. Raises ValueError for one that is none, and for a name that is empty.
    """

    name: str
    op: Comparison
    value: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a matcher names what it compares: a label, source, service, …")
        if self.op in (Comparison.FITS, Comparison.FITS_NOT):
            _ = self._expression

    @classmethod
    def parse(cls, text: str) -> "Matcher":
        """Read `name=value`, `!=`, `=~` or `!~`; ValueError otherwise."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no matcher; write it like service=shop")
        return cls(match["name"], Comparison(match["op"]), match["value"].strip())

    def covers(self, facts: Mapping[str, str]) -> bool:
        """Whether it fits these facts."""
        value = facts.get(self.name, "")
        match self.op:
            case Comparison.IS:
                return value == self.value
            case Comparison.IS_NOT:
                return value != self.value
            case Comparison.FITS:
                return self._fits(value)
            case Comparison.FITS_NOT:
                return not self._fits(value)

    def _fits(self, value: str) -> bool:
        return self._expression.fullmatch(encodable(value)) is not None

    @cached_property
    def _expression(self) -> Any:  # noqa: ANN401 - re2 has no types
        return compiled(self.value, dot_is_any=True)


@dataclass(frozen=True)
class Silence:
    """What is silenced, by whom, why, and from when until before when.

    Raises ValueError for one that would cover every signal there is.
    """

    id: UUID
    matchers: tuple[Matcher, ...]
    comment: str
    starts_at: datetime
    ends_at: datetime
    created_by: str
    created_at: datetime

    def __post_init__(self) -> None:
        refuse_all(self.matchers)

    def covers(self, facts: Mapping[str, str]) -> bool:
        """Whether it silences a signal of which these are the facts."""
        return all(matcher.covers(facts) for matcher in self.matchers)


def refuse_all(matchers: tuple[Matcher, ...]) -> None:
    """Raise ValueError for matchers that fit a signal of which nothing is known.

    They would fit nearly every signal there is.
    """
    if all(matcher.covers({}) for matcher in matchers):
        raise ValueError(
            "it would silence nearly everything: at least one matcher must ask for a value"
        )


def facts_of(about: Signal | Alert) -> Mapping[str, str]:
    """Return what matchers see of a signal, or of its alert: its labels, and what it is known by.

    What it is known by hides labels of the same names.
    """
    known = {
        "source": about.source,
        "service": about.service,
        "title": about.title,
        "severity": None if about.severity is None else str(about.severity),
        "key": about.key,
    }
    return {**about.labels, **{name: value for name, value in known.items() if value is not None}}
