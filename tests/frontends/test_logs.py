"""A log has one line for each record, holds no secret, and keeps nobody waiting."""

import io
import json
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fettle.frontends import logs
from fettle.frontends.logs import Form

_LOG = logging.getLogger("fettle.test")


@contextmanager
def written(form: Form, level: int = logging.INFO) -> Iterator[io.StringIO]:
    """Give what is written to the log within the block, once it has ended."""
    out = io.StringIO()
    reading, writing = os.pipe()

    def read() -> None:
        with os.fdopen(reading, encoding="utf-8") as lines:
            out.write(lines.read())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with logs.installed(form, level, writing):
            yield out
    finally:
        os.close(writing)
        reader.join()


def objects(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def fail(text: str) -> None:
    raise ValueError(text)


def test_a_record_is_one_line_of_json() -> None:
    with written("json") as out:
        _LOG.warning("two\nlines of %s", "\ud800 text", extra={"fields": {"n": 1}})

    (line,) = objects(out)
    assert line["at"].endswith("Z")
    assert {key: line[key] for key in ("level", "logger", "n")} == {
        "level": "warning",
        "logger": "fettle.test",
        "n": 1,
    }
    assert line["message"].startswith("two\nlines of ")


def test_an_error_brings_its_trace_in_the_same_line() -> None:
    with written("json") as out:
        try:
            fail("postgresql://ada:hunter2@db/shop")
        except ValueError:
            _LOG.exception("it failed")

    (line,) = objects(out)
    assert "ValueError" in line["trace"]
    assert "hunter2" not in out.getvalue()


def test_nothing_from_outside_begins_a_line_of_text() -> None:
    with written("text") as out:
        _LOG.warning("given: %s", "x\n2026-01-01T00:00:00Z error forged: \x1b[31mred\u2028")

    assert len(out.getvalue().splitlines()) == 1
    assert "\x1b" not in out.getvalue()


def test_nothing_from_outside_acts_on_a_terminal_that_shows_json() -> None:
    with written("json") as out:
        _LOG.warning("given: %s", "x\x1b[31m\x9b2J\x7f\u2028y")

    assert out.getvalue().rstrip("\n").isprintable()
    assert objects(out)[0]["message"] == "given: x\x1b[31m\x9b2J\x7f\u2028y"


def test_a_line_within_a_request_carries_its_id() -> None:
    with written("json") as out:
        token = logs.REQUEST.set("abcdef0123456789")
        _LOG.info("inside")
        logs.REQUEST.reset(token)
        _LOG.info("outside")

    inside, outside = objects(out)
    assert inside["request"] == "abcdef0123456789"
    assert "request" not in outside


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("POST /hooks/fettle_h_q83hd-_92/alertmanager", "q83hd"),
        ("POST /hooks/a-key-of-another-kind/generic", "a-key-of"),
        ("GET /ping/1b671a64-40d5-491e-99b0-da01ff1f3341/start", "1b671a64"),
        ("GET /acknowledge/WzEsIndlYiJd.c2ln", "WzEsI"),
        ("GET /approve/WzEsMiwid2ViIl0.c2ln", "WzEsM"),
        ("GET /oncall/d2Vi.c2lnbmVk.ics", "c2lnbmVk"),
        ("GET /maintenance/c2lnbmVk.ics", "c2lnbmVk"),
        ("GET //Hooks//another/x", "another"),
        ("the token fettle_t_A-1_b was refused", "A-1_b"),
        ("Authorization: Bearer s3cr3t.x", "s3cr3t"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("cannot reach postgresql://ada:p@ss/wo:rd@db/shop", "ss/wo"),
        ("host=db password=hunter2 dbname=shop", "hunter2"),
        ("host=db password='hunter 2' dbname=shop", "hunter 2"),
        ("amqp://:hunter2@queue", "hunter2"),
        ("GET /api/1/envelope/?sentry_key=0123abcd&v=7", "0123abcd"),
        ("https://hook.example/?token=hunter2", "hunter2"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_cut_out(form: Form, text: str, secret: str) -> None:
    with written(form) as out:
        _LOG.warning("said: %s", text)
        _LOG.warning("a field", extra={"fields": {"text": text}})
        try:
            fail(text)
        except ValueError:
            _LOG.exception("an error")

    assert out.getvalue().count("…") >= 3
    assert secret not in out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "the store in postgresql://ada@db:5432/shop does not answer",
        "http://127.0.0.1:8470/ is taken; write to ada@example.org",
        "timer issue of 12 was not handled",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.cut(text) == text


def test_libraries_speak_in_the_same_lines_and_only_to_warn() -> None:
    with written("json", logging.DEBUG) as out:
        logging.getLogger("httpx").info("HTTP Request: POST https://hooks.example/T0/B1")
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("it is old", DeprecationWarning, stacklevel=1)

    loggers = [line["logger"] for line in objects(out)]
    assert loggers == ["uvicorn.error", "py.warnings"]


def test_quiet_is_errors_alone_and_verbose_is_all() -> None:
    def say() -> None:
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            _LOG.log(level, "said")

    with written("json", logging.ERROR) as quiet:
        say()
    with written("json", logging.DEBUG) as verbose:
        say()

    assert (len(objects(quiet)), len(objects(verbose))) == (1, 4)


def test_who_logs_waits_for_nobody_and_what_was_dropped_is_said() -> None:
    reading, writing = os.pipe()
    handler = logs.Aside(writing, waiting=100)
    handler.setFormatter(logs.Lines("json"))
    _LOG.addHandler(handler)
    logging.getLogger("fettle.server").addHandler(handler)
    try:
        for number in range(2_000):  # far more than a pipe and a hundred lines take
            _LOG.warning("%d %s", number, "x" * 200)
        data = b""
        while b"were dropped" not in data:
            data += os.read(reading, 65536)
    finally:
        _LOG.removeHandler(handler)
        logging.getLogger("fettle.server").removeHandler(handler)
        handler.close()
        os.close(writing)
        os.close(reading)

    assert b'"message": "0 x' in data


def test_a_reader_that_has_gone_ends_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with logs.installed("json", logging.INFO, writing):
        _LOG.info("to nobody")
        _LOG.info("again")
    os.close(writing)


def test_a_path_is_no_longer_than_a_line_bears() -> None:
    assert logs.cut_path("/issues/7") == "/issues/7"
    assert logs.cut_path("/" + "a" * 60_000) == "/" + "a" * 499 + "…"
