"""What the sections of the settings are made of."""

from datetime import timedelta
from typing import Annotated, Any, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from fettle.model.calendar import Span
from fettle.model.quantity import parse_duration
from fettle.model.severity import Severity

_LONGEST = timedelta(days=36_525)

RawLimits = dict[str, dict[str, Any]]


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _of_this_age(value: timedelta) -> timedelta:
    """Refuse what no calendar can be moved by."""
    if value > _LONGEST:
        raise ValueError("it is longer than a hundred years")
    return value


def _some_time(value: timedelta) -> timedelta:
    if value < timedelta(milliseconds=1):
        raise ValueError("it must be a millisecond at least")
    return value


def _span(value: object) -> object:
    return Span.parse(value) if isinstance(value, str) else value


def _severity(value: object) -> object:
    return Severity.named(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_of_this_age)]
# A limit of no time at all is none to PostgreSQL: it would wait for ever.
TimeLimit = Annotated[Duration, AfterValidator(_some_time)]
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
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        return {
            name: _parted(value) if _is_list(fields.get(name)) else value
            for name, value in values.items()
        }


def _is_list(field: FieldInfo | None) -> bool:
    return field is not None and get_origin(field.annotation) is tuple


def _parted(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]
