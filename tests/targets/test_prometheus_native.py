"""Native histograms, as a real Prometheus takes them in and tells them."""

import asyncio
import itertools
import struct
from collections.abc import Iterable
from pathlib import Path

from fettle.model.readings import Failures, Responses
from fettle.model.watchpoint import PrometheusApi
from tests.prometheus import Answer, answering, job, looking, started

PROTOBUF = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)
NAME = b"http_server_request_duration_seconds"


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _signed(value: int) -> bytes:
    return _varint(value * 2 if value >= 0 else -value * 2 - 1)


def _whole(number: int, value: bytes) -> bytes:
    return _varint(number << 3) + value


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _double(number: int, value: float) -> bytes:
    return _varint(number << 3 | 1) + struct.pack("<d", value)


def _histogram(counts: Iterable[tuple[int, int]], seconds: float) -> bytes:
    """Return a histogram of schema 0: the bucket n ends at 2 to the nth; io.prometheus.client."""
    told = dict(counts)
    body = _whole(1, _varint(sum(told.values()))) + _double(2, seconds)
    body += _whole(5, _signed(0)) + _double(6, 1e-9) + _whole(7, _varint(0))
    first, last = min(told), max(told)
    body += _bytes(12, _whole(1, _signed(first)) + _whole(2, _varint(last - first + 1)))
    before = 0
    for index in range(first, last + 1):
        count = told.get(index, 0)
        body += _whole(13, _signed(count - before))
        before = count
    return body


def _family(counts: Iterable[tuple[int, int]], seconds: float) -> bytes:
    label = _bytes(1, b"http_response_status_code") + _bytes(2, b"200")
    metric = _bytes(1, label) + _bytes(7, _histogram(counts, seconds))
    family = _bytes(1, NAME) + _whole(3, _varint(4)) + _bytes(4, metric)
    return _varint(len(family)) + family


async def test_the_interval_is_that_of_its_own_finer_buckets(tmp_path: Path) -> None:
    scrapes = itertools.count(1)

    def told(_: str) -> Answer:
        n = next(scrapes)
        # of ten, nine within 0.25 s and 0.5 s, one within 2 s and 4 s
        return 200, {"Content-Type": PROTOBUF}, _family([(-1, 9 * n), (2, n)], 6.0 * n)

    with (
        answering(told) as application,
        started(tmp_path, [job("shop", application.url.removeprefix("http://"))]) as url,
    ):
        async with asyncio.timeout(60):
            # a Prometheus begins to ask some seconds after its start
            while len(application.asked) < 4:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.1)
        async with looking(PrometheusApi("shop", url, 'job="shop"')) as look:
            (row,) = await look.of(Responses)
            (failures,) = await look.of(Failures)

    assert row.p50 is not None
    assert row.p95 is not None
    assert (row.p50.least, row.p50.most) == (0.25, 0.5)
    assert (row.p95.least, row.p95.most) == (2, 4)
    assert row.mean_s is not None
    assert abs(row.mean_s - 0.6) < 0.01
    assert failures.failed == 0
    assert failures.requests > 0
