"""Logging in by an OpenID provider: what was begun there, and who it says that somebody is."""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass, field

from fettle.model.role import Role


@dataclass(frozen=True)
class Begun:
    """What only the browser that began it knows: three random texts (RFC 6749, 7636, OpenID)."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def now(cls) -> "Begun":
        """Begin."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (S256)."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")

    def document(self) -> dict[str, str]:
        """Return it to be kept."""
        return asdict(self)


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider, and what it makes of them."""

    issuer: str
    subject: str
    name: str | None
    """What they would be called here; None where the provider does not say."""
    role: Role | None
    """What they are here; None when they are nobody unless they were invited."""
    decides: bool
    """Whether the provider says what they are at each log-in, or only when they are new."""
