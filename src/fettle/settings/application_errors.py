"""Settings of application errors, and of what is known of them."""

from pathlib import Path

from pydantic import Field

from fettle.settings.section import Section


class ErrorsSettings(Section):
    """What is known of applications' errors."""

    known: Path | None = Field(
        None,
        description="a folder of known errors of your own, a file each like those that are "
        "shipped; one of the same id takes the place of the shipped one",
    )
