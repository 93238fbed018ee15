"""Versions to be compared as they stand in a line, and what is answered."""

from typing import Self

from pydantic import BaseModel, model_validator

from fettle.errors import UnreadableVersion
from fettle.model.update import Ecosystem
from fettle.updates.versions import versions_of


class ComparedLine(BaseModel):
    """A line of a batch: two versions, or one and a range. Keys it does not know are left alone."""

    ecosystem: Ecosystem
    a: str | None = None
    b: str | None = None
    version: str | None = None
    range: str | None = None

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        two = self.a is not None and self.b is not None
        ranged = self.version is not None and self.range is not None
        if two == ranged:
            raise ValueError("it needs either a and b, or version and range")
        return self


def of_line(asked: ComparedLine) -> dict[str, object]:
    """Return the answer to a line; what cannot be read is said."""
    rules = versions_of(asked.ecosystem)
    try:
        if asked.a is not None and asked.b is not None:
            return {"order": rules.order(asked.a, asked.b)}
        return {"inside": rules.inside(asked.version or "", asked.range or "")}
    except UnreadableVersion as error:
        return {"error": error.reason}
