"""The source of an access log: whole, or the last minutes of one that is written to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fettle.errors import BadSettings, CannotLook
from fettle.model.finding import Unknown
from fettle.model.readings import Abandoned, Failures, LogLines, Responses
from fettle.model.watchpoint import AccessLog
from fettle.targets.access_logs.source import AccessLogSource, access_log
from fettle.testing import SteppedClock
from tests.targets.access_logs.logs import COMBINED, line, written

WORDS = tuple(f"{one}{other}-page" for one in "abcde" for other in "fghijk")
NOW = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)


def source(path: Path, **point: object) -> AccessLogSource:
    return AccessLogSource(AccessLog("shop", str(path), **point), SteppedClock(NOW))  # type: ignore[arg-type]


async def test_what_is_told_of_a_whole_log(tmp_path: Path) -> None:
    lines = [
        *[line(f"10:{minute:02}:00", took="0.100") for minute in range(10)] * 9,
        *[line("10:09:00", "GET /slow HTTP/1.1", took="4.000")] * 9,
        line("10:09:00", "GET /slow HTTP/1.1", status=502, took="60.000"),
        line("10:09:00", "GET /slow HTTP/1.1", status=499, took="9.000"),
    ]
    log = source(written(tmp_path / "a.log", lines))
    whole, *routes = await log.read(Responses)
    assert isinstance(whole, Responses)
    assert (whole.subject, whole.route, whole.requests) == ("shop", None, 101)
    assert whole.over == timedelta(minutes=9)
    assert whole.p95 is not None
    assert whole.p95.least <= 4.0 <= whole.p95.most
    assert [one.route for one in routes if isinstance(one, Responses)] == ["GET /", "GET /slow"]
    failures = await log.read(Failures)
    assert isinstance(failures[0], Failures)
    assert (failures[0].requests, failures[0].failed) == (101, 1)
    assert failures[0].worst == [{"route": "GET /slow", "status": 502, "requests": 1}]
    (abandoned,) = await log.read(Abandoned)
    assert isinstance(abandoned, Abandoned)
    assert abandoned.abandoned == 1
    (told,) = await log.read(LogLines)
    assert isinstance(told, LogLines)
    assert (told.lines, told.unread) == (101, 0)


async def test_times_that_are_not_written_are_unknown_and_never_zero(tmp_path: Path) -> None:
    log = source(written(tmp_path / "a.log", [COMBINED] * 200))
    (told,) = await log.read(Responses)
    assert isinstance(told, Unknown)
    assert "does not say how long requests took" in told.reason
    assert "$request_time" in (told.remedy or "")
    whole, _ = await log.read(Failures)
    assert isinstance(whole, Failures)
    assert whole.requests == 200


async def test_of_a_live_log_the_last_minutes_count(tmp_path: Path) -> None:
    lines = [line("09:00:00", status=500)] * 50 + [line("10:10:00")] * 7
    log = source(written(tmp_path / "a.log", lines), last=timedelta(minutes=15))
    whole, *_ = await log.read(Failures)
    assert isinstance(whole, Failures)
    assert (whole.requests, whole.failed, whole.over) == (7, 0, timedelta(minutes=15))


async def test_a_live_log_without_a_request_is_none_and_no_error(tmp_path: Path) -> None:
    log = source(written(tmp_path / "a.log", [line("09:00:00")] * 5), last=timedelta(minutes=15))
    whole, *_ = await log.read(Failures)
    assert isinstance(whole, Failures)
    assert whole.requests == 0
    response, *_ = await log.read(Responses)
    assert isinstance(response, Responses)
    assert response.p95 is None


async def test_a_span_that_a_file_says_nothing_of_is_unknown(tmp_path: Path) -> None:
    log = source(written(tmp_path / "a.log", [line("09:00:00")] * 5), since=NOW)
    with pytest.raises(CannotLook, match="it has no line from 2026-11-20 10:15 on"):
        await log.read(Failures)


async def test_a_reading_that_is_given_up_ends(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", [line()] * 300_000)
    async with access_log(AccessLog("shop", str(path)), SteppedClock(NOW)) as log:
        pass
    # what was told to stop reads no more than the block it is at
    log._read.summed()
    assert log._read.tally.lines < 10_000


async def test_a_format_that_cannot_be_meant_is_refused_where_it_stands(tmp_path: Path) -> None:
    point = AccessLog("shop", str(tmp_path), format="$request")
    with pytest.raises(BadSettings, match=r"\[\[service\]\] shop: access_log_format: "):
        async with access_log(point, SteppedClock(NOW)):
            pass


async def test_an_empty_file_is_no_log_that_is_well(tmp_path: Path) -> None:
    with pytest.raises(CannotLook, match="it is empty"):
        await source(written(tmp_path / "a.log", [])).read(Failures)


async def test_lines_whose_times_cannot_be_read_are_told_where_a_span_is_asked_for(
    tmp_path: Path,
) -> None:
    """They may be all of what failed, so a log of them is not one of a quiet service."""
    odd = '{"time": "20.11.2026 10:14", "status": 500, "method": "GET", "path": "/"}'
    path = written(tmp_path / "a.log", [odd] * 300)

    (of_a_span,) = await source(path, last=timedelta(minutes=5)).read(LogLines)
    (of_all,) = await source(path).read(LogLines)

    assert isinstance(of_a_span, LogLines)
    assert isinstance(of_all, LogLines)
    assert (of_a_span.lines, of_a_span.left_out) == (300, 300)
    assert (of_all.lines, of_all.left_out) == (300, 0)


async def test_a_rare_route_that_fails_or_is_slow_is_told_beside_the_busiest(
    tmp_path: Path,
) -> None:
    busy = [line("10:00:00", f"GET /{word} HTTP/1.1", took="0.100") for word in WORDS] * 200
    pay = [line("10:00:00", "POST /pay HTTP/1.1", status=502, took="0.100")] * 100
    export = [line("10:00:00", "GET /export HTTP/1.1", took="9.000")] * 100
    chance = [line("10:00:00", "GET /once HTTP/1.1", took="60.000")]
    log = source(written(tmp_path / "a.log", [*busy, *pay, *export, *chance]))

    failing = {one.route: one for one in await log.read(Failures) if isinstance(one, Failures)}
    slow = {one.route for one in await log.read(Responses) if isinstance(one, Responses)}

    assert (failing["POST /pay"].requests, failing["POST /pay"].failed) == (100, 100)
    assert "GET /export" in slow
    assert "GET /once" not in slow
    assert len(failing) == 27
