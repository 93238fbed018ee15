"""A known error as it is written: what its file holds, as JSON."""

from collections.abc import Mapping
from typing import Any, NotRequired

from typing_extensions import TypedDict

from fettle.model.known_error import KnownError, Origin, Signs, Solution
from fettle.model.quantity import Ratio

KINDS = ("certain", "likely", "hint", "against")
FACTS = ("sqlstate", "errno", "status", "exception")


class WrittenSigns(TypedDict, total=False):
    """What it is told by; what is left out is empty."""

    says: list[str]
    sqlstate: list[str]
    errno: list[str]
    status: list[int]
    exception: list[str]


class WrittenSolution(TypedDict):
    """One thing that may cure it."""

    does: str


class WrittenDocument(TypedDict):
    """A known error as it is written; what is left out is empty."""

    title: str
    cause: str
    tell: NotRequired[str]
    solution: list[WrittenSolution]
    certain: NotRequired[WrittenSigns]
    likely: NotRequired[WrittenSigns]
    hint: NotRequired[WrittenSigns]
    against: NotRequired[WrittenSigns]
    checks: NotRequired[list[str]]
    fixes: NotRequired[list[str]]
    rate: NotRequired[float]


def written(known: KnownError) -> WrittenDocument:
    """Return what is known as it is written."""
    parts = {
        "title": known.title,
        "cause": known.cause,
        "tell": known.tell,
        "solution": [{"does": one.does} for one in known.solutions],
        **{kind: _written(getattr(known, kind)) for kind in KINDS},
        "checks": list(known.checks),
        "fixes": list(known.fixes),
        "rate": None if known.rate is None else float(known.rate),
    }
    empty: tuple[object, ...] = ("", [], {}, None)
    return {name: part for name, part in parts.items() if part not in empty}  # type: ignore[return-value]


def _written(signs: Signs) -> dict[str, list[str] | list[int]]:
    return {name: list(given) for name, given in vars(signs).items() if given}


def read(id_: str, document: Mapping[str, Any], origin: Origin = Origin.PAGE) -> KnownError:
    """Return what was written and kept; it was found good when it was, and is not judged again."""
    rate = document.get("rate")
    return KnownError(
        id_,
        document["title"],
        document["cause"],
        document.get("tell", ""),
        tuple(Solution(one["does"]) for one in document["solution"]),
        **{kind: _read(document.get(kind, {})) for kind in KINDS},
        checks=tuple(document.get("checks", ())),
        fixes=tuple(document.get("fixes", ())),
        rate=None if rate is None else Ratio(rate),
        origin=origin,
    )


def _read(signs: Mapping[str, Any]) -> Signs:
    return Signs(**{name: tuple(values) for name, values in signs.items()})


def changed(before: KnownError, after: KnownError) -> list[str]:
    """Return which parts of a known error were changed, by their names."""
    names = [*WrittenDocument.__annotations__]
    was, is_ = written(before), written(after)
    return [name for name in names if was.get(name) != is_.get(name)]
