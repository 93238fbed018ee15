"""How values are said on pages: what templates call as filters."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from fettle.frontends.report.statements import parts
from fettle.model.quantity import say_count, say_duration

LONGEST = 300


def plain(moment: str) -> str:
    """Return a moment, as documents write it, for eyes: `26 Nov 2026, 16:15 UTC`."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def short(text: str, longest: int = LONGEST) -> str:
    """Return a text of at most so many characters; cut ones end in an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def harmless(text: str) -> str:
    """Return a text without what turns the direction of what stands beside it.

    Markup is escaped by the template; a name in another script keeps its own direction.
    """
    return "".join("\ufffd" if _is_control(one) else one for one in text)


def _is_control(character: str) -> bool:
    if character in "\n\t":
        return False
    if unicodedata.category(character) == "Cc":
        return True
    return "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"


def words(name: str) -> str:
    """Return an identifier as words: `in-review` and `acknowledged_by` with spaces."""
    return name.replace("-", " ").replace("_", " ")


def initials(name: str) -> str:
    """Return up to two letters that stand for somebody."""
    parts = [part for part in words(name.rpartition(":")[2]).split() if part[0].isalnum()]
    return "".join(part[0] for part in parts[:2]).upper() or "?"


def who(actor: str) -> str:
    """Return who did something, as an entry names them: `user:ada` is ada."""
    kind, colon, name = actor.partition(":")
    if not colon:
        return actor
    return name if kind == "user" else f"{name} ({kind})"


def lasted(seconds: float) -> str:
    """Return a number of seconds as people say it."""
    return say_duration(timedelta(seconds=seconds))


FILTERS: Mapping[str, Callable[..., object]] = {
    "advice": parts,
    "plain": plain,
    "short": short,
    "harmless": harmless,
    "words": words,
    "initials": initials,
    "who": who,
    "lasted": lasted,
    "count": say_count,
}
