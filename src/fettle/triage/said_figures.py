"""Which figures a text holds: numbers with their units, as they are written and in words; pure.

Nothing is converted and nothing rounded: 1.5 min and 90 s are two figures, and so are 40 and 39.7.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fettle.triage.plain_words import COUNTING, MEASURING

_UNITS: Mapping[str, tuple[str, ...]] = {
    "ns": ("nanosecond", "nanoseconds"),
    "us": ("µs", "μs", "microsecond", "microseconds"),
    "ms": ("msec", "millisecond", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds"),
    "min": ("mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
    "weeks": ("week",),
    "%": ("percent",),
    "times": ("x", "×", "fold"),
    "bytes": ("b", "byte"),
    "kb": ("kilobyte", "kilobytes"),
    "mb": ("megabyte", "megabytes"),
    "gb": ("gigabyte", "gigabytes"),
    "tb": ("terabyte", "terabytes"),
    "kib": (),
    "mib": (),
    "gib": (),
    "tib": (),
}
_UNIT = {said: unit for unit, others in _UNITS.items() for said in (unit, *others)}
_NUMBER = re.compile(r"[~≈±<>≤≥=+-]*(\d{1,3}(?:,\d{3})+|\d{1,30})(\.\d{1,30})?([^\W\d_]+|%|×)?")
_COUNTED = {word: Decimal(value) for value, word in enumerate(COUNTING)}
# What the names of Fettle's own figures end in, and the unit that their values have.
_OF_METRICS = {"_ms": "ms", "_s": "s", "_bytes": "bytes", "_ratio": "ratio"}
_BEFORE_VALUES = frozenset(("from", "to", "normally"))


@dataclass(frozen=True)
class Figure:
    """A value, and its unit where one is written behind it."""

    value: Decimal
    unit: str | None


def figure_at(words: Sequence[str], place: int) -> Figure | None:
    """Return the figure that begins at a word; None where none does."""
    word = words[place].casefold()
    if word in _COUNTED:
        return Figure(_COUNTED[word], _unit_at(words, place + 1))
    found = _NUMBER.fullmatch(word)
    if found is None:
        return None
    whole, fraction, suffix = found.groups()
    value = Decimal(whole.replace(",", "") + (fraction or ""))
    if suffix is None:
        return Figure(value, _unit_at(words, place + 1))
    return Figure(value, _UNIT[suffix]) if suffix in _UNIT else None


def measures(word: str) -> bool:
    """Whether a word says how much without a number: twice, half, dozens."""
    return word.casefold() in MEASURING


def figures(words: Sequence[str]) -> Iterator[Figure]:
    """Yield the figures of a line, with the unit of the metric of which one is the value.

    `answer_s rose from 0.2 to 2.1` says 0.2 s and 2.1 s, and of a ratio 0.25 is also 25 %.
    """
    metric: str | None = None
    for place, word in enumerate(words):
        folded = word.casefold()
        metric = next((_OF_METRICS[end] for end in _OF_METRICS if folded.endswith(end)), metric)
        figure = figure_at(words, place)
        if figure is None:
            continue
        yield figure
        bare = figure.unit is None and place > 0 and words[place - 1].casefold() in _BEFORE_VALUES
        if bare and metric == "ratio":
            yield Figure(figure.value * 100, "%")
        elif bare and metric is not None:
            yield Figure(figure.value, metric)


def _unit_at(words: Sequence[str], place: int) -> str | None:
    if place >= len(words):
        return None
    if [one.casefold() for one in words[place : place + 2]] == ["per", "cent"]:
        return "%"
    return _UNIT.get(words[place].casefold())
