"""Reading logs that are whole, broken, rotated, compressed, or no logs at all."""

import bz2
import gzip
import lzma
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fettle.errors import CannotLook
from tests.targets.access_logs.logs import COMBINED, TIMED, line, read, routes, written

TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC).timestamp()


def test_failures_and_those_who_gave_up_are_told_apart(tmp_path: Path) -> None:
    lines = [line(status=status) for status in (200, 302, 404, 499, 499, 500, 502, 503)]
    (route,) = routes(written(tmp_path / "a.log", lines)).values()
    assert (route.requests, route.failed, route.statuses[499]) == (8, 3, 2)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_log_is_read(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "access.log.2.gz"
    path.write_bytes(compress(f"{line()}\n".encode() * 1000))
    assert read(path).tally.routes()["GET /"].requests == 1000


def test_a_compressed_log_that_breaks_off_is_read_so_far(tmp_path: Path) -> None:
    chance = random.Random(1)
    lines = "".join(f"{line(took=f'{chance.random():.3f}')}\n" for _ in range(20_000))
    packed = gzip.compress(lines.encode())
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(packed[: len(packed) // 2])
    summed = read(path)
    assert summed.truncated is not None
    assert "compressed, and broken" in summed.truncated
    assert summed.tally.routes()["GET /"].requests > 1000


def test_a_file_that_nobody_understands_is_unknown_with_what_is_known(tmp_path: Path) -> None:
    path = written(tmp_path / "poem.txt", ["Shall I compare thee", "to a summer's day?"])
    with pytest.raises(CannotLook, match=r"none of the 2 lines .* 'Shall I compare thee'") as told:
        read(path)
    assert told.value.remedy is not None
    assert "nginx" in told.value.remedy
    assert "Caddy" in told.value.remedy


def test_a_binary_file_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(random.Random(1).randbytes(300_000))
    with pytest.raises(CannotLook, match="in a format that is known"):
        read(path)


def test_an_empty_file_has_no_requests(tmp_path: Path) -> None:
    assert read(written(tmp_path / "a.log", [])).tally.routes() == {}


def test_lines_that_are_broken_are_counted(tmp_path: Path) -> None:
    half = line()[:40]
    lines: list[str | bytes] = [line(), half, b"\xff\xfe\x00\x01", "", line(), "bye", line()]
    tally = read(written(tmp_path / "a.log", lines)).tally
    assert tally.routes()["GET /"].requests == 3
    assert (tally.lines, tally.unread) == (6, 3)
    assert tally.example == half.encode()


def test_a_line_of_ten_megabytes_is_skipped(tmp_path: Path) -> None:
    lines = [line(), "x" * 10_000_000, line()]
    tally = read(written(tmp_path / "a.log", lines)).tally
    assert (tally.routes()["GET /"].requests, tally.unread, tally.lines) == (2, 1, 3)


def test_a_last_line_that_is_still_being_written_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(f"{line()}\n{line()}")
    assert read(path).tally.routes()["GET /"].requests == 2


def test_formats_that_change_within_a_file_are_all_read(tmp_path: Path) -> None:
    lines = [COMBINED] * 300 + [TIMED["Caddy"]] * 300 + [COMBINED] * 10
    summed = read(written(tmp_path / "a.log", lines))
    assert summed.tally.routes()["GET /products/{id}"].requests == 610
    assert summed.tally.unread == 0
    assert len(summed.formats) == 2


def test_a_clock_that_goes_back_is_counted(tmp_path: Path) -> None:
    lines = [line("10:00:00"), line("10:10:00"), line("09:00:00"), line("09:00:01")]
    tally = read(written(tmp_path / "a.log", lines)).tally
    assert tally.routes()["GET /"].requests == 4
    assert tally.went_back == 1
    assert (tally.first, tally.last) == (TEN - 3600, TEN + 600)


def test_scanners_make_no_routes(tmp_path: Path) -> None:
    guesses = [line(request=f"GET /wp-{n * 'x'}.php HTTP/1.1", status=404) for n in range(500)]
    found = routes(written(tmp_path / "a.log", [line(), *guesses]))
    assert {name: route.requests for name, route in found.items()} == {
        "(not found)": 500,
        "GET /": 1,
    }


def test_there_is_an_end_to_routes(tmp_path: Path) -> None:
    def word(number: int) -> str:
        return "".join(chr(ord("a") + number // 26**place % 26) for place in range(4))

    many = [line(request=f"GET /{word(number * 7)} HTTP/1.1") for number in range(5_000)]
    tally = read(written(tmp_path / "a.log", [*[line()] * 50, *many])).tally
    found = tally.routes()
    assert sum(route.requests for route in found.values()) == 5_050
    assert len(found) <= 2_001
    assert found["GET /"].requests == 50
    assert tally.dropped > 0


def test_only_lines_from_a_moment_on_count(tmp_path: Path) -> None:
    lines = [line(f"{hour:02}:{minute:02}:00") for hour in range(24) for minute in range(60)] * 1
    path = written(tmp_path / "a.log", [one for one in lines for _ in range(20)])
    assert path.stat().st_size > 1_000_000
    tally = read(path, since=TEN + 13 * 3600).tally  # from 23:00 on
    assert tally.routes()["GET /"].requests == 60 * 20
    # and what is before is hardly looked at
    assert tally.lines < len(lines) * 20 / 5


def test_what_was_rotated_away_a_moment_ago_still_counts(tmp_path: Path) -> None:
    written(tmp_path / "access.log", [line("10:00:10")] * 3)
    written(tmp_path / "access.log.1", [line("09:00:00")] * 5 + [line("10:00:05")] * 2)
    old = written(tmp_path / "access.log.2", [line("10:00:01")] * 7)
    os.utime(old, (TEN - 9_999, TEN - 9_999))
    (tmp_path / "access.log.3.gz").write_bytes(gzip.compress(f"{line('10:00:02')}\n".encode()))
    written(tmp_path / "access.logic.log", [line("10:00:01")])
    tally = read(tmp_path / "access.log", since=TEN).tally
    assert tally.routes()["GET /"].requests == 3 + 2 + 1


def test_what_was_rotated_away_and_is_broken_takes_nothing_from_the_rest(tmp_path: Path) -> None:
    written(tmp_path / "access.log", [line("10:00:10")] * 3)
    (tmp_path / "access.log.1.gz").write_bytes(gzip.compress(b"x" * 99)[:20])
    summed = read(tmp_path / "access.log", since=TEN)
    assert summed.tally.routes()["GET /"].requests == 3
    assert summed.truncated is not None
    assert "access.log.1.gz: it is compressed, and broken" in summed.truncated


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotLook, match="No such file"):
        read(tmp_path / "access.log")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.text(max_size=80).map(str.encode),
            st.sampled_from([line(), COMBINED, *TIMED.values()]).map(str.encode),
            st.tuples(
                st.sampled_from([line(), *TIMED.values()]),
                st.integers(0, 200),
                st.binary(max_size=9),
            ).map(lambda cut: cut[0].encode()[: cut[1]] + cut[2] + cut[0].encode()[cut[1] :]),
        ),
        max_size=30,
    )
)
def test_nothing_that_is_written_breaks_it(tmp_path: Path, lines: list[bytes]) -> None:
    path = written(tmp_path / "a.log", lines)
    try:
        tally = read(path).tally
    except CannotLook:
        return
    counted = sum(route.requests for route in tally.routes().values())
    assert counted + tally.unread == tally.lines
