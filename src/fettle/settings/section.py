"""What the sections of the settings are made of."""

from typing import Annotated, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from fettle.model.calendar import Span
from fettle.model.looking import parted
from fettle.model.severity import Severity


def _span(value: object) -> object:
    return Span.parse(value) if isinstance(value, str) else value


def _severity(value: object) -> object:
    return Severity.named(value) if isinstance(value, str) else value


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
            name: parted(value) if _is_list(fields.get(name)) else value
            for name, value in values.items()
        }


def _is_list(field: FieldInfo | None) -> bool:
    return field is not None and get_origin(field.annotation) is tuple
