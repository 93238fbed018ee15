"""A report of maintenance as a file: Markdown, or a PDF."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from fettle.frontends.report import fonts, report_markdown, report_pdf
from fettle.model import report_kept

Form = Literal["markdown", "pdf"]
KINDS: Mapping[Form, str] = {"markdown": "text/markdown; charset=utf-8", "pdf": "application/pdf"}


async def written(document: Mapping[str, Any], form: Form, made_at: datetime) -> bytes:
    """Return a report as it is kept in that form; raises CannotLook without the extra `pdf`."""
    report = report_kept.read(document)
    if form == "markdown":
        return report_markdown.write(report).encode()
    return await asyncio.to_thread(report_pdf.write, report, made_at, fonts.of_machine())
