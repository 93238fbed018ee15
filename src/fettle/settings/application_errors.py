"""Settings of application errors, and of what is known of them."""

from pathlib import Path

from pydantic import Field, field_validator

from fettle.model.expression import compiled_of_something
from fettle.settings.section import Section


class ErrorsSettings(Section):
    """Applications' errors: what is known of them, and what of them is never stored."""

    known: Path | None = Field(
        None,
        description="a folder of known errors of your own, a file each like those that are "
        "shipped; one of the same id takes the place of the shipped one",
    )
    scrub: tuple[str, ...] = Field(
        (),
        description="expressions (RE2) of what is taken out of errors before they are stored, "
        "beside what looks like a key, a token, a password or the number of a card",
    )
    scrub_names: tuple[str, ...] = Field(
        (),
        description="names, or parts of names, of headers, fields and variables whose values are "
        "never stored, beside password, token, secret, cookie and the like",
    )

    @field_validator("scrub")
    @classmethod
    def _scrub(cls, expressions: tuple[str, ...]) -> tuple[str, ...]:
        for expression in expressions:
            compiled_of_something(expression)
        return expressions

    @field_validator("scrub_names")
    @classmethod
    def _scrub_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not any(letter.isascii() and letter.isalnum() for letter in name):
                raise ValueError(f"{name!r} is no name: write letters or digits, like iban")
        return names
