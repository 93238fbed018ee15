"""The envelope that Amazon SNS puts round a message, and what of it is signed.

What is signed, and how: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from fettle.errors import BadPayload
from fettle.intake.alerts import _json
from fettle.intake.alerts._json import Part
from fettle.model.signed import Digest, Signed

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# Subject is signed where there is one.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: _CONFIRMED,
    UNSUBSCRIPTION: _CONFIRMED,
}
_DIGESTS: Mapping[str, Digest] = {"1": "sha1", "2": "sha256"}


@dataclass(frozen=True)
class Envelope:
    """A message in its envelope; `subscribe_url` confirms a subscription."""

    kind: str
    topic: str
    subject: str | None
    message: str
    signed: Signed
    subscribe_url: str | None = None

    @property
    def confirms(self) -> str | None:
        """The address that confirms what is asked for; the end of a subscription has one too."""
        return self.subscribe_url if self.kind == SUBSCRIPTION else None


def opened(body: bytes) -> Envelope | None:
    """Return the envelope that a body is; None for a message that was delivered raw.

    Raises BadPayload for one that is torn.
    """
    found = _json.document(body)
    if not isinstance(found, dict) or not found.keys() & {"Type", "TopicArn", "SigningCertURL"}:
        return None
    whole = Part(found)
    kind = whole.needed("Type")
    if kind not in _SIGNED:
        raise whole.bad("Type", f"is none of {', '.join(_SIGNED)}")
    return Envelope(
        kind,
        whole.needed("TopicArn"),
        whole.text("Subject"),
        _string(whole, "Message"),
        _signed(whole, kind),
        None if kind == NOTIFICATION else whole.needed("SubscribeURL"),
    )


def _signed(whole: Part, kind: str) -> Signed:
    digest = _DIGESTS.get(whole.needed("SignatureVersion"))
    if digest is None:
        raise whole.bad("SignatureVersion", "is neither 1 nor 2")
    try:
        signature = base64.b64decode(whole.needed("Signature"), validate=True)
    except (binascii.Error, ValueError):
        raise whole.bad("Signature", "is not written in base64") from None
    names = [
        name
        for name in _SIGNED[kind]
        if name != "Subject" or whole.members.get("Subject") is not None
    ]
    text = "".join(f"{name}\n{_string(whole, name)}\n" for name in names)
    # A half of a surrogate pair cannot have been signed: what stands for it fits no signature.
    return Signed(
        text.encode("utf-8", "replace"), signature, digest, whole.needed("SigningCertURL")
    )


def _string(whole: Part, name: str) -> str:
    value = whole.members.get(name)
    if not isinstance(value, str):
        raise BadPayload(f"{name}: is {'missing' if value is None else 'not a text'}")
    return value
