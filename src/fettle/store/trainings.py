"""What was learnt from the decisions, or why nothing was."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import fettle
from fettle.store import statements
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class Training:
    """One time that a model was trained, or was not: then `refused` says why, `remedy` what helps.

    `basis` says from which decisions (`decisions.basis`), `decisions` from how many. `seconds` is
    how long it took, `version` the Fettle that did it.
    """

    at: datetime
    decisions: int
    basis: Decimal
    seconds: float
    refused: str | None = None
    remedy: str | None = None
    version: str = fettle.__version__


@dataclass(frozen=True)
class Learnt:
    """The newest model's training, and the newest one if that was refused."""

    trained: Training | None
    refused: Training | None


@dataclass(frozen=True)
class Model:
    """A model as it is kept: the later one has the higher id."""

    id: int
    document: str


async def keep(connection: Connection, training: Training, model: str | None) -> None:
    """Keep what a training came to: a model, or None where it was refused."""
    await statements.run(
        connection,
        "trainings/keep",
        at=training.at,
        decisions=training.decisions,
        basis=training.basis,
        version=training.version,
        seconds=training.seconds,
        model=model,
        refused=training.refused,
        remedy=training.remedy,
    )


async def newest(connection: Connection) -> Learnt:
    """Return what is learnt, and why no more is."""
    found = [_training(row) for row in await statements.run(connection, "trainings/newest")]
    refused = found[0] if found and found[0].refused is not None else None
    return Learnt(next((one for one in found if one.refused is None), None), refused)


async def model_after(connection: Connection, known: int) -> Model | None:
    """Return the newest model if its id is higher than a known one's, else None."""
    rows = await statements.run(connection, "trainings/model", known=known)
    return Model(**rows[0]) if rows else None


def _training(row: Row) -> Training:
    return Training(**row)
