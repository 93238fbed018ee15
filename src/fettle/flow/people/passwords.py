"""Passwords: hashed by argon2 as RFC 9106 recommends, beside the event loop, two at a time.

Comparing takes the same time whether or not there is such a user, and whatever is wrong: who asks
does not learn which names there are.
"""

from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fettle.errors import WrongUsage

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST = 1024
_AT_ONCE = 2  # each takes 64 MiB and every core it is given, for a tenth of a second
# Nobody's: what a password is compared with where there is no other hash.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$h"
    "pijt1dGjegMFdggdcJWkg$j3obQ4V4bO5pntUJ7nWKaoJo1ITTkRqMVBfjO/J9bmg"
)


class Passwords:
    """Hashes passwords, and compares them."""

    def __init__(self, shortest: int) -> None:
        self.shortest = shortest
        self._limit = anyio.CapacityLimiter(_AT_ONCE)

    def refuse(self, password: str, name: str) -> None:
        """Raise WrongUsage for a password that is easily guessed, or no password."""
        if len(password) < self.shortest:
            raise WrongUsage(
                f"the password is too short: it has {self.shortest} characters at least",
                remedy="a few words that only you would put together are a good one",
            )
        if len(password) > LONGEST:
            raise WrongUsage(f"a password has at most {LONGEST:,} characters")
        plain = password.strip().lower()
        if len(set(plain)) < 4 or (name and name in plain and len(plain) < 2 * len(name) + 8):
            raise WrongUsage("the password is one that is easily guessed", remedy="choose another")

    async def hashed(self, password: str) -> str:
        """Return the hash of a password."""
        return await to_thread.run_sync(_hashed, password, limiter=self._limit)

    async def fits(self, password: str, hash_: str | None) -> bool:
        """Whether it is the password of a hash; None fits none, and takes as long."""
        if len(password) > LONGEST:
            password, hash_ = "", None
        fits = await to_thread.run_sync(_fits, password, hash_ or _NOBODY, limiter=self._limit)
        return fits and hash_ is not None

    def is_outdated(self, hash_: str) -> bool:
        """Whether a hash was made with less effort than is made now."""
        return _hasher().check_needs_rehash(hash_)


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


def _hashed(password: str) -> str:
    return _hasher().hash(_bytes(password))


def _fits(password: str, hash_: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(hash_, _bytes(password))
    except VerifyMismatchError:
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
