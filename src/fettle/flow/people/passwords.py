"""Passwords: hashed by argon2id, beside the event loop, two at a time.

Comparing takes the same time whether or not there is such a user, and whatever is wrong: who asks
does not learn which names there are.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fettle.errors import WrongUsage

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST = 1024
_AT_ONCE = 2


@dataclass(frozen=True)
class Effort:
    """What one hash costs: RFC 9106's second choice, a tenth of a second of two cores."""

    rounds: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


class Passwords:
    """Hashes passwords of so many characters at least, and compares them."""

    def __init__(self, shortest: int, effort: Effort | None = None) -> None:
        self.shortest = shortest
        self._effort = effort or Effort()
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
        return await to_thread.run_sync(self._hash, password, limiter=self._limit)

    async def fits(self, password: str, hash_: str | None) -> bool:
        """Whether it is the password of a hash; None fits none, and takes as long."""
        if len(password) > LONGEST:
            password, hash_ = "", None
        return await to_thread.run_sync(self._fits, password, hash_, limiter=self._limit)

    def is_outdated(self, hash_: str) -> bool:
        """Whether a hash was made with another effort than is made now."""
        return self._hasher.check_needs_rehash(hash_)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_bytes(password))

    def _fits(self, password: str, hash_: str | None) -> bool:
        from argon2.exceptions import VerifyMismatchError

        try:
            self._hasher.verify(hash_ or self._nobody, _bytes(password))
        except VerifyMismatchError:
            return False
        return hash_ is not None

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        effort = self._effort
        return PasswordHasher(effort.rounds, effort.memory_kib, effort.lanes)

    @cached_property
    def _nobody(self) -> str:
        """What a password is compared with where there is nothing else; it is nobody's."""
        return self._hash(secrets.token_urlsafe())


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
