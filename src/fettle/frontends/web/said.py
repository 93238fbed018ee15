"""How values are said on pages: what templates call as filters."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fettle.frontends.report.issue_document import EntryDocument
from fettle.frontends.report.promised import promised
from fettle.frontends.report.statements import parts
from fettle.model.actor import who
from fettle.model.quantity import say_count, say_duration, say_share

LONGEST = 300


def plain(moment: str) -> str:
    """Return a moment, as documents write it, for eyes: `26 Nov 2026, 16:15 UTC`."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def day(text: str) -> str:
    """Return a day, as documents write it, for eyes: `26 Nov 2026`."""
    on = date.fromisoformat(text)
    return f"{on.day} {on:%b %Y}"


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


def sentence(text: str) -> str:
    """Return a reason or a remedy as a sentence that stands alone."""
    said = text[:1].upper() + text[1:]
    return said if not said or said[-1] in ".!?…" else f"{said}."


def lasted(seconds: float) -> str:
    """Return a number of seconds as people say it."""
    return say_duration(timedelta(seconds=seconds))


def minute(moment: str) -> str:
    """Return a moment of a document as a field for moments takes it, in UTC: to the minute."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return ""
    return f"{at if at.tzinfo is None else at.astimezone(UTC):%Y-%m-%dT%H:%M}"


@dataclass(frozen=True)
class Part:
    """A part of a line of Markdown: words, or code."""

    text: str
    code: bool


def code(line: str) -> list[Part]:
    """Return a line of Markdown in parts: what stands between backticks is code."""
    pieces = line.split("`")
    if len(pieces) % 2 == 0:  # a backtick without its pair stands for itself
        pieces[-2:] = ["`".join(pieces[-2:])]
    parts = [Part(text, bool(place % 2)) for place, text in enumerate(pieces)]
    return [part for part in parts if part.text]


def headline(entry: EntryDocument) -> str:
    """Return what an entry of a timeline is about, in a few words."""
    detail = entry["detail"]
    stage = _TICKED.get(entry["event"])
    if stage is not None:
        return f"{words(detail.get('stage', ''))}: {stage}"
    if entry["event"] in _TOLD:
        return _TOLD[entry["event"]]
    if entry["event"] == "runbook-step":
        return "step done" if detail.get("done") == "true" else "step not done"
    return words(entry["event"])


_TOLD = {
    "milestones": "milestones set right",
    "diagnose": "a look asked for",
    "reproduce": "asked once more",
    "reproduced": "answered",
    "words": "put into words",
    "suggestions": "what to look at next, suggested",
    "no-words": "no words",
}
_TICKED = {"stage-done": "done", "stage-open": "not done", "stage-skipped": "not needed"}


def length_of(seconds: float | None) -> str:
    """Return a length of time in seconds as people say it; nothing for none."""
    if seconds is None:
        return ""
    return say_duration(timedelta(seconds=round(seconds, 1 if seconds < 10 else 0)))


FILTERS: Mapping[str, Callable[..., object]] = {
    "advice": parts,
    "plain": plain,
    "day": day,
    "short": short,
    "harmless": harmless,
    "words": words,
    "initials": initials,
    "who": who,
    "sentence": sentence,
    "share": say_share,
    "minute": minute,
    "code": code,
    "headline": headline,
    "count": say_count,
    "length_of": length_of,
    "promised": promised,
}
