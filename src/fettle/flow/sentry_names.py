"""How people name an issue of a Sentry: by its address, its short id, or its number; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from fettle.errors import WrongUsage
from fettle.settings.sentry import SentrySettings

_NUMBER = re.compile(r"[0-9]{1,30}")
_SHORT_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)+")
_HOSTED = "sentry.io"
_HOW = "SHOP-1A, its address, or its number with --sentry NAME"


@dataclass(frozen=True)
class Named:
    """An issue of a Sentry, by its number or its short id."""

    sentry: str
    issue: str

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return _NUMBER.fullmatch(self.issue) is not None


def named(text: str, sentry: str | None, settings: Sequence[SentrySettings]) -> tuple[Named, ...]:
    """Return which issue may be meant: one for each Sentry that may have it.

    Raises WrongUsage for what names none, or one of a Sentry that the settings do not have.
    """
    text = text.strip()
    if not settings:
        raise WrongUsage(
            f"{text[:80]!r} is no number of an error, and no Sentry is in the settings",
            remedy="fettle error list shows the errors; [[sentry]] in fettle.toml names a Sentry",
        )
    chosen = [one for one in settings if sentry in (None, one.name)]
    if not chosen:
        have = ", ".join(one.name for one in settings)
        raise WrongUsage(f"no [[sentry]] is called {sentry!r}", remedy=f"there are: {have}")
    if "://" in text:
        return tuple(_of_address(text, chosen))
    if _NUMBER.fullmatch(text):
        if len(chosen) > 1:
            raise WrongUsage(f"several Sentries may have issue {text}", remedy="--sentry NAME")
        return (Named(chosen[0].name, text),)
    if _SHORT_ID.fullmatch(text):
        return tuple(Named(one.name, text.upper()) for one in chosen)
    raise WrongUsage(f"{text[:80]!r} names no issue of a Sentry", remedy=_HOW)


def _of_address(text: str, settings: Iterable[SentrySettings]) -> list[Named]:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise WrongUsage(f"{text[:200]!r} is no address", remedy=_HOW) from None
    issue, organization = _issue_in(parts.path.split("/"))
    if issue is None:
        raise WrongUsage(f"{text[:200]!r} is no address of an issue of a Sentry", remedy=_HOW)
    found = [one for one in settings if _is_of(parts, host, organization, one)]
    if not found:
        raise WrongUsage(
            f"{host} is not the address of a [[sentry]] of the settings, or of another organization"
        )
    return [Named(one.name, issue) for one in found]


def _issue_in(path: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the issue that a path names, and the organization where it does."""
    if "issues" not in path:
        return None, None
    place = path.index("issues")
    issue = path[place + 1] if len(path) > place + 1 else ""
    if not (_NUMBER.fullmatch(issue) or _SHORT_ID.fullmatch(issue)):
        return None, None
    if "organizations" in path[:place]:
        return issue, path[path.index("organizations") + 1]
    if place >= 2 and path[place - 2]:  # as it was before 2019: /organization/project/issues/1/
        return issue, path[place - 2]
    return issue, None


def _is_of(
    parts: SplitResult, host: str, organization: str | None, settings: SentrySettings
) -> bool:
    own = urlsplit(settings.url)
    if organization not in (None, settings.organization):
        return False
    if parts.port != own.port and (parts.port, own.port) != (None, None):
        return False
    if host == own.hostname:
        return True
    # hosted, an organization has a name of its own, beside those of the regions
    plain = (own.hostname or "").removeprefix(f"{settings.organization}.")
    if _hosted(own.hostname or "") and _hosted(host):
        return organization is not None or host == f"{settings.organization}.{_HOSTED}"
    return host in (plain, f"{settings.organization}.{plain}")


def _hosted(host: str) -> bool:
    return host == _HOSTED or host.endswith(f".{_HOSTED}")
