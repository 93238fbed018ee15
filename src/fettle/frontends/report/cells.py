"""Text in a terminal's cells: how wide it is, and wrapped or cut to a width."""

import unicodedata
from collections.abc import Iterator


def width(text: str) -> int:
    """Return how many cells a text takes: East Asian letters and emoji take two."""
    return len(text) if text.isascii() else sum(_cells(letter) for letter in text)


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def cut(text: str, room: int) -> str:
    """Return a text that fits; what is cut off is replaced by an ellipsis."""
    return text if width(text) <= room else _start(text, room - 1) + "…"


def padded(text: str, room: int, *, right: bool = False) -> str:
    """Return a text filled up with spaces to a width."""
    gap = " " * max(0, room - width(text))
    return gap + text if right else text + gap


def wrap(text: str, room: int) -> list[str]:
    """Return the lines of a text; a word longer than a line is broken."""
    lines = [""]
    for word in _broken(text.split(), max(room, 2)):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width(joined) <= room or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _broken(words: list[str], room: int) -> Iterator[str]:
    for word in words:
        rest = word
        while width(rest) > room:
            start = _start(rest, room)
            yield start
            rest = rest[len(start) :]
        yield rest


def _start(text: str, room: int) -> str:
    taken = 0
    for position, letter in enumerate(text):
        taken += _cells(letter)
        if taken > room:
            return text[:position]
    return text
