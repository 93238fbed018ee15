"""An incident that somebody wrote down: what can be meant is answered, all else is refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fettle.diagnosis.grounds import suspects
from fettle.diagnosis.incident_file import read
from fettle.errors import BadPayload

NAMES = st.sampled_from(["web", "db", "api", "cache", "é\u202e"])
TIMES = st.one_of(st.integers(0, 400), st.sampled_from([0, 1e-9, 253_402_300_799]))
WINDOWS = st.tuples(TIMES, TIMES).map(sorted)
VALUES = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from([1e308, -1e308, 5e-324, float("inf")]),
)
POINTS = st.lists(st.tuples(TIMES, VALUES), max_size=30)
SERIES = st.dictionaries(NAMES, st.dictionaries(NAMES, POINTS, max_size=3), max_size=4)
GIVEN = st.fixed_dictionaries(
    {
        "series": SERIES,
        "incident": st.one_of(WINDOWS, st.tuples(TIMES, TIMES)),
        "reported": NAMES,
    },
    optional={
        "dependencies": st.lists(st.tuples(NAMES, NAMES), max_size=6),
        "normal": st.one_of(st.none(), WINDOWS),
        "metric": NAMES,
        "changes": st.lists(
            st.fixed_dictionaries({"subject": NAMES, "at": TIMES, "what": NAMES}), max_size=3
        ),
    },
)


@given(GIVEN)
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_is_answered_or_refused_with_a_reason(given_: dict[str, Any]) -> None:
    refused: BadPayload | None = None
    try:
        incident = read(json.dumps(given_).encode())
    except BadPayload as error:
        refused = error
    if refused is not None:
        assert refused.reason
        assert refused.remedy
        return
    for one in suspects(incident):
        assert one.metric in incident.series[one.subject]
        assert 0 < one.confidence <= 1
        assert one.evidence


@given(
    st.recursive(
        st.none() | st.floats() | st.text(),
        lambda of: st.lists(of) | st.dictionaries(st.text(), of),
    )
)
def test_any_other_document_is_refused(document: object) -> None:
    with pytest.raises(BadPayload):
        read(json.dumps(document).encode())


@given(st.binary())
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadPayload):
        read(text)
