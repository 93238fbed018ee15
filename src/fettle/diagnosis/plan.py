"""A statement's plan, as EXPLAIN (VERBOSE, FORMAT JSON) tells it, and what its conditions compare.

Conditions are the server's own words (ruleutils.c): columns carry their table's alias, and every
comparison stands in brackets of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fettle.diagnosis.statement import Token, tokens

_COMPARES = ("=", "<", ">", "<=", ">=")
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_JOINS = ("Hash Cond", "Merge Cond", "Join Filter")
_SHOWN = 120
_LONGEST = 500


@dataclass(frozen=True)
class Node:
    """A step of a plan; `cost` and `rows` are the planner's estimates of all it does once.

    `role` is what it is to the step above: Outer or Inner of a join, SubPlan, InitPlan, Member.
    """

    kind: str
    cost: float
    rows: float
    schema: str | None = None
    relation: str | None = None
    alias: str = ""
    filter: str | None = None
    join: str | None = None
    join_type: str | None = None
    sorted_by: tuple[str, ...] = ()
    role: str | None = None
    children: tuple["Node", ...] = ()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Node":
        """Read the JSON's Plan object; KeyError when it is none."""
        return cls(
            raw["Node Type"],
            float(raw["Total Cost"]),
            float(raw["Plan Rows"]),
            raw.get("Schema"),
            raw.get("Relation Name"),
            raw.get("Alias", ""),
            raw.get("Filter"),
            next((raw[name] for name in _JOINS if name in raw), None),
            raw.get("Join Type"),
            tuple(raw.get("Sort Key", ())),
            raw.get("Parent Relationship"),
            tuple(cls.read(child) for child in raw.get("Plans", ())),
        )

    def walk(self, above: tuple["Node", ...] = ()) -> Iterator[tuple["Node", tuple["Node", ...]]]:
        """Yield this step and all below it, each with the steps above it, the nearest first."""
        yield self, above
        for child in self.children:
            yield from child.walk((self, *above))


@dataclass(frozen=True)
class Comparison:
    """A column of `alias` compared with something that another step or the caller knows.

    `as_text` says that it is compared as text, which an index serves where it is stored as such;
    `many` that one of several values will do.
    """

    alias: str
    column: str
    operator: str
    others: frozenset[str]
    as_text: bool = False
    many: bool = False


def essence(node: Node) -> str:
    """Return a plan on one line, the outermost step first: what it does, and to what."""
    said = _said(node)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _said(node: Node) -> str:
    said = node.kind
    if node.relation is not None:
        said += f" on {node.relation}"
    condition = node.filter or node.join or ", ".join(node.sorted_by)
    if condition:
        cut = condition if len(condition) <= _SHOWN else f"{condition[:_SHOWN]}…"
        said += f" {cut}" if cut.startswith("(") else f" by {cut}"
    if node.children:
        said += f" ← {', '.join(_inside(child, node) for child in node.children)}"
    return said


def _inside(child: Node, parent: Node) -> str:
    nested = len(parent.children) > 1 and child.children
    return f"[{_said(child)}]" if nested else _said(child)


def comparisons(condition: str | None) -> list[Comparison]:
    """Return the comparisons of columns that must all hold; what is compared otherwise is not."""
    if condition is None:
        return []
    try:
        words = _bare(tokens(condition))
    except ValueError:
        return []
    return [
        comparison
        for clause in _split(words)
        if (compared := _compared(_bare(clause))) is not None
        for comparison in _either_way(*compared)
    ]


def column_of(expression: str) -> tuple[str, str] | None:
    """Return the alias and the name of an expression that is a plain column."""
    try:
        column = _column(tokens(expression))
    except ValueError:
        return None
    return column[:2] if column is not None and not column[2] else None


def _either_way(
    left: Sequence[Token], operator: str, right: Sequence[Token]
) -> Iterator[Comparison]:
    for side, other, told in (
        (left, right, operator),
        (right, left, _TURNED.get(operator, operator)),
    ):
        column = _column(side)
        others = _aliases(other)
        if column is not None and column[0] not in others:
            many = bool(other) and other[0].word == "any"
            yield Comparison(column[0], column[1], told, frozenset(others), column[2], many)


def _compared(
    words: Sequence[Token],
) -> tuple[Sequence[Token], str, Sequence[Token]] | None:
    """Return both sides of a comparison and what stands between; None for all else."""
    depth, found = 0, []
    for place, token in enumerate(words):
        depth += token.text in ("(", "[")
        depth -= token.text in (")", "]")
        if depth == 0 and (token.kind == "operator" or token.word in ("is", "or", "not", "case")):
            found.append(place)
    if len(found) != 1 or words[found[0]].text not in _COMPARES:
        return None
    place = found[0]
    return words[:place], words[place].text, words[place + 1 :]


def _column(side: Sequence[Token]) -> tuple[str, str, bool] | None:
    """Return alias, name, and whether it is cast to text."""
    words = _bare(side)
    cast = [token.text for token in words[-2:]] == ["::", "text"]
    if cast:
        words = _bare(words[:-2])
    if len(words) == 3 and words[1].text == ".":
        alias, name = words[0].name, words[2].name
        if alias is not None and name is not None:
            return alias, name, cast
    return None


def _aliases(words: Sequence[Token]) -> set[str]:
    return {
        token.name
        for token, after in pairwise(words)
        if after.text == "." and token.name is not None
    }


def _split(words: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield what stands between the ANDs outside of all brackets."""
    depth, clause = 0, list[Token]()
    for token in words:
        depth += token.text in ("(", "[")
        depth -= token.text in (")", "]")
        if depth == 0 and token.word == "and":
            yield clause
            clause = []
        else:
            clause.append(token)
    yield clause


def _bare(words: Sequence[Token]) -> list[Token]:
    """Return the words without the brackets that stand around all of them."""
    inner = list(words)
    while len(inner) > 1 and inner[0].text == "(" and _closing(inner) == len(inner) - 1:
        inner = inner[1:-1]
    return inner


def _closing(words: Sequence[Token]) -> int:
    depth = 0
    for place, token in enumerate(words):
        depth += token.text == "("
        depth -= token.text == ")"
        if depth == 0:
            return place
    return len(words)
