"""Forms that another site has made are not taken.

A request that changes something carries what only our own pages know: the form's field `csrf`. And
where the browser says which site it comes from, that is this one.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

from fettle.frontends.api.serving import serving

FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def of_this_site(request: Request) -> bool:
    """Whether the browser says that the request comes from a page of ours, as far as it says so.

    `none` is a request that no page has made: somebody has reloaded one.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin in _ours(request)


def carried(form: Mapping[str, str], token: str) -> bool:
    """Whether a form carries what the pages of this browser know."""
    given = form.get(FIELD, "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _ours(request: Request) -> set[str]:
    """Return what this site is called as an origin: by the browser, and by the settings."""
    public = serving(request).settings.server.public_url
    asked = {f"{request.url.scheme}://{request.headers.get('host', '')}"}
    if public is None:
        return asked
    parts = urlsplit(public)
    return {*asked, f"{parts.scheme}://{parts.netloc}"}
