"""What proves that a message comes from Amazon SNS: its signature, by a certificate of Amazon's.

1. The certificate is fetched from a host of Amazon SNS, and from nowhere else, over TLS: whoever
   writes a message could name a certificate of his own.
2. It must be in force. It is kept for an hour: each message names it, and they are few.
3. A subscription is confirmed at such a host only.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fettle.errors import NotAllowed, Unreachable
from fettle.model.ports import Clock
from fettle.model.signed import Signed
from fettle.targets.outgoing import Outgoing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# As Amazon's own validators have it; a port, or a user before the host, is none of it.
AMAZON = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?", re.IGNORECASE)

_ADDRESS = re.compile(r"https://(?P<host>[^/?#\\]{1,300})(?P<path>/[!-~]{0,1700})?")
_KEPT_FOR = timedelta(hours=1)
_MOST_KEPT = 32


@dataclass(frozen=True)
class _Certificate:
    key: "RSAPublicKey"
    begins: datetime
    ends: datetime
    fetched_at: datetime


class AmazonSns:
    """Prove messages; implements model.ports.Signatures. `hosts` fits those that are Amazon's."""

    def __init__(self, outgoing: Outgoing, clock: Clock, hosts: re.Pattern[str] = AMAZON) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._hosts = hosts
        self._kept: OrderedDict[str, _Certificate] = OrderedDict()

    async def prove(self, signed: Signed) -> None:
        """See model.ports.Signatures."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        certificate = await self._certificate(signed.certificate_url)
        if not certificate.begins <= self._clock.now() <= certificate.ends:
            raise NotAllowed("the certificate that the message names is not in force")
        digests = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}
        try:
            digest = digests[signed.digest]()
            certificate.key.verify(signed.signature, signed.text, padding.PKCS1v15(), digest)
        except InvalidSignature:
            raise NotAllowed("the signature of the message is not right: it was forged") from None

    async def confirm(self, url: str) -> None:
        """See model.ports.Signatures."""
        self._of_amazon(url, "SubscribeURL")
        answer = await self._outgoing.call("GET", url)
        if not 200 <= answer.status < 300:
            raise Unreachable(f"Amazon SNS answered {answer.status} to the confirmation")

    async def _certificate(self, url: str) -> _Certificate:
        now = self._clock.now()
        kept = self._kept.get(url)
        if kept is not None and abs(now - kept.fetched_at) < _KEPT_FOR:
            return kept
        self._of_amazon(url, "SigningCertURL")
        if not url.endswith(".pem"):
            raise NotAllowed("SigningCertURL: is the address of no certificate")
        fetched = await self._fetch(url, now)
        self._kept[url] = fetched
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return fetched

    async def _fetch(self, url: str, now: datetime) -> _Certificate:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

        answer = await self._outgoing.call("GET", url)
        if answer.status != 200:
            raise Unreachable(f"Amazon SNS answered {answer.status} instead of its certificate")
        try:
            found = x509.load_pem_x509_certificate(answer.body)
            key = found.public_key()
        except ValueError as error:
            raise Unreachable(f"Amazon SNS answered no certificate: {error}") from error
        if not isinstance(key, RSAPublicKey):
            raise NotAllowed("the certificate that the message names is none of Amazon SNS's")
        return _Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc, now)

    def _of_amazon(self, url: str, name: str) -> None:
        address = _ADDRESS.fullmatch(url)
        if address is None or not self._hosts.fullmatch(address["host"]):
            raise NotAllowed(f"{name}: is no https address of Amazon SNS")
