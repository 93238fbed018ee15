"""Browsers in which somebody has logged in before.

Each carries an id and, for the last few who have logged in there, a hash that nobody else can make.
It opens nothing. It says of an attempt to log in that it does not come from a stranger: so who
guesses at a name from everywhere keeps nobody out of it.
"""

import hmac
import secrets

from fettle.flow.people.sealed import Sealing

_PURPOSE = "device"
_MOST = 5
_LONGEST = 1000


def known_by(sealing: Sealing, carried: str, user: str) -> str:
    """Return what a browser carries from now on, in which a user has logged in."""
    id_, *before = _parts(carried) or (secrets.token_urlsafe(12),)
    mark = _mark(sealing, id_, user)
    return ".".join([id_, mark, *(one for one in before if one != mark)][: _MOST + 1])


def id_of(sealing: Sealing, carried: str, user: str) -> str | None:
    """Return the id of a browser in which a user has logged in before; None for any other."""
    id_, *marks = _parts(carried) or ("",)
    mark = _mark(sealing, id_, user).encode()
    found = [one for one in marks if hmac.compare_digest(one.encode("utf-8", "replace"), mark)]
    return id_ if found else None


def _parts(carried: str) -> list[str]:
    return carried[:_LONGEST].split(".") if carried else []


def _mark(sealing: Sealing, id_: str, user: str) -> str:
    return sealing.keyed(_PURPOSE, f"{id_} {user.strip().lower()}").hex()[:32]
