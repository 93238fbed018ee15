"""What is read of the formats that web servers write."""

from pathlib import Path

import pytest

from fettle.errors import BadSettings, CannotLook
from tests.targets.access_logs.logs import COMBINED, TIMED, UNTIMED, line, read, routes, written


@pytest.mark.parametrize("name", TIMED)
def test_a_request_is_read_with_its_time(tmp_path: Path, name: str) -> None:
    summed = read(written(tmp_path / "access.log", [TIMED[name]] * 3))
    (told,) = summed.tally.routes().items()
    assert told[0] == "GET /products/{id}"
    assert told[1].statuses == {200: 3}
    assert told[1].took.mean_s == pytest.approx(0.125)
    assert summed.tally.unread == 0
    assert summed.tally.first == pytest.approx(1795168800, abs=1)


@pytest.mark.parametrize("name", UNTIMED)
def test_a_time_that_is_not_clear_is_not_known(tmp_path: Path, name: str) -> None:
    summed = read(written(tmp_path / "access.log", [UNTIMED[name]] * 3))
    (told,) = summed.tally.routes().items()
    assert (told[0], told[1].requests, told[1].took.count) == ("GET /products/{id}", 3, 0)


def test_times_that_some_lines_lack_count_where_they_are(tmp_path: Path) -> None:
    lines = [line(took="0.125"), line(took="0.375"), line(took="-")]
    (route,) = routes(written(tmp_path / "a.log", lines)).values()
    assert (route.requests, route.took.count) == (3, 2)
    assert route.took.mean_s == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        (
            '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time',
            '203.0.113.7 [20/Nov/2026:10:00:00 +0000] "GET /a?b=1 HTTP/1.1" 200 12 0.125',
        ),
        (
            "$time_iso8601|$request_method|$request_uri|$status|${request_time}|$host",
            "2026-11-20T10:00:00+00:00|GET|/a?b=1|200|0.125|shop.example",
        ),
        (
            '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D',
            '10.0.0.9 - - [20/Nov/2026:10:00:00 +0000] "GET /a?b=1 HTTP/1.1" 200 1 "-" "-" 125000',
        ),
        (
            '%v %t "%m %U" "%r" %s %{ms}T',
            'shop [20/Nov/2026:10:00:00 +0000] "GET /a" "GET /a?b=1 HTTP/1.1" 200 125',
        ),
    ],
)
def test_a_format_can_be_set_as_the_web_server_has_it(
    tmp_path: Path, format_: str, text: str
) -> None:
    summed = read(written(tmp_path / "a.log", [text] * 2), format_=format_)
    (told,) = summed.tally.routes().items()
    assert told[0] == "GET /a"
    assert told[1].statuses == {200: 2}
    assert told[1].took.mean_s == pytest.approx(0.125)


def test_a_format_that_leaves_out_what_is_needed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="needs a time, a status and a request"):
        read(written(tmp_path / "a.log", [COMBINED]), format_="$remote_addr $status")


def test_lines_that_are_not_in_the_format_that_is_set_are_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(CannotLook, match="in the format that is set"):
        read(written(tmp_path / "a.log", [COMBINED]), format_="$time_iso8601|$request|$status")


def test_odd_requests_are_counted(tmp_path: Path) -> None:
    lines = [
        line(request=r"\x16\x03\x01", status=400),
        line(request="-", status=408),
        line(request="", status=400),
        line(request='GET /a?q=\\"quoted\\" HTTP/1.1'),
        line(request="OPTIONS * HTTP/1.1"),
        line(request="GET http://shop.example/proxied/9 HTTP/1.1"),
        line(request="CONNECT shop.example:443 HTTP/1.1", status=405),
        *[line()] * 5,
    ]
    found = routes(written(tmp_path / "a.log", lines))
    assert {name: route.requests for name, route in found.items()} == {
        "GET /": 5,
        "(not HTTP)": 3,
        "(not found)": 1,
        "GET /a": 1,
        "OPTIONS *": 1,
        "GET /proxied/{id}": 1,
    }
