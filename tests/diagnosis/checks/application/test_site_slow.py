"""A site answers slowly."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.application.site_slow import Limits, judge
from fettle.model.finding import Finding, Measurement, Note, Unknown
from fettle.model.probed import Answer, Step
from fettle.model.quantity import Bytes

ROW = Answer(
    "shop",
    "https://shop.example/",
    "shop.example",
    "shop.example",
    True,
    200,
    lookup_s=0.02,
    connect_s=0.03,
    tls_s=0.05,
    first_byte_s=0.3,
    body_s=0.1,
    whole_s=0.5,
    size=Bytes(2048),
)


def findings(row: Answer, limits: Limits | None = None) -> list[Finding]:
    return [one for one in judge([row], limits or Limits()) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("whole_s", "severity"), [(1.99, None), (2.0, "medium"), (4.99, "medium"), (5.0, "high")]
)
def test_the_whole_time_decides(whole_s: float, severity: str | None) -> None:
    found = findings(replace(ROW, whole_s=whole_s))

    assert [str(one.severity) for one in found] == ([severity] if severity else [])


def test_the_limits_are_settable() -> None:
    assert findings(ROW, Limits(medium=timedelta(milliseconds=400)))


def test_the_part_that_takes_the_most_is_what_to_begin_with() -> None:
    (of_app,) = findings(replace(ROW, first_byte_s=2.5, whole_s=2.8))
    (of_way,) = findings(replace(ROW, connect_s=2.5, whole_s=2.8))

    assert "application" in of_app.recommendations[0]
    assert "the way there" in of_way.recommendations[0]
    assert of_app.description == (
        "its answer took 2.8 s: name lookup 20 ms, connection 30 ms, TLS 50 ms, first byte 2.5 s, "
        "body 100 ms"
    )


def test_each_part_is_measured_healthy_or_not() -> None:
    figures = {
        one.name: one.value for one in judge([ROW], Limits()) if isinstance(one, Measurement)
    }

    assert figures == {
        "site_answer_s": 0.5,
        "site_name_lookup_s": 0.02,
        "site_connection_s": 0.03,
        "site_tls_s": 0.05,
        "site_first_byte_s": 0.3,
        "site_body_s": 0.1,
        "site_body_bytes": 2048,
    }


def test_a_body_that_was_cut_is_said_once() -> None:
    row = replace(ROW, cut="its body was read up to 1.0 MiB")

    assert list(judge([row], Limits()))[-1] == Note("shop: its body was read up to 1.0 MiB")
    (slow,) = [one for one in judge([replace(row, whole_s=9.0)], Limits()) if not _measured(one)]
    assert isinstance(slow, Finding)
    assert slow.description.endswith("; its body was read up to 1.0 MiB")


def _measured(verdict: object) -> bool:
    return isinstance(verdict, Measurement)


def test_no_answer_is_neither_fast_nor_slow() -> None:
    silent = replace(ROW, good=False, status=None, whole_s=None, failed=Step.ANSWER)
    refused = replace(silent, failed=Step.CERTIFICATE)

    assert [type(one) for one in judge([silent], Limits())] == [Unknown]
    assert [type(one) for one in judge([refused], Limits())] == [Unknown]
