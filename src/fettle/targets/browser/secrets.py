"""What lets a browser in where a log-in is needed: given to one origin, and told to nobody."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import quote, unquote, urlsplit

from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile

_SHORTEST = 4  # what is shorter stands in any text
_HIDDEN = "***"
_USUAL = {"http": ":80", "https": ":443"}  # ports that browsers name nowhere


@dataclass(frozen=True)
class LogIn:
    """The headers and cookies for a page's own origin, its address without them, and the origin."""

    url: str
    origin: str
    headers: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, page: PageAsked) -> "LogIn":
        """Take what lets in out of a page that is asked for; its address may name a user."""
        parts = urlsplit(page.url)
        origin = _origin(page.url)
        headers = dict(page.headers)
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
        url = parts._replace(netloc=urlsplit(origin).netloc).geturl()
        return cls(url, origin, headers, page.cookies)

    def goes_to(self, url: str) -> bool:
        """Whether a request goes to the page's own origin."""
        return _origin(url) == self.origin

    @property
    def hide(self) -> Callable[[str], str]:
        """What takes secrets out of a text that a page has made."""
        values = [*self.headers.values(), *self.cookies.values()]
        words = {word for value in values for word in (value, *value.split())}
        secrets = sorted((word for word in words if len(word) >= _SHORTEST), key=len, reverse=True)
        known = [form for one in secrets for form in (one, quote(one, safe=""))]

        def hidden(text: str) -> str:
            for secret in known:
                text = text.replace(secret, _HIDDEN)
            return text

        return hidden


@dataclass(frozen=True)
class LogIns:
    """What lets in to several pages, each at its own origin."""

    pages: Sequence[PageAsked] = field(default=(), repr=False)

    def of(self, url: str) -> LogIn:
        """Return what lets in to an address: nothing, where it is of none of their origins."""
        known = [LogIn.of(page) for page in self.pages]
        own = next((one for one in known if one.goes_to(url)), None)
        if own is None:
            return LogIn.of(PageAsked(url, Profile.PHONE, timedelta()))
        return replace(own, url=url)


def _origin(url: str) -> str:
    """Return the origin of an address as browsers write it, and name it in what they send."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(_USUAL.get(parts.scheme, ''))}"
