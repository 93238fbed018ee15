"""Settings of measuring pages: with which browser."""

from pathlib import Path

from pydantic import Field

from fettle.settings.section import Section


class OptimisationSettings(Section):
    """How pages are measured."""

    browser: Path | None = Field(
        None, description="the Chromium that measures; the first that is found when not given"
    )
    lighthouse: Path | None = Field(
        None,
        description="the Lighthouse that measures with --backend lighthouse; the one on the path "
        "when not given",
    )
    sandbox: bool = Field(
        True,
        description="whether the browser shuts pages in; false where the machine cannot, and only "
        "pages of your own are measured",
    )
