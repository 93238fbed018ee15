"""Lines become records: what each says, how grave it is, with its trace as one."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fettle.intake.logs.joining import Records, records
from fettle.intake.logs.records import Record, read
from fettle.model.log import Level

UNKNOWN, INFO, WARNING, ERROR, FATAL = Level


@pytest.mark.parametrize(
    ("line", "says", "level"),
    [
        ('2026-11-27 06:44:59.123 UTC [123] ERROR:  no relation "x"', 'no relation "x"', ERROR),
        ("2026/11/27 06:44:59 [error] 123#0: *1 open() failed", "123#0: *1 open() failed", ERROR),
        ("2026-11-27T06:44:59Z INFO app: 0 errors", "0 errors", INFO),
        ("2026-11-27T06:44:59Z CRITICAL [main] it burns", "it burns", FATAL),
        ("Nov 27 06:44:59 host app[12]: something", "something", UNKNOWN),
        ("ERROR: no card", "no card", ERROR),
        ("[WARN] no card", "no card", WARNING),
        ("WARNING no card", "no card", WARNING),
        ("error while paying", "error while paying", UNKNOWN),  # a sentence, not a level
        ("no errors at all", "no errors at all", UNKNOWN),
        ('time=2026 level=error msg="no \\"card\\"" n=1', 'no \\"card\\"', ERROR),
        ('{"level": 60, "msg": "it burns"}', "it burns", FATAL),
        ('{"level": 30, "msg": "served"}', "served", INFO),
        ('{"PRIORITY": "3", "MESSAGE": "no disk"}', "no disk", ERROR),
        ('{"severity": "warning", "message": "slow"}', "slow", WARNING),
        (
            '{"msg": "no card", "level": "error", "stack": "E\\n at x\\npay.CardError: 7"}',
            "no card pay.CardError",
            ERROR,
        ),
        ('{"log": "2026-01-01 10:00:00 FATAL it burns\\n"}', "it burns", FATAL),
        ('{"a": 1}', '{"a": 1}', UNKNOWN),
        ('{"msg": 1, "level": true}', '{"msg": 1, "level": true}', UNKNOWN),
        ("{not json", "{not json", UNKNOWN),
        ("[" * 5_000, ("[" * 5_000)[:4_000], UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_a_line_says_something_and_how_grave_it_is(line: str, says: str, level: Level) -> None:
    assert read(line) == (says, level)


PYTHON = """2026-11-27 06:44:59,123 ERROR app: no card
Traceback (most recent call last):
  File "shop.py", line 3, in pay
    charge()
CardError: 7

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "shop.py", line 5, in pay
pay.GatewayError: away
2026-11-27 06:44:59,123 INFO served"""
JAVA = """2026-11-27 06:44:59 ERROR [main] no card
java.lang.IllegalStateException: bad
\tat shop.Pay.pay(Pay.java:3)
Caused by: java.io.IOException: away
\tat shop.Gateway.open(Gateway.java:3)
\t... 3 more
2026-11-27 06:45:00 INFO [main] served"""
BARE = """Traceback (most recent call last):
  File "x.py", line 1
KeyError: 'a'
Traceback (most recent call last):
  File "x.py", line 2
ValueError: b
done"""
INDENTED = """ INFO one
  ERROR two
2026-11-27 06:45:00 INFO three
 and more of it"""


def told(found: Iterable[Record]) -> list[Record]:
    """Return records by what they say, how grave they are, and how many lines they had."""
    return [Record(*one[:3]) for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PYTHON, [Record("no card pay.GatewayError", ERROR, 9), Record("served", INFO)]),
        (JAVA, [Record("no card java.io.IOException", ERROR, 6), Record("served", INFO)]),
        (
            BARE,
            [
                Record("KeyError: 'a'", ERROR, 3),
                Record("ValueError: b", ERROR, 3),
                Record("done", UNKNOWN),
            ],
        ),
        (
            INDENTED,
            [Record("one", INFO), Record("two", ERROR), Record("three", INFO, 2)],
        ),
    ],
)
def test_a_trace_is_one_record_with_what_was_raised(text: str, found: list[Record]) -> None:
    assert told(records(line for line in text.splitlines() if line)) == found


def test_a_record_has_an_end_however_long_it_goes_on() -> None:
    lines = ["ERROR it failed", *["  and on"] * 5_000]
    assert max(one.lines for one in records(iter(lines))) == 1_000


@given(st.lists(st.text(min_size=1).filter(lambda line: line.strip()), max_size=30))
def test_every_line_is_a_part_of_one_record(lines: list[str]) -> None:
    assert sum(one.lines for one in records(iter(lines))) == len(lines)


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from(["msg", "level", "severity", "stack", "log", "x"]),
        st.text() | st.integers() | st.booleans() | st.none() | st.lists(st.integers()),
    )
)
def test_any_object_can_be_read(fields: dict[str, object]) -> None:
    line = json.dumps({"msg": "x", **fields})
    says, level = read(line)
    assert isinstance(says, str)
    assert level in Level


def test_what_waits_is_told() -> None:
    joining = Records()
    assert joining.waiting() == []
    assert joining.take("ERROR a", 0) == []
    assert joining.take("  b", 1) == []
    assert joining.waiting() == [(0, 1)]
    assert told(joining.take("ERROR c", 2)) == [Record("a", ERROR, 2)]
    assert joining.waiting() == [(2, 2)]
