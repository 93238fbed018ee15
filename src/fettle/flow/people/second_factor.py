"""The second factor: codes of a time (RFC 6238), and codes that stand in for it when it is lost."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
_EARLIER, _LATER = 1, 1  # steps that a telephone's clock may be off
_SECRET_BYTES = 20  # as long as the hash's result, RFC 4226
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


def new_secret() -> bytes:
    """Return a secret to share with somebody's telephone."""
    return secrets.token_bytes(_SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step: RFC 4226's, of the step's number."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(now: datetime) -> int:
    """Return the number of the step that a moment is in."""
    return int(now.timestamp()) // STEP_S


def fitting(secret: bytes, code: str, now: datetime) -> int | None:
    """Return the step whose code it is, of this one and its neighbours; None when of none."""
    given = re.sub(r"\s", "", code)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", given):
        return None
    this = step_of(now)
    steps = range(this - _EARLIER, this + _LATER + 1)
    found = [step for step in steps if hmac.compare_digest(code_at(secret, step), given)]
    return max(found, default=None)


def address(secret: bytes, name: str, site: str) -> str:
    """Return what a telephone reads from the picture."""
    label = quote(f"Fettle {site}:{name}", safe=":@")
    issuer = quote(f"Fettle {site}")
    return f"otpauth://totp/{label}?secret={written(secret)}&issuer={issuer}"


def written(secret: bytes) -> str:
    """Return a secret as people type it into a telephone that cannot see the picture."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def new_codes() -> list[str]:
    """Return recovery codes: 80 random bits each, so that a plain hash protects them."""
    return [_grouped(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(_RECOVERY_CODES)]


def hashed(code: str) -> bytes:
    """Return what is kept of a recovery code, however it was typed."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode()).digest()


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode("ascii").lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
