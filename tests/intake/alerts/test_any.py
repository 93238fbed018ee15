"""Whatever comes to a door, it is read or refused, and what is read can be kept."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload
from fettle.intake.alerts._shapes import NAMES
from fettle.intake.mapping import HookOptions, Mapped, Posted, Template, mapping_of, vendors
from tests.intake.alerts import (
    test_alertmanager,
    test_cloudevents,
    test_datadog,
    test_generic,
    test_grafana,
    test_pagerduty,
    test_pingdom,
    test_sentry,
    test_sns,
    test_uptime_kuma,
)
from tests.intake.alerts.posting import NOTHING, NOW

VALID: list[tuple[str, Any]] = [
    ("alertmanager", test_alertmanager.payload(test_alertmanager.FIRING)),
    ("grafana", test_grafana.payload(test_grafana.FIRING)),
    ("pagerduty", test_pagerduty.TRIGGER),
    ("sentry", test_sentry.issue("created")),
    ("sentry", test_sentry.METRIC),
    ("uptime-kuma", test_uptime_kuma.DOWN),
    ("datadog", test_datadog.FIRING),
    ("datadog", test_datadog.DEFAULT),
    ("sns", test_sns.ALARM),
    ("sns", test_sns.envelope(test_sns.ALARM)),
    ("pingdom", test_pingdom.DOWN),
    ("generic", test_generic.PLAIN),
    ("generic", test_cloudevents.EVENT),
]
TEMPLATED = HookOptions(template=Template(items="checks", title="{a.b} {$.c[0]}", firing="x"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["", " ", "\0", "\ud800", "1e999", "9" * 400, "0001-01-01T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "sentry-hook-resource", "ce-specversion", "ce-id", "ce-source", "ce-type"]
    ),
    st.sampled_from(["1.0", "issue", "metric_alert", "application/json", "%", "%00%ff", "x" * 999])
    | st.text(st.characters(max_codepoint=255)),
)
DOORS = sorted(vendors())


def judged(
    door: str,
    body: bytes,
    headers: dict[str, str] | None = None,
    options: HookOptions = NOTHING,
) -> Mapped | None:
    """Read a body: what is read must be bounded, and fit to be kept; what is refused is told."""
    reason = None
    try:
        mapped = mapping_of(door)(Posted("prod", body, NOW, headers or {}, options, proved=True))
    except BadPayload as error:
        reason = error.reason
    if reason is not None:
        assert 0 < len(reason) < 1000
        reason.encode()
        return None
    for signal in mapped.signals:
        assert 0 < len(signal.key) <= 255
        assert 0 < len(signal.title) <= 250
        assert len(signal.text) <= 20_000
        assert len(signal.labels) <= 200 + len(options.labels)
        assert all(len(text) <= 1000 for pair in signal.labels.items() for text in pair)
        assert len(signal.said_severity or "") <= 60
        assert len(signal.service or "") <= 200
        assert len(signal.group or "") <= 255
        assert len(signal.url or "") <= 2000
        for text in (signal.key, signal.title, signal.text, *signal.labels, signal.service or ""):
            text.encode()
            assert "\0" not in text
    assert all(0 < len(key) <= 255 for key in mapped.acknowledged)
    assert len(mapped.rejected) <= 101
    assert all(len(one.at) < 300 and len(one.reason) < 1000 for one in mapped.rejected)
    assert len(mapped.note or "") < 1000
    return mapped


def test_every_door_has_a_name_and_a_valid_payload_here() -> None:
    assert DOORS == sorted(NAMES) == sorted({door for door, _ in VALID})
    for door, payload in VALID:
        mapped = judged(door, json.dumps(payload).encode())
        assert mapped is not None
        assert len(mapped.signals) == 1


@pytest.mark.parametrize("door", DOORS)
@given(body=st.binary(max_size=200), headers=HEADERS)
def test_any_bytes(door: str, body: bytes, headers: dict[str, str]) -> None:
    judged(door, body, headers)


@pytest.mark.parametrize("door", DOORS)
@given(value=JSON, headers=HEADERS, options=st.sampled_from([NOTHING, TEMPLATED]))
def test_any_json(door: str, value: object, headers: dict[str, str], options: HookOptions) -> None:
    judged(door, json.dumps(value).encode(), headers, options)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the way to everything that stands in a payload."""
    if place:
        yield place
    members = dict(enumerate(value)) if isinstance(value, list) else value
    for name, one in members.items() if isinstance(members, dict) else ():
        yield from _places(one, (*place, name))


@pytest.mark.parametrize(("door", "payload"), VALID)
@given(data=st.data(), headers=HEADERS)
def test_any_payload_in_which_something_is_otherwise(
    door: str, payload: object, data: st.DataObject, headers: dict[str, str]
) -> None:
    changed: Any = copy.deepcopy(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(sorted(_places(changed), key=repr)))
        inside = changed
        for name in way:
            inside = inside[name]
        if data.draw(st.booleans()) or len(changed) == 1:
            inside[last] = data.draw(JSON)
        else:
            del inside[last]

    judged(door, json.dumps(changed).encode(), headers)


def _huge(payload: Any, text: str) -> Any:  # noqa: ANN401 - JSON
    """Return a payload whose every text has become a huge one, but for those that it needs."""
    words = {"firing", "1", "4", "trigger", "created", "critical", "Triggered", "ALARM", "DOWN"}
    if isinstance(payload, dict):
        return {name: _huge(one, text) for name, one in payload.items()}
    if isinstance(payload, list):
        return [_huge(one, text) for one in payload]
    return payload + text if isinstance(payload, str) and payload not in words else payload


SIZES: dict[str, Callable[[Any], bytes]] = {
    "long": lambda payload: json.dumps(_huge(payload, "x" * 100_000)).encode(),
    "blank": lambda payload: json.dumps(_huge(payload, " " * 100_000 + "x")).encode(),
    "wide": lambda payload: json.dumps(_huge(payload, "\U0001f525" * 10_000)).encode(),
    "torn": lambda payload: json.dumps(_huge(payload, "\0\ud800<script>")).encode(),
    "lines": lambda payload: json.dumps(_huge(payload, "\n\r\u2028" * 10_000)).encode(),
    "named twice": lambda payload: b'{"a":1,"a":2,' + json.dumps(payload).encode()[1:],
    "NaN": lambda payload: b'{"n":NaN,"title":-Infinity,' + json.dumps(payload).encode()[1:],
    "many": lambda payload: json.dumps(
        {**payload, "labels": {f"l{n}": "x" for n in range(50_000)}}
    ).encode(),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("door", "payload"), VALID)
def test_any_size_is_read_within_bounds(door: str, payload: object, size: str) -> None:
    judged(door, SIZES[size](payload))


HOSTILE: dict[str, bytes] = {
    "deep lists": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "deep alerts": b'{"version":"4","groupKey":"x","alerts":' + b"[" * 500_000,
    "many numbers": b"[" + b"1," * 700_000 + b"1]",
    "a huge number": b"[" + b"9" * 1_000_000 + b"]",
    "huge number in an alert": b'{"title":' + b"9" * 4000 + b',"status":1e999}',
    "many alerts": b'{"version":"4","orgId":1,"alerts":[' + b"{}," * 600_000 + b"{}]}",
    "10,000 torn alerts": b'{"version":"4","alerts":[' + b"{}," * 9_999 + b"{}]}",
    "brackets in a title": b'{"title":"' + b"[P1] [Triggered on {" * 90_000 + b'"}',
    "monitors in a body": b'{"title":"x","body":"' + b"https://a/monitors/" * 90_000 + b'"}',
    "projects in an address": b'{"data":{"event":{"issue_id":1,"title":"x","url":"'
    + b"/projects/" * 180_000
    + b'"}}}',
    "days": b'{"heartbeat":null,"monitor":null,"msg":"expires ' + b"1 day" * 300_000 + b'"}',
    "dots": b'{"title":"' + b"." * 1_900_000 + b'"}',
    "percents": b'{"specversion":"' + b"%" * 1_900_000 + b'"}',
    "types": b'{"specversion":"1.0","id":"1","source":"s","type":"' + b"./:" * 600_000 + b'"}',
    "a byte order mark": b'\xef\xbb\xbf{"title":"x"}',
    "UTF-16": '{"title":"x"}'.encode("utf-16"),
    "nothing": b"",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_bodies_are_read_or_refused_within_bounds(door: str, hostile: str) -> None:
    judged(door, HOSTILE[hostile])
    judged(door, HOSTILE[hostile], options=TEMPLATED)


def test_a_title_of_10_mb_is_cut_with_a_sign() -> None:
    mapped = judged("generic", json.dumps({"title": "Disk is full " * 800_000}).encode())

    assert mapped is not None
    (signal,) = mapped.signals
    assert signal.title.startswith("Disk is full Disk is full")
    assert signal.title.endswith("… (10,400,000 characters)")


def test_the_last_of_two_equal_names_counts() -> None:
    mapped = judged("generic", b'{"title": "first", "title": "last"}')

    assert mapped is not None
    assert mapped.signals[0].title == "last"
