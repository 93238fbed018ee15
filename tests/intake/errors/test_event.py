"""An event is read as it is meant, in all the shapes that libraries send."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from fettle.intake.errors.event import read_event
from fettle.model.error_event import Asked, Crumb, ErrorLevel, Frame, Raised
from tests.intake.errors.sending import ID, NOW, captured, one, packed, said

FRAME = {"function": "pay", "filename": "shop/cart.py", "lineno": 42, "in_app": True}
READ = Frame(function="pay", file="shop/cart.py", line=42, in_app=True)
VALUE = {"type": "KeyError", "value": "'total'", "module": "builtins"}


def test_what_node_sends_is_read_whole() -> None:
    (event,) = captured("node_exception.envelope").events

    assert event.notes == ()
    assert [(one.type, one.handled) for one in event.raised] == [
        ("SyntaxError", True),
        ("PaymentError", True),
    ]
    assert event.raised[1].value == "order 4711 could not be charged"
    frame = event.raised[0].frames[-2]
    assert (frame.function, frame.line, frame.column, frame.in_app) == ("charge", 5, 36, True)
    assert (frame.context or "").startswith("function charge(order)")
    assert (event.platform, event.release, event.environment) == (
        "node",
        "shop@2.1.0",
        "production",
    )
    assert (event.user, event.tags["area"], event.server) == ("42", "checkout", "web-1")
    assert event.trace == "d2389e11f8c3473f81ec0db8b571e88c"
    assert event.sdk == "sentry.javascript.node/11.12.0"
    assert event.asked is not None
    assert event.asked.headers["authorization"] == "[Filtered]"
    assert event.contexts["extra"]["attempt"] == "2"
    assert "checkout of 3 items cart=17" in [crumb.message for crumb in event.crumbs]


def test_what_python_sends_is_read_whole() -> None:
    (event,) = captured("python_wsgi.envelope").events

    assert event.notes == ()
    assert [(one.type, one.module, one.handled) for one in event.raised] == [
        ("JSONDecodeError", "json.decoder", False),
        ("RuntimeError", None, False),
    ]
    top = event.raised[1].frames[-1]
    assert (top.function, top.file, top.in_app) == ("charge", "app.py", True)
    assert top.names["order"].startswith('{"id": "4711"')
    assert event.asked is not None
    assert (event.asked.method, event.asked.url) == ("POST", "https://shop.example/pay")
    assert event.contexts["env"]["REMOTE_ADDR"] == "10.0.0.9"
    assert event.contexts["modules"]["starlette"]


def test_a_message_and_a_rejection_are_read() -> None:
    (message,) = captured("node_message.envelope").events
    (rejected,) = captured("node_rejection.envelope").events

    assert (message.message, message.level) == ("stock is low", ErrorLevel.WARNING)
    assert rejected.raised[0].type == "TypeError"
    assert rejected.raised[0].handled is False


@pytest.mark.parametrize(
    "given",
    [
        {"exception": {"values": [VALUE]}},
        {"exception": [VALUE]},
        {"exception": VALUE},
        {"exception": {"values": [None, VALUE]}},
        {"sentry.interfaces.Exception": {"values": [VALUE]}},
    ],
)
def test_exceptions_come_in_many_shapes(given: dict[str, Any]) -> None:
    assert one(given).raised == (Raised("KeyError", "'total'", "builtins"),)


def test_a_value_that_is_an_object_is_printed() -> None:
    event = one({"exception": {"type": "Error", "value": {"code": 7, "why": 'no "x"'}}})

    assert event.raised[0].value == r'{"code": 7, "why": "no \"x\""}'


@pytest.mark.parametrize("state", ["crashed", "current"])
def test_without_an_exception_the_thread_that_matters_has_the_stack(state: str) -> None:
    threads = [
        {"id": 1, "stacktrace": {"frames": [{"function": "idle"}]}},
        {"id": 2, state: True, "stacktrace": {"frames": [FRAME]}},
    ]

    assert said(threads={"values": threads}).raised == (Raised(frames=(READ,)),)


def test_an_exception_without_a_stack_has_that_of_its_thread() -> None:
    event = one(
        {
            "exception": VALUE,
            "threads": {"values": [{"crashed": True, "stacktrace": {"frames": [FRAME]}}]},
        }
    )

    assert event.raised == (Raised("KeyError", "'total'", "builtins", (READ,)),)


def test_a_stack_of_the_event_itself_is_taken() -> None:
    assert said(stacktrace={"frames": [FRAME]}).raised == (Raised(frames=(READ,)),)


def test_a_frame_has_its_surroundings() -> None:
    frame = {
        **FRAME,
        "abs_path": "/srv/shop/cart.py",
        "colno": "7",
        "module": "shop.cart",
        "pre_context": [f"line {number}" for number in range(9)],
        "context_line": "    total = order['total']",
        "post_context": ["    return total"],
        "vars": {"order": {"id": 12}, "retries": 3, "note": None},
    }
    (raised,) = one({"exception": {**VALUE, "stacktrace": {"frames": [frame]}}}).raised

    assert raised.frames == (
        Frame(
            function="pay",
            module="shop.cart",
            file="shop/cart.py",
            path="/srv/shop/cart.py",
            line=42,
            column=7,
            in_app=True,
            context="    total = order['total']",
            before=("line 4", "line 5", "line 6", "line 7", "line 8"),
            after=("    return total",),
            names={"order": '{"id": 12}', "retries": "3"},
        ),
    )


@pytest.mark.parametrize(
    ("given", "message", "template"),
    [
        ({"message": "stock is low"}, "stock is low", None),
        ({"message": {"message": "stock is low"}}, "stock is low", None),
        ({"message": {"message": "%s is low", "params": ["tea"]}}, "tea is low", "%s is low"),
        ({"logentry": {"message": "%s: %d %%", "params": ["tea", 3]}}, "tea: 3 %", "%s: %d %%"),
        ({"logentry": {"message": "%(a)s!", "params": {"a": "tea"}}}, "tea!", "%(a)s!"),
        ({"logentry": {"message": "{0} {} {b}", "params": ["tea"]}}, "tea tea {b}", "{0} {} {b}"),
        ({"logentry": {"message": "{b}", "params": {"b": [1]}}}, "[1]", "{b}"),
        ({"logentry": {"message": "%9999999999d", "params": [1]}}, "%9999999999d", None),
        ({"logentry": {"message": "a %s", "formatted": "a b"}}, "a b", "a %s"),
        ({"logentry": {"formatted": "a b"}}, "a b", None),
        ({"logentry": "stock is low"}, "stock is low", None),
        ({"sentry.interfaces.Message": {"message": "low"}}, "low", None),
        ({"message": 17}, "17", None),
    ],
)
def test_what_was_logged_is_told_with_its_parameters(
    given: dict[str, Any], message: str, template: str | None
) -> None:
    event = one(given)

    assert (event.message, event.template) == (message, template)


@pytest.mark.parametrize(
    "given",
    [
        {"area": "checkout", "tries": 3},
        [["area", "checkout"], ["tries", 3]],
        [{"key": "area", "value": "checkout"}, {"key": "tries", "value": 3}, None],
    ],
)
def test_tags_come_as_an_object_or_as_pairs(given: object) -> None:
    assert said(tags=given).tags == {"area": "checkout", "tries": "3"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "shop.example", "Accept": ["a", "b"]},
        [["Host", "shop.example"], ["Accept", "a, b"]],
    ],
)
@pytest.mark.parametrize(
    "query", ["a=1&b=x", {"a": "1", "b": "x"}, [["a", "1"], ["b", "x"]], {"a": 1, "b": "x"}]
)
def test_requests_come_as_objects_or_as_pairs(headers: object, query: object) -> None:
    event = said(
        request={
            "method": "POST",
            "url": "https://shop.example/pay",
            "query_string": query,
            "headers": headers,
            "data": {"cart": [1, 2]},
            "cookies": "sid=1",
            "env": {"REMOTE_ADDR": "10.0.0.9"},
        }
    )

    assert event.asked == Asked(
        method="POST",
        url="https://shop.example/pay",
        query="a=1&b=x",
        headers={"Host": "shop.example", "Accept": "a, b"},
        body='{"cart": [1, 2]}',
    )
    assert event.contexts == {"env": {"REMOTE_ADDR": "10.0.0.9"}}


@pytest.mark.parametrize("shape", [lambda crumbs: crumbs, lambda crumbs: {"values": crumbs}])
def test_crumbs_say_what_happened_before(shape: Any) -> None:  # noqa: ANN401 - a function
    event = said(
        breadcrumbs=shape(
            [
                {"timestamp": "2026-11-27T11:59:00Z", "category": "auth", "message": "logged in"},
                {
                    "type": "http",
                    "level": "info",
                    "data": {"url": "/pay", "method": "GET", "status_code": 500, "ms": 7},
                },
            ]
        )
    )

    assert event.crumbs == (
        Crumb(datetime(2026, 11, 27, 11, 59, tzinfo=UTC), "auth", None, "logged in"),
        Crumb(None, "http", "info", "GET /pay 500 ms=7"),
    )


@pytest.mark.parametrize(
    ("user", "known"),
    [
        ({"id": 42, "email": "ada@shop.example"}, "42"),
        ({"username": "ada", "ip_address": "10.0.0.9"}, "ada"),
        ({"email": "ada@shop.example"}, "ada@shop.example"),
        ({"ip_address": "{{auto}}"}, None),
        ({}, None),
    ],
)
def test_a_user_is_whoever_names_them_best(user: object, known: str | None) -> None:
    assert said(user=user).user == known


@pytest.mark.parametrize(
    ("level", "read"),
    [
        ("fatal", ErrorLevel.FATAL),
        ("CRITICAL", ErrorLevel.FATAL),
        ("warn", ErrorLevel.WARNING),
        ("log", ErrorLevel.INFO),
        ("trace", ErrorLevel.DEBUG),
        (40, ErrorLevel.ERROR),
        (30, ErrorLevel.WARNING),
        (None, ErrorLevel.ERROR),
    ],
)
def test_levels_have_synonyms(level: object, read: ErrorLevel) -> None:
    assert said(level=level).level is read


@pytest.mark.parametrize("id_", [ID, ID.upper(), "9ec79c33-ec99-42ab-8353-589fcb2e04dc"])
def test_ids_have_dashes_or_none(id_: str) -> None:
    assert said(event_id=id_).id == UUID(ID)


@pytest.mark.parametrize("id_", [None, "7", "0" * 32, 7, [ID]])
def test_without_an_id_one_is_made_that_is_the_same_when_it_is_sent_again(id_: object) -> None:
    event = said(event_id=id_)

    assert event.id == said(event_id=id_).id != said(event_id=id_, logger="other").id


@pytest.mark.parametrize(
    "timestamp",
    [1795780740, 1795780740.0, "1795780740", "2026-11-27T11:59:00Z", "2026-11-27T12:59:00+01:00"],
)
def test_moments_are_numbers_or_texts(timestamp: object) -> None:
    event = said(timestamp=timestamp)

    assert event.at == datetime(2026, 11, 27, 11, 59, tzinfo=UTC)
    assert event.notes == ()


@pytest.mark.parametrize(
    "off", [timedelta(minutes=2), timedelta(days=4000), -timedelta(days=31), -timedelta(days=9000)]
)
def test_a_clock_that_is_off_is_not_believed_and_what_it_said_is_kept(off: timedelta) -> None:
    event = said(timestamp=(NOW + off).isoformat())

    assert event.at == NOW
    assert event.contexts["clock"] == {
        "said": (NOW + off).isoformat(),
        "corrected": NOW.isoformat(),
    }


@pytest.mark.parametrize("off", [timedelta(seconds=30), -timedelta(days=29), timedelta(0)])
def test_a_clock_that_is_nearly_right_is_believed(off: timedelta) -> None:
    event = said(timestamp=(NOW + off).isoformat())

    assert (event.at, event.contexts) == (NOW + off, {})


@pytest.mark.parametrize("years", [-20, 5])
def test_how_far_a_clock_is_off_is_told_by_when_it_says_that_it_sent(years: int) -> None:
    off = timedelta(days=365 * years)
    body = packed(
        {"message": "no order", "timestamp": (NOW + off - timedelta(hours=2)).isoformat()}
    )
    event = read_event(body, NOW, sent_at=NOW + off)

    assert event.at == NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    ("member", "value", "note"),
    [
        ("tags", 7, "tags: is a number where an object or a list of pairs belongs"),
        ("tags", [7], "tags[0]: is no pair of a name and a value"),
        ("user", "ada", "user: is a text where an object belongs"),
        ("request", [], "request: is a list where an object belongs"),
        ("contexts", [], "contexts: is a list where an object belongs"),
        ("release", {}, "release: is an object where a text belongs"),
        ("exception", "boom", "exception: is a text where a list or an object belongs"),
        ("exception", {"values": 7}, "exception.values: is a number where a list belongs"),
        ("exception", [7], "exception.values[0]: is a number where an object belongs"),
        ("breadcrumbs", "x", "breadcrumbs: is a text where a list or an object belongs"),
        ("breadcrumbs", [7], "breadcrumbs.values[0]: is a number where an object belongs"),
        ("fingerprint", 7, "fingerprint: is a number where a list of texts belongs"),
        ("timestamp", "yesterday", "timestamp: 'yesterday' is no moment"),
        ("timestamp", {}, "timestamp: '{}' is no moment"),
        ("level", "tuesday", "level: 'tuesday' is none of fatal, error, warning, info, debug"),
        ("event_id", "x", "event_id: is no id of 32 hexadecimal digits; one was made of the event"),
        ("sdk", 7, "sdk: is a number where an object belongs"),
    ],
)
def test_a_field_of_the_wrong_kind_is_left_out_and_noted(
    member: str, value: object, note: str
) -> None:
    event = said(**{member: value}, logger="shop")

    assert event.notes == (note,)
    assert (event.message, event.logger) == ("no order", "shop")


@pytest.mark.parametrize(
    ("frame", "note"),
    [
        ({"lineno": "far"}, "lineno: is no number of a line or column"),
        ({"lineno": -1}, "lineno: is no number of a line or column"),
        ({"lineno": 10**12}, "lineno: is no number of a line or column"),
        ({"in_app": "yes"}, "in_app: is a text where true or false belongs"),
        ({"pre_context": "x"}, "pre_context: is a text where a list belongs"),
        ({"post_context": [7]}, "post_context: holds a number where lines belong"),
        ({"vars": "x"}, "vars: is a text where an object or a list of pairs belongs"),
        ({"filename": []}, "filename: is a list where a text belongs"),
    ],
)
def test_a_field_of_a_frame_is_left_out_and_the_frame_stays(
    frame: dict[str, Any], note: str
) -> None:
    event = said(stacktrace={"frames": [{"function": "pay", **frame}]})

    assert event.raised[0].frames == (Frame(function="pay"),)
    assert event.notes == (f"stacktrace.frames[0].{note}",)


def test_fingerprints_are_kept_as_they_were_said() -> None:
    assert said(fingerprint=["{{ default }}", 7]).fingerprint == ("{{ default }}", "7")
    assert said(fingerprint="cart").fingerprint == ("cart",)
