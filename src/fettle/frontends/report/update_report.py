"""What is known of updates, in the forms that other programs and people read."""

import json
from enum import StrEnum
from uuid import UUID

from fettle.frontends.report import update_bill, update_markdown, update_sarif
from fettle.model.update import UpdateCheck

MEDIA = {
    "sarif": "application/sarif+json",
    "markdown": "text/markdown",
    "cyclonedx": "application/vnd.cyclonedx+json",
}
_ENDINGS = {"markdown": "md", "cyclonedx": "cdx.json"}


class ReportForm(StrEnum):
    """A form of a report about updates."""

    SARIF = "sarif"
    MARKDOWN = "markdown"
    CYCLONEDX = "cyclonedx"

    @property
    def ending(self) -> str:
        """What the name of a file in this form ends with."""
        return _ENDINGS.get(self.value, self.value)


def report(told: UpdateCheck, form: ReportForm, serial: UUID) -> str:
    """Return what a look tells in a form; the serial number is a bill's."""
    match form:
        case ReportForm.SARIF:
            return json.dumps(update_sarif.log(told))
        case ReportForm.CYCLONEDX:
            return json.dumps(update_bill.bill(told, serial))
        case ReportForm.MARKDOWN:
            return "\n".join(update_markdown.check(told)) + "\n"
