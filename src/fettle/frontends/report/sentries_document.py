"""How reading the Sentries of the settings goes, as the API gives it."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.settings.sentry import SentrySettings
from fettle.store.sentries import Place, Reading


class SentryItem(TypedDict):
    """A project of a Sentry."""

    sentry: str
    url: str
    organization: str
    project: str
    application: str
    """What its errors are called after here."""
    follow: bool
    """Whether what happens there is taken in by itself."""
    read_at: str | None
    """When anything of it was read last."""
    issues: int
    """How many of its issues were ever read."""
    failed_at: str | None
    failure: str | None
    """Why it cannot be read; null where it can."""
    due_at: str | None
    """When it is read next; null where that is only when somebody asks."""


class SentriesDocument(TypedDict):
    """How reading the Sentries of the settings goes."""

    schema: Literal["fettle.sentries/1"]
    items: list[SentryItem]


def of_sentries(
    settings: Sequence[SentrySettings], readings: Sequence[Reading]
) -> SentriesDocument:
    """Return how reading the Sentries of the settings goes."""
    known = {one.place: one for one in readings}
    return {
        "schema": "fettle.sentries/1",
        "items": [
            _item(one, project, known.get(Place(one.name, project)))
            for one in settings
            for project in one.projects
        ],
    }


def _item(sentry: SentrySettings, project: str, read: Reading | None) -> SentryItem:
    return {
        "sentry": sentry.name,
        "url": sentry.url,
        "organization": sentry.organization,
        "project": project,
        "application": sentry.application(project),
        "follow": sentry.follow,
        "read_at": moment(read.read_at) if read else None,
        "issues": read.issues if read else 0,
        "failed_at": moment(read.failed_at) if read else None,
        "failure": read.failure if read else None,
        "due_at": said(read.due_at) if read and sentry.follow else None,
    }
