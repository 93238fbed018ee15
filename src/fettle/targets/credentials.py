"""What lets somebody look at an address: a token, or a user and a password; never printed."""

import base64
from urllib.parse import unquote, urlsplit, urlunsplit


def authorization(
    url: str, token: str | None, user: str | None = None, password: str | None = None
) -> str | None:
    """Return the header by which somebody may look: a token's, a user's, or the address's own's."""
    if token is not None:
        return f"Bearer {token}"
    if user is None and password is None:
        parts = urlsplit(url)
        user, password = (part and unquote(part) for part in (parts.username, parts.password))
    if user is None and password is None:
        return None
    account = f"{user or ''}:{password or ''}"
    return f"Basic {base64.b64encode(account.encode()).decode()}"


def without_user(url: str) -> str:
    """Return an address without its user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
