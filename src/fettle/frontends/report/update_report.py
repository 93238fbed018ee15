"""What is known of updates, in the forms that other programs and people read."""

import json
from enum import StrEnum

from fettle.frontends.report import update_markdown, update_sarif
from fettle.model.update import UpdateCheck

MEDIA = {"sarif": "application/sarif+json", "markdown": "text/markdown"}


class ReportForm(StrEnum):
    """A form of a report about updates."""

    SARIF = "sarif"
    MARKDOWN = "markdown"

    @property
    def ending(self) -> str:
        """What the name of a file in this form ends with."""
        return "md" if self is ReportForm.MARKDOWN else self.value


def report(told: UpdateCheck, form: ReportForm) -> str:
    """Return what a look tells in a form."""
    if form is ReportForm.SARIF:
        return json.dumps(update_sarif.log(told))
    return "\n".join(update_markdown.check(told)) + "\n"
