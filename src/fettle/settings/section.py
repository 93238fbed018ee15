"""What the sections of the settings are made of."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from fettle.model.calendar import Span
from fettle.model.quantity import parse_duration
from fettle.model.severity import Severity

RawLimits = dict[str, dict[str, Any]]


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _span(value: object) -> object:
    return Span.parse(value) if isinstance(value, str) else value


def _severity(value: object) -> object:
    return Severity.named(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
SpanOfTime = Annotated[Span, BeforeValidator(_span)]
SeverityByName = Annotated[Severity, BeforeValidator(_severity)]


class Section(BaseModel):
    """A part of fettle.toml; a name it does not know is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
