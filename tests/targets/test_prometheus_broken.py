"""A Prometheus that is slow, gone, half broken, or none at all: each is told in one sentence."""

import math
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fettle.errors import CannotLook
from fettle.model.readings import Alive, Between, Descriptors, Memory, Queue, Responses
from fettle.model.watchpoint import PrometheusApi
from tests.prometheus import (
    NOW,
    Answer,
    Past,
    answering,
    constant,
    document,
    looking,
    remembering,
    told,
    vector,
)

HTML = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Log in</title>")


def well(question: str) -> Answer:
    """Answer as a Prometheus does that has one queue, and nothing else."""
    if question == "time()":
        return told(NOW)
    if question.startswith("/api/v1/label"):
        return told(["celery_queue_length"])
    if question == "sum by (queue_name, queue) (celery_queue_length)":
        return told(vector(({"queue_name": "mails"}, 7)))
    return told(vector())


async def hindrance(answer: Callable[[str], Answer]) -> CannotLook:
    with answering(answer) as server:
        point = PrometheusApi("shop", server.url)
        async with looking(point) as look:
            with pytest.raises(CannotLook) as caught:
                await look.source.read(Queue)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (HTML, "does not answer as a Prometheus does: it answered something else than its JSON"),
        ((200, {}, b""), "something else than its JSON"),
        ((200, {}, b'{"status": "success", "data": {'), "something else than its JSON"),
        ((200, {}, b'{"status": "success"}'), "something else than its JSON"),
        ((200, {}, b"[" * 100_000), "something else than its JSON"),
        ((200, {}, b"\xff\xfe"), "something else than its JSON"),
        ((404, {}, b"not here"), "has no API of a Prometheus"),
        ((401, {}, b""), "does not let us ask"),
        ((403, {}, b"<html>"), "does not let us ask"),
        ((302, {"Location": "http://10.0.0.1/login"}, b""), "sends on to http://10.0.0.1/login"),
        ((302, {"Location": "//a:b@h/login?key=s3cret"}, b""), "sends on to //h/login"),
        ((503, {}, b"starting"), "answered status 503"),
        ((500, {}, b""), "answered status 500"),
        (told(["a"]), "does not know the time"),
        (told({"resultType": "scalar", "result": [1, "soon"]}), "does not know the time"),
        (
            document({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400),
            "refused a question (bad_data: parse error)",
        ),
        (
            document({"status": "error", "errorType": "timeout", "error": "query timed out"}, 503),
            "did not come to an answer within 10 s (timeout: query timed out)",
        ),
    ],
)
async def test_what_no_prometheus_answers_is_said_in_one_sentence(
    answer: Answer, reason: str
) -> None:
    error = await hindrance(lambda _: answer)

    assert reason in error.reason
    assert "s3cret" not in error.reason
    assert error.remedy is not None or answer[0] >= 500


@pytest.mark.parametrize(
    "data",
    [None, 5, "text", {}, {"resultType": "vector"}, {"resultType": "matrix", "result": []}],
)
async def test_an_answer_of_another_shape_is_said_to_be_one(data: object) -> None:
    def strange(question: str) -> Answer:
        return told(data) if question.startswith("sum by") else well(question)

    assert "does not answer as a Prometheus does" in (await hindrance(strange)).reason


async def test_what_one_question_is_refused_hides_nothing_else() -> None:
    def half(question: str) -> Answer:
        if "process_open_fds" in question and question.startswith("max"):
            return document({"status": "error", "errorType": "execution", "error": "shard 3"}, 422)
        if question.startswith("/api/v1/label"):
            return told(["celery_queue_length", "process_open_fds", "process_max_fds"])
        return well(question)

    with answering(half) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            assert [row.waiting for row in await look.of(Queue)] == [7]
            with pytest.raises(CannotLook, match="execution: shard 3"):
                await look.source.read(Descriptors)


async def test_samples_that_are_none_are_left_out() -> None:
    def odd(question: str) -> Answer:
        if not question.startswith("sum by (queue_name, queue) (celery_queue_length)"):
            return well(question)
        result: list[object] = [
            None,
            "sample",
            {},
            {"metric": None, "value": [1, "5"]},
            {"metric": {"queue_name": "a"}, "value": [1]},
            {"metric": {"queue_name": "b"}, "value": [1, 5]},
            {"metric": {"queue_name": "c"}, "value": [1, "five"]},
            {"metric": {"queue_name": "d"}, "value": [1, "NaN"]},
            {"metric": {"queue_name": "e"}, "value": [1, "+Inf"]},
            {"metric": {"queue_name": 6, "queue": None}, "value": [1, "6"]},
            {"metric": {"queue_name": "f"}, "value": [1, "5"]},
        ]
        return told({"resultType": "vector", "result": result})

    with answering(odd) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            assert [row.subject for row in await look.of(Queue)] == ["shop 6 None", "shop f"]


async def test_an_endless_answer_is_cut_and_said_to_be_too_much() -> None:
    def endless(question: str) -> Answer:
        return (200, {}, b" " * (9 * 1024**2)) if question == "time()" else well(question)

    assert "more than 8,388,608 bytes" in (await hindrance(endless)).reason


async def test_one_that_never_answers_is_left_after_its_time() -> None:
    ended = threading.Event()

    def silent(question: str) -> Answer:
        ended.wait(20)
        return well(question)

    with answering(silent) as server:
        point = PrometheusApi("shop", server.url)
        async with looking(point, patience=timedelta(seconds=0.3)) as look:
            with pytest.raises(CannotLook, match="gave no whole answer within"):
                await look.source.read(Queue)
        ended.set()


async def test_one_that_is_gone_is_said_to_be() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        async with looking(PrometheusApi("shop", url)) as look:
            with pytest.raises(CannotLook, match="gave no answer"):
                await look.source.read(Queue)


async def test_a_part_of_the_truth_is_said_to_be_a_part() -> None:
    """Thanos answers without the stores that are gone, and warns."""

    def partial(question: str) -> Answer:
        status, headers, body = well(question)
        if not question.startswith("sum by (queue_name, queue) (celery_queue_length)"):
            return status, headers, body
        data = vector(({"queue_name": "mails"}, 7))
        return told(data, warnings=["no store matched", "PromQL info: not a counter"], infos=["x"])

    with answering(partial) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            (row,) = await look.of(Queue)
            (gap,) = await look.gaps(Queue)
            assert await look.source.read(Memory) == []  # of what is not there nothing is hidden

    assert row.waiting == 7
    assert gap.reason.endswith("what it tells may be a part: no store matched")


async def test_the_same_is_asked_once_and_only_what_is_there() -> None:
    with answering(well) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            for kind in look.source.offers:
                await look.source.read(kind)

    assert len(server.asked) == len(set(server.asked))
    assert all("celery_queue_length" in asked for asked in server.asked[2:])


async def test_it_is_told_who_asks_and_for_how_long() -> None:
    with answering(well) as server:
        token = PrometheusApi("shop", server.url, token="t0ken", tenant="acme")
        async with looking(token) as look:
            await look.source.read(Queue)
        user = PrometheusApi("shop", server.url, user="ada", password="p:w")
        async with looking(user) as look:
            await look.source.read(Queue)
        address = PrometheusApi("shop", server.url.replace("//", "//ada:p%3Aw@"))
        async with looking(address) as look:
            await look.source.read(Queue)

    permits = {headers["Authorization"] for headers in server.headers}
    assert permits == {"Bearer t0ken", "Basic YWRhOnA6dw=="}
    assert {headers.get("X-Scope-OrgID") for headers in server.headers} == {"acme", None}


async def test_no_password_stands_in_what_is_said() -> None:
    with answering(lambda _: HTML) as server:
        point = PrometheusApi("shop", server.url.replace("//", "//ada:s3cret@"))
        async with looking(point) as look:
            with pytest.raises(CannotLook) as caught:
                await look.source.read(Queue)
            said = f"{look.source.name} {caught.value.reason} {caught.value.remedy} {point!r}"

    assert "s3cret" not in said


async def test_a_native_histogram_is_read_by_the_buckets_that_it_tells() -> None:
    name = "http_server_request_duration_seconds"
    buckets = [
        None,
        [1],
        [0, 1, 2, 3],
        [0, "a", "b", "c"],
        [3, "-0.001", "0.001", "10"],
        [0, "0.25", "0.5", "80"],
        [0, "2", "2.2", "10"],
    ]
    native = {"count": "100", "sum": "50", "buckets": buckets}

    def answer(question: str) -> Answer:
        if question.startswith("/api/v1/label"):
            return told([name])
        if question == f"sum by () (increase({name}[300s]))":
            sample = {"metric": {}, "histogram": [1, native]}
            return told({"resultType": "vector", "result": [sample]})
        if "histogram_count" in question and not question.startswith("topk"):
            return told(vector(({"http_response_status_code": "200"}, 100)))
        if "histogram_sum" in question:
            return told(vector(({}, 50)))
        return well(question)

    with answering(answer) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            (row,) = await look.of(Responses)

    assert (row.requests, row.mean_s) == (100, 0.5)
    assert row.p50 == Between(0.25, 0.5)
    assert row.p95 == Between(2, 2.2)
    assert row.p95 is not None
    assert not math.isinf(row.p95.most)


async def test_what_is_up_is_asked_although_nothing_else_is_there() -> None:
    def answer(question: str) -> Answer:
        if question.startswith("/api/v1/label"):
            return told(["up"])
        if question.startswith("min by"):
            return told(vector(({"job": "shop", "instance": "a:1"}, 0)))
        return well(question)

    with answering(answer) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            assert [(row.subject, row.up) for row in await look.of(Alive)] == [("shop a:1", False)]


# Clocks apart


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [
        (timedelta(hours=1), "it has figures of shop 10.0.0.7:8000 that are of a later moment"),
        (-timedelta(hours=1), "it has no figures of shop of the last 5 min"),
    ],
)
async def test_what_comes_by_another_clock_is_neither_fresh_nor_well(
    tmp_path: Path, ahead: timedelta, reason: str
) -> None:
    series = [Past("up", constant(1)), Past("celery_queue_length", constant(0))]
    back = timedelta(minutes=75)
    with remembering(tmp_path, *series, back=back, ahead=ahead) as url:
        async with looking(PrometheusApi("shop", url, 'job="shop"')) as look:
            for kind in (Queue, Alive, Responses):
                with pytest.raises(CannotLook) as caught:
                    await look.source.read(kind)
                assert reason in caught.value.reason
                assert "clocks" in (caught.value.remedy or "")


async def test_of_a_whole_prometheus_it_is_said_whose_clock_is_ahead(tmp_path: Path) -> None:
    stock = {"job": "stock", "instance": "10.0.0.9:80"}
    series = [
        Past("up", lambda ago: 1 if ago >= 3600 else None),  # its last 15 minutes, as of now
        Past("up", constant(1), stock),
        Past("celery_queue_length", constant(0), stock),
    ]
    hour = timedelta(hours=1)
    with remembering(tmp_path, *series, back=hour + timedelta(minutes=15), ahead=hour) as url:
        async with looking(PrometheusApi("main", url, whole=True)) as look:
            (gap,) = await look.gaps(Queue)

    assert "figures of stock 10.0.0.9:80 that are of a later moment" in gap.reason


async def test_a_prometheus_is_asked_by_its_own_clock_however_wrong_that_is() -> None:
    with answering(well) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            assert [row.waiting for row in await look.of(Queue)] == [7]

    begins = {form["start"][0] for form in server.forms if "start" in form}
    assert begins == {str(1_800_000_000 - 600)}


async def test_what_waits_since_a_moment_to_come_has_no_age() -> None:
    waiting, since = "rabbitmq_queue_messages_ready", "rabbitmq_queue_head_message_timestamp"
    later = 1_800_000_000 + 3600

    def by_another_clock(question: str) -> Answer:
        if question.startswith("/api/v1/label"):
            return told([waiting, since])
        if question == f"sum by (vhost, queue) ({waiting})":
            return told(vector(({"queue": "mails"}, 7)))
        if question == f"max by (vhost, queue) ({since})":
            return told(vector(({"queue": "mails"}, later)))
        return well(question)

    with answering(by_another_clock) as server:
        async with looking(PrometheusApi("shop", server.url)) as look:
            (mails,) = await look.of(Queue)

    assert (mails.waiting, mails.oldest) == (7, None)
