"""However much an event holds, what is kept of it is bounded, and can be stored."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import pytest

from fettle.model.error_event import ErrorEvent
from tests.intake.errors.sending import one, said


def texts(of: object) -> Iterator[str]:
    """Yield every text in an event, whatever it is in."""
    if isinstance(of, str):
        yield of
    elif is_dataclass(of) and not isinstance(of, type):
        for each in fields(of):
            yield from texts(getattr(of, each.name))
    elif isinstance(of, Mapping):
        yield from (text for pair in of.items() for text in texts(pair))
    elif isinstance(of, tuple):
        yield from (text for each in of for text in texts(each))


def size(event: ErrorEvent) -> int:
    return sum(map(len, texts(event)))


def test_long_texts_are_cut_with_an_ellipsis() -> None:
    event = said(message="x" * 20_000, logger="y" * 20_000, tags={"z" * 900: "v" * 900})

    assert (len(event.message), event.message[-1]) == (8_000, "…")
    assert (len(event.logger or ""), (event.logger or "")[-1]) == (200, "…")
    ((name, value),) = event.tags.items()
    assert (len(name), len(value)) == (200, 500)


def test_of_a_call_without_end_both_ends_are_kept() -> None:
    frames = [{"function": str(number)} for number in range(5_000)]
    event = said(stacktrace={"frames": frames})

    kept = [frame.function for frame in event.raised[0].frames]
    assert kept == [str(number) for number in (*range(50), *range(4_800, 5_000))]
    assert "are 5000" in event.notes[0]


def test_of_many_crumbs_the_last_are_kept() -> None:
    event = said(breadcrumbs=[{"message": str(number)} for number in range(500)])

    assert [crumb.message for crumb in event.crumbs] == [str(number) for number in range(400, 500)]


def test_of_many_exceptions_what_reached_the_top_is_kept() -> None:
    event = one({"exception": [{"type": f"E{number}"} for number in range(60)]})

    assert (event.raised[0].type, event.raised[-1].type) == ("E10", "E59")


@pytest.mark.parametrize("value", ["[" * 150 + "]" * 150, '{"a":' * 150 + "1" + "}" * 150])
def test_what_is_nested_deep_is_no_longer_than_other_texts(value: str) -> None:
    event = one(b'{"message": "x", "extra": {"a": %b}}' % value.encode())

    assert event.contexts["extra"]["a"][:3] == value.replace(":", ": ")[:3]
    assert len(event.contexts["extra"]["a"]) <= 500


def test_all_together_is_bounded_too() -> None:
    frame = {
        "function": "f" * 900,
        "vars": {str(number): "v" * 900 for number in range(60)},
        "pre_context": ["c" * 900] * 9,
    }
    contexts = {str(number): {str(inner): "v" * 900 for inner in range(9)} for number in range(40)}
    event = said(
        exception=[{"type": "E", "stacktrace": {"frames": [frame] * 4}}] * 2, contexts=contexts
    )

    assert 100_000 < size(event) < 400_000
    assert any("is not kept" in note for note in event.notes)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"a\u0000b", "a\ufffdb"),
        (rb"\ud800", "\ufffd"),
        (rb"\udc00\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\ude00\ud800", "\U0001f600\ufffd"),
        (rb"\\ud800", r"\ud800"),
        (rb"\\\ud800", "\\\ufffd"),
        (rb"\\u0000", r"\u0000"),
    ],
)
def test_what_postgresql_cannot_store_is_replaced(written: bytes, read: str) -> None:
    event = one(b'{"message": "%b", "tags": {"k%b": "%b"}}' % (written, written, written))

    assert (event.message, event.tags) == (read, {f"k{read}": read})


def test_numbers_of_any_size_and_none_are_texts() -> None:
    event = one(
        b'{"message": "x", "extra": {"a": %b, "b": NaN, "c": -Infinity, "d": 1e999, "e": 1.5}}'
        % (b"9" * 4_000)
    )

    assert event.contexts["extra"]["a"] == "9" * 499 + "…"
    assert [event.contexts["extra"][name] for name in "bcde"] == ["nan", "-inf", "inf", "1.5"]


def test_of_a_name_that_stands_twice_the_last_counts() -> None:
    assert one(b'{"message": "first", "message": "last"}').message == "last"
