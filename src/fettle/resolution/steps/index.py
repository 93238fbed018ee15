"""Dropping, building and rebuilding indexes without blocking reads or writes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.finding import Relation
from fettle.model.fix import LONG_S, Question, Risk, Steps
from fettle.model.sql import identifier, literal
from fettle.resolution.steps import quiet


@dataclass(frozen=True)
class Definition:
    """All that it takes to make an index again as it was.

    `create` is pg_get_indexdef's text. `tablespace` and `comment` are not part of it: the name of a
    tablespace, nothing ("") for the database's own, None for wherever the role makes its indexes.
    """

    index: Relation
    create: str
    tablespace: str | None = None
    comment: str | None = None

    def statements(self) -> tuple[str, ...]:
        """Return the statements that make the index, without blocking writes."""
        concurrently = re.sub(
            r"^CREATE (UNIQUE )?INDEX ", r"CREATE \1INDEX CONCURRENTLY ", self.create
        )
        statements = []
        if self.tablespace is not None:
            statements.append(f"SET default_tablespace = {literal(self.tablespace)}")
        statements.append(concurrently)
        if self.comment is not None:
            statements.append(f"COMMENT ON INDEX {self.index} IS {literal(self.comment)}")
        return tuple(statements)


def drop(definition: Definition, *premises: Question) -> Steps:
    """Drop a valid index; the undo makes it again."""
    index = definition.index
    return Steps(
        statements=(f"DROP INDEX CONCURRENTLY {index}",),
        worked=Question(
            "the index is gone", f"SELECT {_oid(index)} IS NULL", f"{index} is still there"
        ),
        prechecks=(*premises, *quiet.prechecks()),
        undo=build(definition),
        risk=Risk.REVERSIBLE,
        settled=_not_invalid(index),
        recovery=_get_rid(index),
    )


def drop_debris(index: Relation, *premises: Question) -> Steps:
    """Drop what a failed build left: an index that is neither used nor kept up to date."""
    return Steps(
        statements=(f"DROP INDEX CONCURRENTLY {index}",),
        worked=Question(
            "the debris is gone", f"SELECT {_oid(index)} IS NULL", f"{index} is still there"
        ),
        prechecks=(*premises, *quiet.prechecks()),
        recovery=_get_rid(index),
        settled=Question(
            "the debris is gone", f"SELECT {_oid(index)} IS NULL", f"{index} is still there"
        ),
    )


def build(definition: Definition, *premises: Question, undoable: bool = False) -> Steps:
    """Build an index; what a failed build leaves is dropped again."""
    index = definition.index
    return Steps(
        statements=definition.statements(),
        worked=_valid(index),
        prechecks=(
            Question(
                "the name is free", f"SELECT {_oid(index)} IS NULL", f"{index} is there already"
            ),
            *premises,
            *quiet.prechecks(),
        ),
        undo=drop_made(definition.index) if undoable else None,
        risk=Risk.REVERSIBLE if undoable else Risk.SAFE,
        settled=_not_invalid(index),
        recovery=_get_rid(index),
        lock_timeout_ms=30_000,
        statement_timeout_s=LONG_S,
    )


def drop_made(index: Relation) -> Steps:
    """Drop an index that a fix made."""
    return Steps(
        statements=(f"DROP INDEX CONCURRENTLY {index}",),
        worked=Question(
            "the index is gone", f"SELECT {_oid(index)} IS NULL", f"{index} is still there"
        ),
        prechecks=quiet.prechecks(),
        settled=_not_invalid(index),
        recovery=_get_rid(index),
    )


def rebuild(index: Relation, schema: str, name: str, *premises: Question) -> Steps:
    """Rebuild an index beside itself."""
    return rebuild_all([(index, schema, name)], None, _valid(index), *premises)


def rebuild_all(
    indexes: Sequence[tuple[Relation, str, str]],
    then: str | None,
    worked: Question,
    *premises: Question,
) -> Steps:
    """Rebuild indexes (each with its schema and name, unquoted) beside themselves, one by one.

    A try that failed leaves `name_ccnew`, invalid, which is dropped.
    """
    half_built = [_half_built(schema, name) for _, schema, name in indexes]
    free = Question(
        "no earlier rebuild has left anything",
        f"SELECT NOT EXISTS (SELECT FROM unnest({_texts(half_built)}) AS n"
        " WHERE to_regclass(n) IS NOT NULL)",
        "an earlier rebuild has left an index behind: fettle check --only index_invalid",
    )
    settled = Question(
        "nothing is half built",
        f"SELECT NOT EXISTS (SELECT FROM unnest({_texts(half_built)}) AS n"
        " JOIN pg_index AS i ON i.indexrelid = to_regclass(n) WHERE NOT i.indisvalid)",
        "a half-built copy is left; fettle fix plan TARGET repair_invalid_index drops it",
    )
    rebuilds = tuple(f"REINDEX INDEX CONCURRENTLY {index}" for index, _, _ in indexes)
    return Steps(
        statements=(*rebuilds, *((then,) if then else ())),
        worked=worked,
        prechecks=(*premises, free, *quiet.prechecks()),
        settled=settled,
        recovery=tuple(way for half in half_built for way in _get_rid(half)),
        lock_timeout_ms=30_000,
        statement_timeout_s=LONG_S,
    )


def _half_built(schema: str, name: str) -> Relation:
    """Return what REINDEX CONCURRENTLY calls its copy; names end at 63 bytes."""
    stem = name.encode()[:57].decode(errors="ignore")
    return Relation(identifier(schema, f"{stem}_ccnew"))


def _valid(index: Relation) -> Question:
    return Question(
        "the index is there, and valid",
        "SELECT coalesce((SELECT indisvalid AND indisready FROM pg_index"
        f" WHERE indexrelid = {_oid(index)}), false)",
        f"{index} is not valid",
    )


def _texts(names: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(literal(name) for name in names)}]::text[]"


def _oid(index: Relation) -> str:
    return f"to_regclass({literal(index)})"


def _not_invalid(index: Relation) -> Question:
    return Question(
        "nothing is half done",
        "SELECT NOT EXISTS (SELECT FROM pg_index"
        f" WHERE indexrelid = {_oid(index)} AND NOT indisvalid)",
        f"{index} is left invalid; nothing is lost, and when the transaction that is in the way "
        "has ended, fettle fix plan TARGET repair_invalid_index cures it",
    )


def _get_rid(index: Relation) -> tuple[str, ...]:
    """Return ways to drop what is half done, the gentlest first.

    The plain DROP either happens whole or not at all; it holds others up for as long as its lock
    timeout, which is why that is short. Whoever interrupted the act waits for all of it.
    """
    gentle = f"DROP INDEX CONCURRENTLY IF EXISTS {index}"
    atomic = f"SET lock_timeout = 1000; DROP INDEX IF EXISTS {index}"
    return ("SET lock_timeout = 5000", gentle, atomic, atomic, atomic)
