"""Who reaches what steps of tasks that come along are about: by the labels of the settings."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fettle.model.certificates import host_of
from fettle.model.task import There
from fettle.settings.reach import label_of

if TYPE_CHECKING:
    from fettle.settings import Settings

_HTTPS = re.compile(
    r"https://(?:[^/?#@]*@)?(?P<host>\[[^\]/]+\]|[^/?#:\[\]]+)(?::(?P<port>[0-9]+))?"
)


def labels(settings: "Settings", there: There) -> Sequence[str | None]:
    """Return the labels of those who reach what is there; None is whoever does the task."""
    return list(_labels(settings, there))


def _labels(settings: "Settings", there: There) -> Iterator[str | None]:
    match there:
        case There.BACKUPS:
            yield from (one.on for one in settings.backup)
        case There.CERTIFICATES:
            yield from _of_certificates(settings)
        case There.DATABASES:
            yield from (label_of(one.name, settings) for one in settings.database)
        case There.EXPOSED:
            yield from _labels(settings, There.DATABASES)
            yield from (label_of(one.name, settings) for one in settings.service if one.url)
        case There.LOGS:
            yield from (one.on for one in settings.rotation)
        case There.PROJECTS:
            yield from (one.on for one in settings.project)
        case There.MACHINES:
            yield from _labels(settings, There.PROJECTS)
            yield from (one.on for one in settings.host)


def _of_certificates(settings: "Settings") -> Iterator[str | None]:
    """Yield the labels of certificates, of services that show another one, and of whole stores."""
    own = {host_of(host).name for one in settings.certificate if not one.at for host in one.hosts}
    yield from (one.on for one in settings.certificate)
    for one in settings.service:
        if _shown_by(one.url or "") not in {None, *own}:
            yield label_of(one.name, settings)
    if settings.certificates.stores:
        yield settings.certificates.on


def _shown_by(url: str) -> str | None:
    """Return the host that shows a certificate at an address; None where none is shown."""
    found = _HTTPS.match(url)
    try:
        return None if found is None else host_of(f"{found['host']}:{found['port'] or 443}").name
    except ValueError:  # the look at the service says so
        return None
