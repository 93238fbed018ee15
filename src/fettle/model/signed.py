"""What a sender has signed, to be believed before it is kept."""

from dataclasses import dataclass
from typing import Literal

Digest = Literal["sha1", "sha256"]


@dataclass(frozen=True)
class Signed:
    """A message as its sender signed it, and where the certificate for it is to be had."""

    text: bytes
    signature: bytes
    digest: Digest
    certificate_url: str
