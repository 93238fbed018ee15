"""Columns that are to have an index; for the fixes that make one."""

from dataclasses import dataclass

from fettle.model.finding import Relation
from fettle.model.fix import Refusal, Steps
from fettle.model.sql import identifier, index_name
from fettle.resolution.steps import index


@dataclass(frozen=True)
class Columns:
    """A table, the columns to be indexed, and every name that is taken in its schema."""

    table: Relation
    schema: str
    name: str
    columns: tuple[str, ...]
    taken: tuple[str, ...]
    partitioned: bool
    owned: bool
    owner: str


def build(wanted: Columns) -> Steps | Refusal:
    """Return the steps that build an index on the columns."""
    if wanted.partitioned:
        return Refusal(
            f"{wanted.table} is partitioned: make the index on each partition concurrently, then "
            "on the table itself, and attach them"
        )
    if not wanted.owned:
        return Refusal(f"{wanted.table} belongs to {wanted.owner}, and only its owner can index it")
    name = index_name(wanted.name, wanted.columns, frozenset(wanted.taken))
    columns = ", ".join(identifier(column) for column in wanted.columns)
    quoted = Relation(identifier(wanted.schema, name))
    create = f"CREATE INDEX {identifier(name)} ON {wanted.table} ({columns})"
    return index.build(index.Definition(quoted, create), undoable=True)
