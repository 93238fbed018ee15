"""What the sections of the settings are made of."""

from datetime import timedelta
from functools import cache
from typing import Annotated, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from fettle.model.calendar import Span
from fettle.model.looking import Duration, parted
from fettle.model.severity import Severity


def _span(value: object) -> object:
    return Span.parse(value) if isinstance(value, str) else value


def _severity(value: object) -> object:
    return Severity.named(value) if isinstance(value, str) else value


def _seldom(value: timedelta) -> timedelta:
    if timedelta() < value < timedelta(seconds=10):
        raise ValueError("checks are made every ten seconds at most")
    return value


Every = Annotated[Duration, AfterValidator(_seldom)]
SpanOfTime = Annotated[Span, BeforeValidator(_span)]
SeverityByName = Annotated[Severity, BeforeValidator(_severity)]


class Section(BaseModel):
    """A part of fettle.toml; a name it does not know is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _lists_in_one_line(cls, values: object) -> object:
        """Read a list that stands in one text, `a, b`: the environment holds nothing else."""
        if not isinstance(values, dict):
            return values
        texts = [name for name in _lists_of(cls) if isinstance(values.get(name), str)]
        return {**values, **{name: parted(values[name]) for name in texts}} if texts else values


@cache
def _lists_of(section: type[Section]) -> tuple[str, ...]:
    """Return the names of a section's lists."""
    fields = section.model_fields.items()
    return tuple(
        field.alias or name for name, field in fields if get_origin(field.annotation) is tuple
    )
