"""Addresses of pages: whose they are, and without who is named in them."""

from urllib.parse import urlsplit

# Where a country's names are given out below a second label: shop.co.uk is one, co.uk is none.
_SHARED = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "ne", "net", "nom", "or", "org"})


def host_of(url: str) -> str:
    """Return the host that an address names."""
    return urlsplit(url).hostname or ""


def registered(url: str) -> str:
    """Return the part of the host's name that somebody has registered, as far as the name tells.

    The list of public suffixes would tell exactly, and is 300 KB that change every week.
    """
    host = host_of(url)
    labels = host.split(".")
    if len(labels) < 3 or labels[-1].isdigit() or ":" in host:
        return host
    below = len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3 if below else -2 :])


def without_user(url: str) -> str:
    """Return an address without a user's name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def below(url: str, base: str) -> bool:
    """Whether an address is another one, or lies below it: /a/b is below /a, and /ab is not."""
    base = base.rstrip("/")
    return url.startswith(base) and url[len(base) :][:1] in ("", "/", "?", "#")


def path_of(url: str) -> str:
    """Return an address without its scheme, user, query and fragment."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
