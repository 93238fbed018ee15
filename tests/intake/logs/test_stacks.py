"""Traces in logs are read whole, however they were printed, wrapped, parted and interrupted."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.intake.errors.grouping import group_key
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.logs.digest import Digester, sent
from fettle.intake.logs.errors import Raising
from fettle.intake.logs.joining import records
from fettle.intake.quota import Quota
from fettle.model.error_event import ErrorEvent, ErrorLevel
from fettle.model.log import Digest, Trace
from tests.intake.logs.printed import PRINTED, Printed

NOW = datetime(2026, 11, 27, 6, 44, 59, tzinfo=UTC)
BY_NAME = {one.name: one for one in PRINTED}
NO_TRACES = {
    "threads that were looked at": (
        '"main" #1 prio=5\n   java.lang.Thread.State: RUNNABLE\n\tat shop.Pay.pay(Pay.java:3)'
    ),
    "what only goes on": "INFO the plan\n  at first we look\n  from here:3 on\n#1 of all",
    "an exception without calls": "ERROR no card\nshop.CardError: 7",
    "a frame alone": "\tat shop.Pay.pay(Pay.java:3)",
}


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def read(lines: Iterable[str]) -> list[Trace]:
    """Return the traces in lines."""
    return [one.trace for one in records(lines) if one.trace is not None]


def chain(trace: Trace) -> list[tuple[str | None, str, list[str | None]]]:
    return [
        (one.type, one.value.partition("\n")[0], [frame.function for frame in one.frames[-2:]])
        for one in trace.raised
    ]


@pytest.mark.parametrize("printed", PRINTED, ids=lambda one: one.name)
def test_a_trace_says_what_was_raised_where_and_what_was_said_of_it(printed: Printed) -> None:
    (trace,) = read(lines_of(printed.text))
    assert (trace.platform, trace.says, chain(trace)) == (
        printed.platform,
        printed.says,
        printed.chain,
    )


@pytest.mark.parametrize("text", NO_TRACES.values(), ids=NO_TRACES.keys())
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert read(text.splitlines()) == []


@pytest.mark.parametrize("printed", PRINTED, ids=lambda one: one.name)
def test_wherever_what_is_sent_is_parted_it_is_one_trace_and_each_line_counts_once(
    printed: Printed,
) -> None:
    lines = lines_of(printed.text)
    for cut in range(1, len(lines)):
        found = taken(lines[:cut], lines[cut:])
        assert [chain(trace) for one in found for trace in one.traces] == [printed.chain], cut
        assert sum(one.lines for one in found) == len(lines)


@pytest.mark.parametrize(
    "name",
    ["python_beside_another", "java_beside_another", "syslog", "docker", "python_with_heads"],
)
def test_what_was_said_of_a_trace_that_is_sent_behind_it_is_said_of_it_and_is_no_other(
    name: str,
) -> None:
    lines = lines_of(BY_NAME[name].text)
    whole, parted = taken(lines), taken(lines[:1], lines[1:])

    assert [one.says for part in parted for one in part.traces] == [BY_NAME[name].says]
    assert kinds(parted) == kinds(whole)


def kinds(found: Sequence[Digest]) -> list[tuple[str, ...]]:
    return sorted(kind.words for one in found for kind in one.kinds)


def test_an_error_behind_which_nothing_is_sent_is_a_line_of_its_own() -> None:
    first, rest = taken(["2026-11-27 06:44:59 ERROR app: no card"]), taken([])
    told = taken(["2026-11-27 06:44:59 ERROR app: no card"], ["2026-11-27 06:45:00 INFO served"])

    assert [kinds(first), kinds(rest)] == [[("no", "card")], []]
    assert kinds(told) == [("no", "card"), ("served",)]
    assert sum(one.lines for one in told) == 2


def taken(*bodies: Sequence[str]) -> list[Digest]:
    """Return what bodies come to that were sent one after the other."""
    digester = Digester(str)
    open_: Sequence[str] = []
    found: list[Digest] = []
    for body in bodies:
        digests, open_ = sent(digester, open_, [line.encode() for line in body], str)
        found += digests
    digester.again(open_)
    return [*found, digester.digest()]


def test_a_trace_that_comes_line_by_line_is_one() -> None:
    for printed in PRINTED[:3]:
        found = taken(*([line] for line in lines_of(printed.text)))
        assert len([trace for one in found for trace in one.traces]) == 1


def test_traces_of_two_processes_that_write_at_once_are_two() -> None:
    def of(pid: int) -> list[str]:
        return [line.replace("[12]", f"[{pid}]") for line in lines_of(BY_NAME["syslog"].text)]

    lines = [line for pair in zip(of(1), of(2), strict=True) for line in pair]
    assert [len(one.raised[0].frames) for one in read(lines)] == [1, 1]


def test_a_line_that_a_container_has_parted_is_one_and_so_is_its_trace() -> None:
    def cri(stream: str, flag: str, text: str) -> str:
        return f"2026-11-27T06:44:59.123456789Z {stream} {flag} {text}"

    stack = "CardError: 7\\n    at pay (/a/pay.js:3:9)"
    long = f'{{"level":"error","message":"no card","stack_trace":"{stack}"}}'
    lines = [
        cri("stderr", "P", long[:30]),
        cri("stdout", "F", "served"),
        cri("stderr", "P", long[30:60]),
        cri("stderr", "F", long[60:]),
        cri("stdout", "F", "served"),
    ]
    found = list(records(lines))
    assert sorted(one.lines for one in found) == [1, 1, 3]
    assert [chain(one.trace) for one in found if one.trace] == [[("CardError", "7", ["pay"])]]
    for cut in range(1, len(lines)):
        parts = taken(lines[:cut], lines[cut:])
        assert [len(one.traces) for one in parts if one.traces] == [1], cut
        assert sum(one.lines for one in parts) == len(lines)


def test_what_follows_a_trace_is_no_part_of_it() -> None:
    served = '{"date":1.5,"log":"served","kubernetes":{"pod_name":"a"}}'
    found = list(records([*lines_of(BY_NAME["fluent_bit"].text), *[served] * 3]))
    assert sorted(one.lines for one in found) == [1, 1, 1, 1, 3]
    printed = [*lines_of(PRINTED[0].text)[:-1], *["printed"] * 100]
    assert max(one.lines for one in records(printed)) <= 8 + 20


def test_a_trace_that_another_interrupts_keeps_its_own_calls() -> None:
    java, other = (lines_of(BY_NAME[name].text) for name in ("java_beside_another", "java_main"))
    found = read([*java[:3], "2026-11-27 06:44:59 ERROR [w-2] no order", *other])
    assert [one.raised[-1].type for one in found] == [
        "IllegalStateException",
        "NullPointerException",
    ]


def test_a_trace_has_an_end_however_long_it_goes_on_and_what_was_raised_at_its_end() -> None:
    calls = [f'  File "/srv/{"x" * 90}.py", line {n}, in f{n}' for n in range(990)]
    (trace,) = read(["Traceback (most recent call last):", *calls, "CardError: 7"])
    assert (trace.raised[0].type, len(trace.raised[0].frames)) == ("CardError", 250)
    endless = ["java.lang.Error: x", *["\tat a.B.c(B.java:3)"] * 5_000]
    assert len(read(endless)) >= 1
    found, open_ = sent(Digester(str), [], [line.encode() for line in endless[:1_500]], str)
    assert (len(open_) <= 1_000, sum(one.lines for one in found)) == (True, 1_500)


HEADED = [
    f"2026-01-01 12:00:00 ERROR {said}".rstrip()
    for said in (
        "boom",
        "Caused by: java.io.IOException: y",
        "Traceback (most recent call last):",
        "",
    )
]


def test_a_line_of_which_there_is_only_the_head_is_a_line() -> None:
    assert [one.lines for one in taken(HEADED, [*HEADED[2:], HEADED[3]])] == [4, 3, 0]


def test_what_a_reading_that_failed_has_left_is_nobodys() -> None:
    def refusing(text: str) -> str:
        if "secret" in text:
            raise ValueError(text)
        return text

    digester = Digester(refusing)
    with pytest.raises(ValueError, match="secret"):
        sent(digester, [], [b"ours", b"a secret"], refusing)
    (found,), _ = sent(digester, [], [b"theirs"], refusing)

    assert (found.lines, [kind.words for kind in found.kinds]) == (1, [("theirs",)])


def test_secrets_of_several_lines_are_taken_out_of_what_goes_on() -> None:
    scrub = Scrubbing().text
    secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    lines = [
        "2026-01-01 12:00:00 ERROR no key",
        "java.lang.IllegalStateException: bad",
        "\tat shop.Pay.pay(Pay.java:3)",
        "Caused by: java.io.IOException: -----BEGIN PRIVATE KEY-----",
        secret,
        "-----END PRIVATE KEY-----",
    ]
    _, open_ = sent(Digester(scrub), [], [line.encode() for line in lines], scrub)

    assert open_[:3] == lines[:3]
    assert secret not in "".join(open_)


def test_no_word_of_a_line_is_kept_unscrubbed_however_late_it_stands() -> None:
    scrub = Scrubbing().text
    digester = Digester(scrub)
    digester.take(b" ".join([*[b"w" * 32] * 35, b"password:", b"correcthorsebattery"]))
    (kind,) = digester.digest().kinds

    assert "correcthorsebattery" not in kind.words
    assert len(kind.example) <= 1_000


@given(
    st.lists(st.sampled_from([*HEADED, *(line for one in PRINTED for line in lines_of(one.text))]))
)
def test_every_line_is_counted_once_in_whatever_order_they_come(lines: list[str]) -> None:
    half = len(lines) // 2
    assert sum(one.lines for one in taken(lines[:half], lines[half:])) == len(lines)
    digester = Digester(str)
    place, counted = 0, 0
    while place < len(lines):  # as a file is read: what waits is read again
        for line in lines[place : place + 9]:
            digester.take(line.encode())
        last = place + 9 >= len(lines)
        place += digester.before if not last and digester.before else min(9, len(lines) - place)
        counted += digester.digest(hold=not last and bool(digester.before)).lines
    assert counted == len(lines)


def event(printed: Printed) -> ErrorEvent:
    digester = Digester(str)
    for line in lines_of(printed.text):
        digester.take(line.encode())
    raising = Raising(quota=Quota(1, 1))
    happened = raising.errors([digester.digest()], NOW)
    assert raising.errors([Digest(0, (), tuple(read(lines_of(printed.text))))], NOW).dropped == 1
    return happened.events[0]


def test_a_trace_becomes_an_event_as_the_line_says_and_no_more_than_are_taken() -> None:
    found = event(BY_NAME["elastic"])
    assert (found.at, found.level, found.message) == (NOW, ErrorLevel.ERROR, "no card")
    assert event(BY_NAME["go_panic"]).level is ErrorLevel.FATAL
    assert event(BY_NAME["pino"]).server == "web"


def test_the_same_failure_is_one_bug_however_it_was_logged() -> None:
    names = (
        *("syslog", "docker", "fluent_bit", "containers", "compose", "python_json", "structlog"),
        *("python_with_heads", "python_with_moments", "heroku", "python_below_a_place"),
    )
    assert len({group_key(event(BY_NAME[name])).key for name in names}) == 1
