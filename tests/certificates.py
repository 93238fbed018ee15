"""Certificates made for tests: of an authority of their own, for whatever name and time."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key; `issuer` is who signed it, itself if nobody."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        """The certificate as a file holds it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as a server shows it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def server(self, folder: Path, *chain: "Pair") -> ssl.SSLContext:
        """Return what a server shows it with, and the chain above it."""
        own, key = folder / "own.pem", folder / "key.pem"
        own.write_bytes(b"".join(one.pem for one in (self, *chain)))
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own, key)
        return context


def authority(name: str = "Fettle's tests") -> Pair:
    """Return an authority that signs others."""
    return made(name, (), by=None, is_authority=True, begins=-10 * DAY, ends=1000 * DAY)


def made(
    name: str,
    names: Sequence[str],
    *,
    by: Pair | None,
    is_authority: bool = False,
    begins: timedelta = -DAY,
    ends: timedelta = 90 * DAY,
) -> Pair:
    """Return a certificate for names or addresses, signed by somebody or by itself."""
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = key if by is None else by.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if names:
        alternatives = x509.SubjectAlternativeName([_name(one) for one in names])
        builder = builder.add_extension(alternatives, critical=False)
    return Pair(builder.sign(signer, hashes.SHA256()), key)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
