"""A table that is to be vacuumed or analysed; for the fixes that do so."""

from dataclasses import dataclass

from fettle.model.finding import Relation
from fettle.model.fix import LONG_S, Question, Refusal, Steps


@dataclass(frozen=True)
class CountedTable:
    """A table, and how often it was vacuumed and analysed by hand: the proof is one more."""

    table: Relation
    oid: int
    vacuums: int
    analyses: int
    allowed: bool
    owner: str


def tend(found: CountedTable, statement: str, counter: str, before: int) -> Steps | Refusal:
    """Return the steps of one statement, which is seen to have worked by its counter."""
    if not found.allowed:
        return Refusal(f"{found.table} belongs to {found.owner}, and only its owner can do it")
    return Steps(
        statements=(statement,),
        worked=Question(
            "the server has counted it",
            f"SELECT {counter}({found.oid:d}) > {before:d}",
            f"{found.table} was passed over: something else held its lock, or is at it",
        ),
        statement_timeout_s=LONG_S,
    )
