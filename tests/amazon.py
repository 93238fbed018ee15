"""An Amazon SNS of one's own: it signs, and serves its certificate on loopback over TLS."""

import base64
import ipaddress
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from fettle.model.ports import Clock
from fettle.model.signed import Digest, Signed
from fettle.targets.amazon_sns import AmazonSns
from fettle.targets.outgoing import Outgoing
from fettle.testing import START
from tests.receiving import Receiving, receiving

# TLS looks at the real clock, whatever the tests' own says.
_TLS_FROM, _TLS_UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}
LOOPBACK = re.compile(r"127\.0\.0\.1:\d+")


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    """Return a key of that name, made when it is first asked for."""
    del name  # it only tells keys apart
    return rsa.generate_private_key(65537, 2048)


def certificate(key: rsa.RSAPrivateKey, begins: datetime, ends: datetime) -> bytes:
    """Return a certificate for 127.0.0.1 that its own key has signed, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


@dataclass(frozen=True)
class Amazon:
    """What serves, where its certificate is, and who believes it."""

    server: Receiving
    trusted: ssl.SSLContext

    @property
    def certificate_url(self) -> str:
        """The address of its certificate."""
        return f"{self.server.url}/SimpleNotificationService-1.pem"

    def proving(self, clock: Clock, trusted: ssl.SSLContext | None = None) -> AmazonSns:
        """Return what proves messages by it."""
        return AmazonSns(Outgoing(("127.0.0.1",), trusted or self.trusted), clock, LOOPBACK)

    def signed(self, text: bytes, digest: Digest) -> Signed:
        """Return a text as it signs it."""
        signature = key_of("sns").sign(text, padding.PKCS1v15(), _HASHES[digest]())
        return Signed(text, signature, digest, self.certificate_url)

    def written(self, signed: Signed) -> str:
        """Return the signature of what was to be signed, as an envelope holds it."""
        made = self.signed(signed.text, signed.digest)
        return base64.b64encode(made.signature).decode()


@contextmanager
def amazon(folder: Path) -> Iterator[Amazon]:
    """Serve until the block ends; its certificate is in force for a day round the tests' START."""
    key = key_of("tls")
    tls = certificate(key, _TLS_FROM, _TLS_UNTIL)
    chain = folder / "tls.pem"
    chain.write_bytes(
        tls
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with receiving(context) as server:
        day = timedelta(hours=12)
        server.body = certificate(key_of("sns"), START - day, START + day)
        yield Amazon(server, ssl.create_default_context(cadata=tls.decode()))
