"""What somebody else carries for us, and can neither read nor change: sealed, for one purpose.

A log-in that waits for its second factor, or for a provider, is carried by the browser itself:
nothing has to be kept for who never comes back, and any server can go on with it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

KEY = "people"
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Sealing:
    """Seals with a key of this installation."""

    key: bytes = field(repr=False)

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Return it sealed; only under the same purpose it is opened again."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed: bytes = self._cipher().encrypt(nonce, content, purpose.encode())
        return nonce + sealed

    def open(self, purpose: str, sealed: bytes) -> bytes | None:
        """Return what was sealed for a purpose; None when it was not, or was changed."""
        from cryptography.exceptions import InvalidTag

        try:
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            opened: bytes = self._cipher().decrypt(nonce, content, purpose.encode())
        except (InvalidTag, ValueError):
            return None
        return opened

    def carry(
        self, purpose: str, content: Mapping[str, Any], now: datetime, lasts: timedelta
    ) -> str:
        """Return something for a browser to carry for a while."""
        until = (now + lasts).timestamp()
        sealed = self.seal(purpose, json.dumps([until, content]).encode())
        return base64.urlsafe_b64encode(sealed).decode("ascii")

    def carried(self, purpose: str, text: str, now: datetime) -> dict[str, Any] | None:
        """Return what a browser has carried; None when it is not ours, or took too long."""
        try:
            sealed = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        opened = self.open(purpose, sealed)
        if opened is None:
            return None
        until, content = json.loads(opened)
        found: dict[str, Any] | None = content if now.timestamp() < until else None
        return found

    def keyed(self, purpose: str, text: str) -> bytes:
        """Return a hash of a text that nobody without the key can guess."""
        said = f"{purpose}:{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key, said, hashlib.sha256)

    def _cipher(self) -> Any:  # noqa: ANN401 - imported when it is needed
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.key)
