"""What CloudWatch's alarms say through Amazon SNS."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from fettle.intake import sns_envelope
from fettle.intake.mapping import HookOptions
from fettle.model.severity import Severity
from tests.intake.alerts.posting import one, read, refused

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
ALARM: dict[str, Any] = {
    "AlarmName": "shop-5xx",
    "AlarmDescription": "Too many errors",
    "AWSAccountId": "123456789012",
    "AlarmConfigurationUpdatedTimestamp": "2025-12-01T09:00:00.000+0000",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: 1 datapoint [12.0] was greater than 5.0",
    "StateChangeTime": "2026-01-01T11:59:00.123+0000",
    "Region": "EU (Frankfurt)",
    "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:shop-5xx",
    "OldStateValue": "OK",
    "OKActions": [TOPIC],
    "Trigger": {
        "MetricName": "HTTPCode_ELB_5XX",
        "Namespace": "AWS/ELB",
        "Dimensions": [{"name": "LoadBalancer", "value": "shop"}],
    },
}


def envelope(message: object, **more: object) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "ALARM: shop-5xx",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-01-01T11:59:01.000Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE=",
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-x.pem",
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        **more,
    }


CONFIRMATION = envelope(
    "You have chosen to subscribe",
    Type="SubscriptionConfirmation",
    Token="2336412f37f",
    SubscribeURL="https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
)


@pytest.mark.parametrize("payload", [envelope(ALARM), ALARM], ids=["enveloped", "raw"])
def test_an_alarm_says_all_that_stands_in_it(payload: dict[str, Any]) -> None:
    signal = one("sns", payload)

    assert (signal.source, signal.key) == ("prod/sns", ALARM["AlarmArn"])
    assert (signal.title, signal.firing) == ("shop-5xx", True)
    assert signal.text.startswith("Too many errors\n\nThreshold Crossed")
    assert (signal.severity, signal.said_severity) == (None, "ALARM")
    assert signal.labels["LoadBalancer"] == "shop"
    assert signal.started_at == datetime(2026, 1, 1, 11, 59, 0, 123000, tzinfo=UTC)


def test_an_ok_ends_it_and_too_little_data_does_not() -> None:
    end = one("sns", envelope({**ALARM, "NewStateValue": "OK"}))
    unknown = one("sns", envelope({**ALARM, "NewStateValue": "INSUFFICIENT_DATA"}))

    assert (end.key, end.firing, end.ended_at is None) == (ALARM["AlarmArn"], False, False)
    assert (unknown.firing, unknown.title) == (True, "shop-5xx has too little data")


def test_what_a_hook_adds_and_maps_is_added_and_mapped() -> None:
    options = HookOptions(service="shop", severities={"alarm": Severity.CRITICAL})
    signal = one("sns", envelope(ALARM), options)

    assert (signal.service, signal.severity) == ("shop", Severity.CRITICAL)


def test_an_alarm_without_an_arn_is_told_by_account_region_and_name() -> None:
    old = {name: value for name, value in ALARM.items() if name != "AlarmArn"}

    assert one("sns", envelope(old)).key == "123456789012:EU (Frankfurt):shop-5xx"


def test_a_subscription_is_noted() -> None:
    assert "asked for" in str(read("sns", CONFIRMATION).note)
    ended = {**CONFIRMATION, "Type": "UnsubscribeConfirmation"}
    assert "ended" in str(read("sns", ended).note)


def test_what_is_signed_is_written_as_amazon_writes_it() -> None:
    told = sns_envelope.opened(json.dumps(envelope("hello")).encode())
    bare = sns_envelope.opened(json.dumps(envelope("hello", Subject=None)).encode())
    asked = sns_envelope.opened(json.dumps(CONFIRMATION).encode())

    assert told is not None
    assert bare is not None
    assert asked is not None
    assert told.signed.text.decode() == (
        "Message\nhello\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\n"
        "Subject\nALARM: shop-5xx\nTimestamp\n2026-01-01T11:59:01.000Z\n"
        f"TopicArn\n{TOPIC}\nType\nNotification\n"
    )
    assert b"Subject" not in bare.signed.text
    assert asked.signed.text.decode().split("\n")[::2] == [
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
        "",
    ]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (envelope("a plain text"), "Message: is no CloudWatch alarm; it says 'a plain text'"),
        (envelope({"source": "aws.ec2"}), "Message.NewStateValue: is missing"),
        (envelope({**ALARM, "NewStateValue": "ODD"}), "Message.NewStateValue: is none of"),
        (envelope("{torn"), "Message is not JSON"),
        (envelope(ALARM, Type="Odd"), "Type: is none of Notification"),
        (envelope(ALARM, SignatureVersion="3"), "SignatureVersion: is neither 1 nor 2"),
        (envelope(ALARM, Signature="ü"), "Signature: is not written in base64"),
        (envelope(ALARM, SigningCertURL=None), "SigningCertURL: is missing"),
        ({"alerts": [], "groupKey": ""}, "NewStateValue: is missing; this looks like a payload"),
    ],
)
def test_what_is_torn_is_refused_with_the_place(payload: object, reason: str) -> None:
    assert refused("sns", payload).reason.startswith(reason)
