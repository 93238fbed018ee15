"""What acts are given: a body, the texts in it, and who acts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fettle.flow.tend import Desk
from fettle.frontends.api.acting import Acting
from fettle.triage.moves import By

Text = Annotated[str, Field(max_length=100_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """What an act is given; a name that it does not know is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


def by(acting: Acting, desk: Desk) -> By:
    """Return who acts, and when."""
    return By(acting.actor, desk.clock.now())
