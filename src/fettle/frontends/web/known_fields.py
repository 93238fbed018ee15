"""The fields in which a known error is written: from what is known, and to what is sent.

A phrase or a solution is a line, facts stand side by side.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fettle.flow.drafting import Draft
from fettle.model.written_error import FACTS, KINDS, WrittenDocument, WrittenSigns

Typed = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """A field: `fault` is what is wrong with it, `theirs` what somebody else wrote there meanwhile.

    One that is `long` has lines.
    """

    name: str
    label: str
    value: str = ""
    hint: str = ""
    long: bool = False
    required: bool = False
    fault: str | None = None
    theirs: str | None = None

    @property
    def rows(self) -> int:
        """How many lines are seen at once."""
        return min(max(3, self.value.count("\n") + 2), 16)


@dataclass(frozen=True)
class Group:
    """Fields that belong together; further ones are folded until something stands in them."""

    title: str
    says: str
    fields: Sequence[Field]
    folded: bool = False

    @property
    def open(self) -> bool:
        """Whether it is shown unfolded."""
        return not self.folded or any(one.value or one.fault or one.theirs for one in self.fields)


_TOLD: Mapping[str, tuple[str, str, bool]] = {
    "certain": (
        "What tells it by itself",
        "Each of these is enough. At least one, here or below.",
        False,
    ),
    "likely": (
        "What tells it together with others",
        "One of these phrases is not enough alone; with another sign it is.",
        True,
    ),
    "hint": ("What decides between equals", "It only tips the balance.", True),
    "against": (
        "What says that it is something else",
        "With one of these it is less likely.",
        True,
    ),
}
_PHRASES = (
    "One a line, in the words of the error. a|b is either word, … up to eight words, # any number. "
    "Case and punctuation do not matter."
)
_FACTS: Mapping[str, tuple[str, str]] = {
    "sqlstate": ("SQLSTATE", "Like 40P01 57014"),
    "errno": ("The system's or driver's name or number", "Like ECONNREFUSED P2002 1062"),
    "status": ("HTTP status", "Like 502 503"),
    "exception": ("Class of the exception", "Like PoolTimeout"),
}


def groups(typed: Typed, faults: Typed, theirs: Typed, *, new: bool) -> list[Group]:
    """Return the form with what is typed in it."""
    first = [
        Field("title", "What has happened", required=True),
        Field("cause", "Why it happens", long=True, required=True),
        Field("tell", "How to tell that it is this, and which part of it", long=True),
        Field(
            "solution",
            "What cures it",
            hint="One a line, the first to try first. What stands between backticks can be copied.",
            long=True,
            required=True,
        ),
    ]
    if new:
        hint = "Letters, digits and _; made of the title where it is empty. It stays as it is."
        first.insert(1, Field("id", "Its id", hint=hint))
    last = [
        Field("checks", "Checks that show more of it", hint="Like long_transaction"),
        Field("fixes", "Fixes that may help", hint="Words for people: what acts is a [[remedy]]"),
        Field("rate", "How often this helped elsewhere", hint="From 0 to 1; where to begin"),
    ]
    empty = [
        Group("What it is", "", first),
        *(_told(kind) for kind in KINDS),
        Group("Where to look further", "", last, folded=True),
    ]
    return [_filled(group, typed, faults, theirs) for group in empty]


def _told(kind: str) -> Group:
    title, says, folded = _TOLD[kind]
    fields = [
        Field(f"{kind}_says", "Phrases", hint=_PHRASES if kind == "certain" else "", long=True),
        *(Field(f"{kind}_{fact}", *_FACTS[fact][:1], hint=_FACTS[fact][1]) for fact in FACTS),
    ]
    return Group(title, says, fields, folded)


def _filled(group: Group, typed: Typed, faults: Typed, theirs: Typed) -> Group:
    fields = [
        replace(
            one,
            value=typed.get(one.name, ""),
            fault=faults.get(one.name),
            theirs=theirs.get(one.name),
        )
        for one in group.fields
    ]
    return replace(group, fields=fields)


def of_document(document: WrittenDocument) -> dict[str, str]:
    """Return what is known as it stands in the fields."""
    rate = document.get("rate")
    typed = {
        "title": document["title"],
        "cause": document["cause"],
        "tell": document.get("tell", ""),
        "solution": "\n".join(one["does"] for one in document["solution"]),
        "checks": " ".join(document.get("checks", ())),
        "fixes": " ".join(document.get("fixes", ())),
        "rate": "" if rate is None else f"{rate:g}",
    }
    signs: Mapping[str, WrittenSigns] = {kind: document.get(kind, {}) for kind in KINDS}  # type: ignore[misc]
    return {**typed, **{name: text for kind in KINDS for name, text in _signs(kind, signs[kind])}}


def _signs(kind: str, signs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield f"{kind}_says", "\n".join(signs.get("says", ()))
    for fact in FACTS:
        yield f"{kind}_{fact}", " ".join(map(str, signs.get(fact, ())))


def of_draft(draft: Draft) -> dict[str, str]:
    """Return what was drafted as it stands in the fields."""
    return {
        "title": draft.title,
        "cause": draft.cause,
        "solution": "\n".join(draft.solutions),
        **dict(_signs("certain", vars(draft.certain))),
        **dict(_signs("hint", vars(draft.hint))),
    }


def body(typed: Typed) -> dict[str, Any]:
    """Return what was typed as the API takes it."""
    rate = typed.get("rate", "").strip()
    return {
        **{name: typed.get(name, "").replace("\r\n", "\n") for name in ("title", "cause", "tell")},
        "solution": [{"does": line} for _, line in _lines(typed.get("solution", ""))],
        **{kind: _body(kind, typed) for kind in KINDS},
        "checks": _apart(typed.get("checks", "")),
        "fixes": _apart(typed.get("fixes", "")),
        **({"rate": rate} if rate else {}),
    }


def _body(kind: str, typed: Typed) -> dict[str, Any]:
    says = [line for _, line in _lines(typed.get(f"{kind}_says", ""))]
    facts = {fact: _apart(typed.get(f"{kind}_{fact}", "")) for fact in FACTS}
    return {"says": says, **facts}


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines in which something stands, each with its number."""
    lines = enumerate(text.splitlines(), 1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


def _apart(text: str) -> list[str]:
    return text.replace(",", " ").split()


def faults(document: Mapping[str, Any], typed: Typed) -> dict[str, str]:
    """Return what a problem says is wrong, by the field in which it stands."""
    found: dict[str, str] = {}
    for one in document.get("errors") or ():
        name, said = _fault(str(one["at"]).split(".")[1:], str(one["detail"]), typed)
        if name in _NAMES:
            found.setdefault(name, said)
    detail = str(document.get("detail", ""))
    if detail.startswith("id: "):
        found["id"] = detail.removeprefix("id: ")
    return found


_NAMES = {one.name for group in groups({}, {}, {}, new=True) for one in group.fields}


def _fault(at: Sequence[str], said: str, typed: Typed) -> tuple[str, str]:
    match at:
        case [("certain" | "likely" | "hint" | "against") as kind, fact, *place]:
            name = f"{kind}_{fact}"
        case [name, *place]:
            pass
        case _:  # of the whole: nothing tells it
            return "certain_says", said
    lines = _lines(typed.get(name, ""))
    if not typed.get(name, "").strip():
        return name, "write something here"
    if name in ("solution", *(f"{kind}_says" for kind in KINDS)) and place:
        return name, f"line {lines[int(place[0])][0]}: {said}"
    if place and name.endswith("_status"):
        return name, f"{_apart(typed[name])[int(place[0])]} is no HTTP status"
    return name, said


def seal(typed: Typed) -> str:
    """Return what tells whether anything but this was typed."""
    return hashlib.sha256(json.dumps(body(typed), sort_keys=True).encode()).hexdigest()[:32]


def differing(typed: Typed, theirs: Typed) -> dict[str, str]:
    """Return what somebody else wrote, by the fields in which it differs from what was typed."""
    mine = {name: typed.get(name, "").replace("\r\n", "\n").strip() for name in theirs}
    return {name: text for name, text in theirs.items() if text.strip() != mine[name]}
