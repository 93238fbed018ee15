"""What a browser sends of a visit is data, whoever sends it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload
from fettle.model.field import LARGEST, Beacon
from fettle.model.measurement import Profile
from fettle.optimisation import beacon

TOLD = {"page": "/orders/17", "profile": "phone", "figures": {"lcp": 2000.5, "cls": 0}}


def test_a_visit_is_read() -> None:
    assert beacon.read(json.dumps(TOLD).encode(), ()) == Beacon(
        "/orders/{id}", Profile.PHONE, {"lcp": 2000.5, "cls": 0.0}
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 4000, "no JSON"),
        (b"null", "an object"),
        (b"[]", "an object"),
        ({**TOLD, "page": "https://evil.example/"}, "begins with /"),
        ({**TOLD, "page": 7}, "begins with /"),
        ({**TOLD, "page": None}, "begins with /"),
        ({**TOLD, "profile": "toaster"}, "phone or desktop"),
        ({**TOLD, "profile": ["phone"]}, "phone or desktop"),
        ({**TOLD, "figures": {}}, "at least one"),
        ({**TOLD, "figures": [1]}, "at least one"),
        ({**TOLD, "figures": {"lpc": 1}}, "there are ttfb"),
        ({**TOLD, "figures": {"lcp": "1"}}, "a number"),
        ({**TOLD, "figures": {"lcp": True}}, "a number"),
        ({**TOLD, "figures": {"lcp": None}}, "a number"),
        ({**TOLD, "figures": {"lcp": -1}}, "beyond"),
        ({**TOLD, "figures": {"lcp": 1e9}}, "beyond"),
        ({**TOLD, "figures": {"cls": 101}}, "beyond"),
        (b'{"page": "/", "profile": "phone", "figures": {"lcp": NaN}}', "beyond"),
        (b'{"page": "/", "profile": "phone", "figures": {"lcp": Infinity}}', "beyond"),
        (b'{"page": "/", "profile": "phone", "figures": {"lcp": ' + b"9" * 4000 + b"}}", "beyond"),
    ],
)
def test_what_is_no_visit_is_refused_with_the_reason(
    body: bytes | dict[str, object], says: str
) -> None:
    given = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BadPayload, match=says):
        beacon.read(given, ())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.fixed_dictionaries({"page": ANYTHING, "profile": ANYTHING, "figures": ANYTHING}))
def test_anything_is_read_or_refused(given: dict[str, object]) -> None:
    try:
        told = beacon.read(json.dumps(given).encode(), ("/a*",))
    except BadPayload:
        return
    assert told.figures.keys() <= LARGEST.keys()
