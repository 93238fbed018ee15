"""What measuring asks of a browser; `main` hands it one that can."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from fettle.model.measurement import Profile, Visit

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, a token
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True)
class PageAsked:
    """A page that is to be visited, and how.

    `headers` and `cookies` let in where a log-in is needed: they go to the page's own origin alone,
    and are in no result. `clicks` are selectors of what is clicked once it has loaded; what cannot
    do harm, when there are none. `within` is the longest that one visit may take.
    """

    url: str
    profile: Profile
    within: timedelta
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    clicks: tuple[str, ...] = ()


def sendable(name: str, value: str) -> bool:
    """Whether a header or a cookie of that name may have that value."""
    return _NAME.fullmatch(name) is not None and _CONTROLS.search(value) is None


class Browser(Protocol):
    """A browser that has never been anywhere, each time that it is asked to visit a page."""

    async def visit(self, page: PageAsked) -> Visit:
        """Load a page once, and return how that went.

        What a click in it would send is not sent. Raises Unreachable where no page came,
        NotSupported for what is no page, and CannotLook where it could not be measured.
        """


@dataclass(frozen=True)
class Frame:
    """What a screen showed from a moment of a visit on, as a JPEG."""

    at_ms: float
    jpeg: bytes = field(repr=False)


class Camera(Browser, Protocol):
    """A browser that shows as well how a page came."""

    async def film(self, page: PageAsked) -> Sequence[Frame]:
        """Load a page once, and return what was shown until it came to rest, in its order.

        Filming takes time of its own: such a visit is not measured. Raises as `visit` does.
        """
