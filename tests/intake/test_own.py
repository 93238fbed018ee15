"""What Fettle files itself comes back as it was filed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload
from fettle.intake import own
from fettle.intake.mapping import Posted
from fettle.model.severity import Severity
from fettle.model.signal import Facts, Signal, SignalKind

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
SIGNALS = st.builds(
    Signal,
    source=TEXTS,
    kind=st.sampled_from(SignalKind),
    key=TEXTS,
    firing=st.booleans(),
    title=TEXTS,
    text=TEXTS,
    severity=st.none() | st.sampled_from(Severity),
    said_severity=st.none() | TEXTS,
    service=st.none() | TEXTS,
    group=st.none() | TEXTS,
    symptoms=st.lists(TEXTS, max_size=3).map(tuple),
    labels=st.dictionaries(TEXTS, TEXTS, max_size=3),
    facts=st.builds(Facts, st.none() | st.integers(0, 2**63), st.booleans(), st.booleans()),
    started_at=MOMENTS,
    ended_at=MOMENTS,
    url=st.none() | TEXTS,
)
ONE = Signal("checks", SignalKind.CHECK, "a:b", firing=True, title="A")


def posted(body: bytes) -> Posted:
    return Posted("checks", body, NOW)


@given(st.lists(SIGNALS, max_size=5).map(tuple))
def test_what_is_written_is_read_again(signals: tuple[Signal, ...]) -> None:
    mapped = own.read(posted(own.written(signals)))

    assert mapped.signals == signals
    assert not mapped.rejected


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_whatever_a_text_holds_it_is_written(text: str, labels: dict[str, str]) -> None:
    signal = replace(ONE, text=text, labels=labels, symptoms=(text,))

    (read,) = own.read(posted(own.written([signal]))).signals

    assert (read.key, read.severity) == (ONE.key, ONE.severity)
    assert len(read.text) == len(text)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "the body"),
        (b"\xff", "the body"),
        (b"[]", "the body"),
        (b"{}", "signals"),
        (b'{"signals": [], "schema": "fettle.signals/2"}', "schema"),
        (b'{"signals": [{"source": 1}]}', "signals.0.source"),
        (b"[" * 100_000, "the body"),
    ],
)
def test_any_other_body_is_refused_with_the_place(body: bytes, place: str) -> None:
    with pytest.raises(BadPayload, match=f"^{place}"):
        own.read(posted(body))
