"""Settings of what is looked at and mended, and of where Fettle keeps what it knows."""

from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from fettle.settings.section import Duration, RawLimits, Section, TimeLimit


class StoreSettings(Section):
    """Where Fettle keeps what it knows."""

    url: str | None = Field(
        None, description="a PostgreSQL 15 or newer of your own; embedded when not given"
    )
    data: Path | None = Field(
        None, description="the data directory; the platform's user data directory when not given"
    )


class DatabaseSettings(Section):
    """A PostgreSQL database that is looked after."""

    name: str = Field(
        min_length=1, description="what the database is called in reports and on the command line"
    )
    url: str = Field(
        min_length=1, description="where it is, as psql takes it; the role only needs to look"
    )
    fix_url: str | None = Field(
        None, description="the address of the role that may act; without it fixes are only planned"
    )
    standbys: tuple[str, ...] = Field(
        (), description="addresses of its standbys, whose reads count before an index is dropped"
    )
    limits: RawLimits = Field(
        default_factory=dict, description="thresholds of this database: limits.<check>.<name>"
    )


class CheckSettings(Section):
    """How long looking may take."""

    timeout: TimeLimit = Field(
        timedelta(seconds=30), description="the longest that looking at one target may take"
    )
    lock_timeout: TimeLimit = Field(
        timedelta(milliseconds=200), description="the longest that a question may wait for a lock"
    )
    every: Duration = Field(
        timedelta(minutes=5),
        description="how often a server checks each [[database]] where there is no [[schedule]]; "
        "0s is never",
    )

    @model_validator(mode="after")
    def _takes_its_time(self) -> "CheckSettings":
        if timedelta() < self.every < timedelta(seconds=10):
            raise ValueError("every: checks are made every ten seconds at most")
        return self


class FixSettings(Section):
    """What fixes must leave alone, and who may apply them by a server."""

    protect: tuple[str, ...] = Field(
        ("pg_dump%", "pg_restore%", "pg_basebackup%", "pgbackrest%", "barman%", "wal-g%"),
        description="users and applications (ILIKE patterns) whose sessions no fix may signal",
    )
    approve: Literal["safe", "reversible", "irreversible", "never"] = Field(
        "irreversible",
        description="from which risk on a plan needs an admin's approval before a server applies "
        "it: safe, reversible, irreversible or never",
    )
    four_eyes: bool = Field(
        False, description="whether who approved such a plan may not apply it as well"
    )
    wait: Duration = Field(
        timedelta(days=7),
        gt=timedelta(0),
        description="how long a plan waits to be applied, and an approval holds",
    )


class IgnoreSettings(Section):
    """Findings that are accepted, and until when."""

    check: str = Field("*", description="the check's id, or a pattern of ids")
    subject: str = Field("*", description="a pattern of the finding's subject")
    reason: str = Field(description="why it is accepted")
    until: date | None = Field(None, description="the last day on which it is accepted")

    def covers(self, check: str, subject: str, today: date) -> bool:
        """Whether a finding is accepted by this entry today."""
        if self.until is not None and today > self.until:
            return False
        return fnmatchcase(check, self.check.replace("-", "_")) and fnmatchcase(
            subject, self.subject
        )
