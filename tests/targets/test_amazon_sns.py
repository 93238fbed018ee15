"""A message is believed for its signature, by a certificate from Amazon's own host."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fettle.errors import NotAllowed, Unreachable
from fettle.model.signed import Digest, Signed
from fettle.targets.amazon_sns import AMAZON, AmazonSns
from fettle.targets.outgoing import Outgoing
from fettle.testing import SteppedClock
from tests.amazon import Amazon, amazon, certificate, key_of

TEXT = b"Message\nhello\n"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Amazon]:
    """Give an Amazon SNS on loopback."""
    with amazon(tmp_path) as serving:
        yield serving


@pytest.fixture
def clock() -> SteppedClock:
    """Give a clock that stands still."""
    return SteppedClock()


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
async def test_what_amazon_signed_is_believed_by_a_certificate_fetched_once(
    aws: Amazon, clock: SteppedClock, digest: Digest
) -> None:
    proving = aws.proving(clock)
    for text in (TEXT, b"another"):
        await proving.prove(aws.signed(text, digest))

    assert [one.path for one in aws.server.requests] == ["/SimpleNotificationService-1.pem"]


async def test_a_certificate_is_fetched_again_after_an_hour(
    aws: Amazon, clock: SteppedClock
) -> None:
    proving = aws.proving(clock)
    await proving.prove(aws.signed(TEXT, "sha256"))
    await clock.sleep(3601)
    await proving.prove(aws.signed(TEXT, "sha256"))

    assert len(aws.server.requests) == 2


async def test_what_was_forged_is_refused(aws: Amazon, clock: SteppedClock) -> None:
    signed = aws.signed(TEXT, "sha256")
    for forged in (
        replace(signed, text=b"Message\nother\n"),
        replace(signed, signature=b""),
        replace(signed, signature=signed.signature[:-1] + b"\0"),
        replace(signed, digest="sha1"),
    ):
        with pytest.raises(NotAllowed, match="forged"):
            await aws.proving(clock).prove(forged)


async def test_a_certificate_of_somebody_else_proves_nothing(
    aws: Amazon, clock: SteppedClock
) -> None:
    whole_day = (clock.now().replace(hour=0), clock.now().replace(hour=23))
    aws.server.body = certificate(key_of("other"), *whole_day)

    with pytest.raises(NotAllowed, match="forged"):
        await aws.proving(clock).prove(aws.signed(TEXT, "sha256"))


@pytest.mark.parametrize("hours", [13, -13])
async def test_a_certificate_that_is_not_in_force_proves_nothing(
    aws: Amazon, clock: SteppedClock, hours: int
) -> None:
    await clock.sleep(hours * 3600)

    with pytest.raises(NotAllowed, match="not in force"):
        await aws.proving(clock).prove(aws.signed(TEXT, "sha256"))


async def test_a_host_that_tls_does_not_believe_is_not_asked(
    aws: Amazon, clock: SteppedClock
) -> None:
    of_the_web = ssl.create_default_context()

    with pytest.raises(Unreachable, match=r"(?i)certificate"):
        await aws.proving(clock, of_the_web).prove(aws.signed(TEXT, "sha256"))
    assert aws.server.requests == []


@pytest.mark.parametrize("body", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
async def test_what_is_no_certificate_proves_nothing(
    aws: Amazon, clock: SteppedClock, body: bytes
) -> None:
    aws.server.body = body

    with pytest.raises(Unreachable, match="no certificate"):
        await aws.proving(clock).prove(aws.signed(TEXT, "sha256"))


async def test_an_answer_that_is_an_error_proves_nothing(aws: Amazon, clock: SteppedClock) -> None:
    aws.server.status = 404

    with pytest.raises(Unreachable, match="404"):
        await aws.proving(clock).prove(aws.signed(TEXT, "sha256"))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/a.pem",
        "https://evil.example#sns.eu-central-1.amazonaws.com/a.pem",
        "https://evil.example\\@sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/a.pem",
        "https://user@sns.eu-central-1.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com:8443/a.pem",
        "https://snsXeu-central-1.amazonaws.com/a.pem",
        "https://sns.s3.eu.amazonaws.com/a.pem",
        "https://sns.eu-central-1.amazonaws.com/a.pem\n",
        "https://sns.eu-central-1.amazonaws.com/a b.pem",
        "https://127.0.0.1/a.pem",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_host_that_is_not_amazons_is_never_called(url: str, clock: SteppedClock) -> None:
    proving = AmazonSns(Outgoing(("0.0.0.0/0",)), clock)

    with pytest.raises(NotAllowed, match="SigningCertURL: is no https address of Amazon SNS"):
        await proving.prove(Signed(TEXT, b"", "sha256", url))
    with pytest.raises(NotAllowed, match="SubscribeURL: is no https address of Amazon SNS"):
        await proving.confirm(url)


@pytest.mark.parametrize(
    "host",
    [
        "sns.us-east-1.amazonaws.com",
        "sns.us-gov-west-1.amazonaws.com",
        "sns.cn-north-1.amazonaws.com.cn",
    ],
)
def test_amazons_hosts_are_known(host: str) -> None:
    assert AMAZON.fullmatch(host)


async def test_another_file_of_amazons_host_is_no_certificate(
    aws: Amazon, clock: SteppedClock
) -> None:
    signed = replace(aws.signed(TEXT, "sha256"), certificate_url=f"{aws.server.url}/x?Action=y")

    with pytest.raises(NotAllowed, match="no certificate"):
        await aws.proving(clock).prove(signed)
    assert aws.server.requests == []


async def test_a_subscription_is_confirmed_by_calling_its_address(
    aws: Amazon, clock: SteppedClock
) -> None:
    await aws.proving(clock).confirm(f"{aws.server.url}/?Action=ConfirmSubscription&Token=1")

    assert [one.path for one in aws.server.requests] == ["/?Action=ConfirmSubscription&Token=1"]
    aws.server.status = 500
    with pytest.raises(Unreachable, match="500 to the confirmation"):
        await aws.proving(clock).confirm(f"{aws.server.url}/")
