"""A report of maintenance as PDF, where what makes one is installed."""

from datetime import datetime

from fettle.errors import CannotLook
from fettle.frontends.report.fonts import Fonts
from fettle.model.report import Report


def write(report: Report, made_at: datetime, fonts: Fonts | None) -> bytes:
    """Return the report on A4; raises CannotLook where the extra `pdf` is not installed.

    It takes some milliseconds for each row: who serves others lets a thread do it.
    What no font of `fonts` has is spelled out. Without any the letters of Western Europe are left.
    """
    try:
        import fpdf  # noqa: F401
        import uharfbuzz  # noqa: F401
    except ModuleNotFoundError:
        raise CannotLook(
            "a PDF is made by fpdf2, which is not installed",
            remedy="pip install 'fettle-ops[pdf]', or take the report as Markdown",
        ) from None
    from fettle.frontends.report.report_paper import drawn

    return drawn(report, made_at, fonts)
