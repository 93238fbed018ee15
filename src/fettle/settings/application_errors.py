"""Settings of application errors, and of what is known of them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from fettle.model.expression import compiled_of_something
from fettle.model.looking import Duration
from fettle.settings.section import Section


class GroupRuleSettings(Section):
    """A rule of what errors are one bug; the first that fits counts."""

    when: tuple[str, ...] = Field(
        min_length=1,
        description="what the error is like: type, message, module, function, path, logger, "
        "transaction, platform, level, environment, release, server or a tag, with =, !=, =~ or !~",
    )
    fingerprint: tuple[str, ...] = Field(
        (),
        description="what it is joined by; `{{ default }}` is Fettle's own key, `{{ type }}` and "
        "the like are what the error says; empty leaves the joining as it is",
    )
    title: str | None = Field(None, min_length=1, description="what the bug is called")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.fingerprint and self.title is None:
            raise ValueError("a rule gives a fingerprint, a title, or both")
        return self


def _expressions(expressions: tuple[str, ...]) -> tuple[str, ...]:
    for expression in expressions:
        compiled_of_something(expression)
    return expressions


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not any(letter.isascii() and letter.isalnum() for letter in name):
            raise ValueError(f"{name!r} is no name: write letters or digits, like iban")
    return names


_Expressions = Annotated[tuple[str, ...], AfterValidator(_expressions)]
_Names = Annotated[tuple[str, ...], AfterValidator(_names)]


class ProjectSettings(Section):
    """What is different for an application, by the name of its key or of its log."""

    name: str = Field(min_length=1, description="the application")
    rate: float | None = Field(
        None,
        gt=0,
        description="errors a second that it may send on average; else as all may",
    )
    burst: int | None = Field(
        None, gt=0, description="errors that it may send at once; as all may when left out"
    )
    scrub: _Expressions = Field(
        (), description="expressions of what is taken out of its errors, beside those of all"
    )
    scrub_names: _Names = Field(
        (), description="names whose values are never stored of it, beside those of all"
    )


class ErrorsSettings(Section):
    """Applications' errors: what of them is taken and kept, what is one bug, what is known."""

    known: Path | None = Field(
        None,
        description="a folder of known errors of your own, a file each like those that are "
        "shipped; one of the same id takes the place of the shipped one, and of a page's",
    )
    rate: float = Field(
        100, gt=0, description="errors a second that an application may send on average"
    )
    burst: int = Field(
        2000, gt=0, description="errors that one may send at once before its rate counts"
    )
    largest_body: int = Field(
        1024**2, gt=0, description="the largest request with errors that is taken, as it is sent"
    )
    largest_unpacked: int = Field(
        8 * 1024**2, gt=0, description="the largest request when it is unpacked, in bytes"
    )
    keep: Duration = Field(
        timedelta(days=90),
        gt=timedelta(0),
        description="how long each error is kept as it came; its bug and their number stay",
    )
    most_events: int = Field(
        200_000, gt=0, description="errors that are kept of an application, the latest ones"
    )
    keep_counts: Duration = Field(
        timedelta(days=400),
        gt=timedelta(0),
        description="how long it is known how many errors of a bug came in each hour",
    )
    group: tuple[GroupRuleSettings, ...] = Field(
        (),
        description="rules of what errors are one bug, before what the application says of it and "
        "what Fettle finds: when, fingerprint, title",
    )
    live_environments: tuple[str, ...] = Field(
        ("production", "prod", "live"),
        description="environments that people use: `sentry-cli deploys new` to one of them is a "
        "deploy mark, to any other it is not",
    )
    keep_maps: Duration = Field(
        timedelta(days=90),
        gt=timedelta(0),
        description="how long a source map is kept since an error needed it last, or since it was "
        "uploaded",
    )
    most_maps: int = Field(
        2 * 1024**3,
        gt=0,
        description="bytes of source maps, packed, that are kept of an application; those that "
        "were used longest ago go first",
    )
    largest_map: int = Field(
        64 * 1024**2, gt=0, description="the largest source map that is taken, in bytes"
    )
    largest_bundle: int = Field(
        128 * 1024**2,
        gt=0,
        description="the largest bundle of source maps that is taken, as a ZIP; unpacked its maps "
        "may be eight times as large",
    )
    scrub: _Expressions = Field(
        (),
        description="expressions (RE2) of what is taken out of errors before they are stored, "
        "beside what looks like a key, a token, a password or the number of a card",
    )
    scrub_names: _Names = Field(
        (),
        description="names, or parts of names, of headers, fields and variables whose values are "
        "never stored, beside password, token, secret, cookie and the like",
    )
    project: tuple[ProjectSettings, ...] = Field(
        (), description="what is different for one application: rate, burst, scrub, scrub_names"
    )
