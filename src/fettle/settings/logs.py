"""Settings of logs: which files are followed, and when what they say is news."""

import re
from datetime import timedelta

from pydantic import Field, field_validator

from fettle.model.looking import Duration
from fettle.settings.section import Section

_NAME = re.compile(r"[\w.-]{1,80}")


class LogsSettings(Section):
    """When what logs say is news, and how much of it is kept."""

    learn: Duration = Field(
        timedelta(days=1),
        ge=timedelta(0),
        description="how long a log is learnt before what is new in it is news",
    )
    learn_lines: int = Field(
        1_000_000, gt=0, description="as many lines are enough to learn a log before that time"
    )
    quiet: Duration = Field(
        timedelta(hours=1),
        gt=timedelta(0),
        description="what was new is over when it has not come for so long",
    )
    most_an_hour: int = Field(
        10, ge=0, description="signals of a log in an hour at most; what is beyond them is counted"
    )
    most_templates: int = Field(
        2000, ge=100, le=20_000, description="templates of a log that are told apart"
    )
    most_sources: int = Field(200, gt=0, description="logs that are kept, by their names")
    largest_body: int = Field(
        8 * 1024**2, gt=0, description="the most that lines sent at once come to, unpacked, bytes"
    )
    keep: Duration = Field(
        timedelta(days=30),
        ge=timedelta(days=15),
        description="how long templates that do not come any more are kept, and counts by the hour",
    )


class LogSettings(Section):
    """A log whose files are followed by a worker on their machine."""

    name: str = Field(description="what the log is called")
    paths: tuple[str, ...] = Field(
        min_length=1, description="its files: paths from the root, in which * stands for anything"
    )
    service: str | None = Field(None, description="the service whose log it is")
    on: str | None = Field(
        None,
        max_length=32,
        description="the label of the workers that have the files; all follow those of their own "
        "machine when not given",
    )

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("a log's name has 1 to 80 letters, digits, points, - and _")
        return name

    @field_validator("paths")
    @classmethod
    def _paths(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        for path in paths:
            if not path.startswith("/"):
                raise ValueError(f"{path!r} does not begin with /: write the whole path")
        return paths
