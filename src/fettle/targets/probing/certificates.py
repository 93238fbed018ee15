"""What a certificate says, and why it is not believed: read from its bytes, whoever believes it."""

import ipaddress
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from fettle.model.probed import Distrust

# OpenSSL's numbers (X509_V_ERR_…): what a chain is refused for, where the leaf alone is no reason.
_OF_THE_ISSUER = frozenset({2, 19, 20, 21, 27})
_OTHER_NAME = frozenset({62, 63, 64})
# What the library raises for bytes that only look like a certificate.
_NONE = (
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    TypeError,
    UnicodeError,
)


@dataclass(frozen=True)
class Shown:
    """A certificate as a host showed it; `error` is why this machine does not believe it."""

    host: str
    authority: str
    der: bytes
    error: ssl.SSLCertVerificationError | None = None


@dataclass(frozen=True)
class Read:
    """What is written in a certificate."""

    not_before: datetime
    not_after: datetime
    issuer: str
    names: tuple[str, ...]
    own_issuer: bool
    serial: int = 0


def read(der: bytes) -> Read:
    """Return what is written in a certificate; raises ValueError for what is none."""
    try:
        with warnings.catch_warnings():  # of what is odd in it: it is read, not judged
            warnings.simplefilter("ignore")
            return _read(x509.load_der_x509_certificate(der))
    except _NONE as error:
        raise ValueError(str(error)) from None


def _read(parsed: x509.Certificate) -> Read:
    return Read(
        parsed.not_valid_before_utc,
        parsed.not_valid_after_utc,
        _name(parsed.issuer),
        tuple(_names(parsed)),
        parsed.issuer == parsed.subject,
        parsed.serial_number,
    )


def distrust(shown: Shown, read_: Read, now: datetime) -> tuple[Distrust, ...]:
    """Return every reason why it is not believed: OpenSSL tells the first one only."""
    if shown.error is None:
        return ()
    code = shown.error.verify_code
    found = list(_of_the_leaf(shown.host, read_, now))
    if code in _OTHER_NAME and Distrust.OTHER_NAME not in found:
        found.append(Distrust.OTHER_NAME)
    if code in _OF_THE_ISSUER and Distrust.SELF_SIGNED not in found:
        found.append(Distrust.UNKNOWN_ISSUER)
    return tuple(found) or (Distrust.CHAIN,)


def _of_the_leaf(host: str, read_: Read, now: datetime) -> Iterator[Distrust]:
    if now >= read_.not_after:
        yield Distrust.EXPIRED
    if now < read_.not_before:
        yield Distrust.NOT_YET_VALID
    if not any(_fits(host, name) for name in read_.names):
        yield Distrust.OTHER_NAME
    if read_.own_issuer:
        yield Distrust.SELF_SIGNED


def _fits(host: str, name: str) -> bool:
    """Whether a name in a certificate is a host's; a star is one label, the first (RFC 9525)."""
    host, name = host.lower(), name.lower().rstrip(".")
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return host == name


def _name(name: x509.Name) -> str:
    """Return how people call an issuer: its organisation, and which of its keys it is."""
    told = [
        str(one.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        for one in name.get_attributes_for_oid(oid)
    ]
    return " ".join(dict.fromkeys(told)) or "nobody that it names"


def _names(parsed: x509.Certificate) -> Iterator[str]:
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for one in names:
        if isinstance(one, x509.DNSName):
            yield one.value
        elif isinstance(one, x509.IPAddress):
            yield str(one.value)


def is_address(host: str) -> bool:
    """Whether a host is called by its address."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
