"""No secret whose name or shape is known is stored with an error; what the error says stays."""

import json
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadSettings
from fettle.intake.errors.scrub import Scrubbing
from fettle.model.error_event import Asked, Crumb, ErrorEvent, Frame, Raised
from tests.intake.errors.sending import ID, NOW, captured

SCRUBBING = Scrubbing()
EVENT = ErrorEvent(UUID(ID), NOW, message="no order")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN"

# A text, and what must not be in it afterwards.
SECRETS = [
    ("password=hunter2 was refused", "hunter2"),
    ("DB_PASSWORD=hunter2 ./run", "hunter2"),
    ("a password: hunter2", "hunter2"),
    ("{'password': 'hunter2', 'user': 'ada'}", "hunter2"),
    ('{"client_secret": "tr0ub4dor"}', "tr0ub4dor"),
    (r"{\"apiKey\": \"tr0ub4dor\"}", "tr0ub4dor"),
    ("password=b'hunter2'", "hunter2"),
    ('token = "it\\"s mine"', "s mine"),
    ("secret => 'tr0ub4dor'", "tr0ub4dor"),
    ("credentials: [ada, tr0ub4dor]", "tr0ub4dor"),
    ("GET /pay?access_token=abc123&x=1", "abc123"),
    ("https://shop.example/?X-Amz-Security-Token=abc%2F123", "abc%2F123"),
    ("csrf_token=abc123;", "abc123"),
    ("session=abc123", "abc123"),
    ("pin=1234", "1234"),
    ("InvalidTokenError: password=hunter2", "hunter2"),
    ("max_tokens: [password='hunter2']", "hunter2"),
    ("unexpected token: password=hunter2", "hunter2"),
    ('password=None, token=None, secret="tr0ub4dor"', "tr0ub4dor"),
    ("cvv: 123", "123"),
    ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
    ("Authorization: Basic YWRhOnNlY3JldA==", "YWRhOnNlY3JldA"),
    ("curl -H 'Cookie: sid=4711; theme=dark'", "4711"),
    ("Set-Cookie: sid=4711", "4711"),
    ("sent with bearer 0123456789abcdef", "0123456789abcdef"),
    (f"the token {JWT} has expired", "dozjgNry"),
    ("postgresql://app:s3cr3t@db:5432/shop", "s3cr3t"),
    ("redis://:s3cr3t@cache", "s3cr3t"),
    ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c6912"),
    ("key sk-proj-abcdefghijklmnopqrstuvwx leaked", "abcdefghijklmnop"),
    ("sk_live_0123456789abcdef", "0123456789abcdef"),
    ("xoxb-1234567890-abcdef", "1234567890"),
    ("fettle_e_" + "aB3-" * 10 + "xyz", "aB3-aB3"),
    ("fettle_hook_" + "aB3_" * 10 + "xyz", "aB3_aB3"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ("-----BEGIN PRIVATE KEY-----\\nMIIEow…", "MIIEow"),
    ("card 4111 1111 1111 1111 was declined", "4111"),
    ("cards 5500-0000-0000-0004 and 378282246310005", "378282246310005"),
]
# What grouping and known errors are told by, and people search for.
KEPT = [
    'password authentication failed for user "app"',
    "CSRF verification failed. Request aborted.",
    "CSRF token missing",
    "KeyError: 'token'",
    "Unexpected token < in JSON at position 0",
    "Unexpected token: 'foo'",
    "invalid token: expected a number",
    "jwt.exceptions.InvalidTokenError: Not enough segments",
    "TokenExpiredError: jwt expired",
    'null value in column "password" of relation "users" violates not-null constraint',
    "bearer authentication failed",
    "session: closed",
    "UPDATE users SET password = $1 WHERE id = $2",
    "SELECT * FROM users WHERE token = %s AND session_id = ?",
    "max_tokens=500, token_type=bearer, token_count: 17",
    "password=None",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "duplicate key value violates unique constraint",
    "order 1234567890123 is stuck since 1795762746167",
    "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://shop.example:8443/pay@2x.png",
    "ada@shop.example cannot log in",
    "0.4111111111111111",
    "",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_go_from_what_is_said(text: str, secret: str) -> None:
    event = SCRUBBING.event(
        replace(
            EVENT,
            message=text,
            raised=(Raised("E", text, frames=(Frame(path=text, names={"given": text}),)),),
            crumbs=(Crumb(message=text),),
            tags={"said": text},
            asked=Asked(url=text, query=text, body=text, headers={"x-said": text}),
            contexts={"extra": {"said": text}},
            transaction=text,
            fingerprint=(text,),
            user=text,
            notes=(text,),
        )
    )

    assert secret in text
    assert secret not in repr(event)


@pytest.mark.parametrize("text", KEPT)
def test_what_an_error_says_stays(text: str) -> None:
    assert SCRUBBING.text(text) == text


@pytest.mark.parametrize("text", KEPT)
def test_what_is_clean_is_not_made_anew(text: str) -> None:
    event = replace(EVENT, message=text, raised=(Raised("E", text),))

    assert SCRUBBING.event(event) == event


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Cookie", "set-cookie", "X-Api-Key", "x-csrf-token", "proxy_password"),
        *("userPassword", "clientSecret", "SESSION_ID", "sessionid", "session", "credit_card"),
        *("auth", "jwt", "DB_PASSWD", "AWS_SECRET_ACCESS_KEY", "HTTP_AUTHORIZATION", "pin"),
    ],
)
def test_what_has_a_secrets_name_goes_whatever_it_is(name: str) -> None:
    event = SCRUBBING.event(
        replace(
            EVENT,
            tags={name: "plain"},
            asked=Asked(headers={name: "plain"}, body=json.dumps({"a": [{name: {"b": "plain"}}]})),
            raised=(Raised(frames=(Frame(names={name: "plain", "x": f'{{"{name}": "plain"}}'}),)),),
            contexts={"extra": {name: "plain"}, name: {"value": "plain"}},
        )
    )

    assert "plain" not in repr(event)
    assert event.asked is not None
    assert event.asked.body == json.dumps({"a": [{name: "[secret]"}]})


@pytest.mark.parametrize(
    "name", ["author", "passenger", "compass", "tokens", "max_token_length", "password_expired"]
)
def test_what_is_only_called_like_one_stays(name: str) -> None:
    assert SCRUBBING.event(replace(EVENT, tags={name: "plain"})).tags == {name: "plain"}


def test_of_source_only_what_stands_in_quotes_is_a_secret() -> None:
    frame = Frame(
        context='    login(password="hunter2", token=token)',
        before=("token = read_token()", "password: str = field()"),
        after=("url = 'postgresql://app:s3cr3t@db/shop'",),
    )
    event = SCRUBBING.event(replace(EVENT, raised=(Raised(frames=(frame,)),)))

    (scrubbed,) = event.raised[0].frames
    assert scrubbed.context == '    login(password="[secret]", token=token)'
    assert scrubbed.before == frame.before
    assert scrubbed.after == ("url = 'postgresql://app:[password]@db/shop'",)


def test_names_of_packages_are_no_secrets() -> None:
    event = replace(EVENT, contexts={"modules": {"django-session": "1.0", "passlib": "2.0"}})

    assert SCRUBBING.event(event) == event


def test_a_secret_that_stands_among_others_is_found_in_each_text() -> None:
    """Texts are searched together; what is found in one changes no other."""
    values = {str(number): f"password=secret{number}" for number in range(50)}
    event = SCRUBBING.event(replace(EVENT, contexts={"extra": values}))

    assert event.contexts["extra"] == dict.fromkeys(values, "password=[secret]")


def test_a_text_with_a_nul_is_searched_by_itself() -> None:
    event = replace(EVENT, message="a\0b password=hunter2", transaction="token=abc c\0d")
    scrubbed = SCRUBBING.event(event)

    assert scrubbed.message == "a\0b password=[secret]"
    assert scrubbed.transaction == "token=[secret] c\0d"


def test_a_team_has_rules_of_its_own() -> None:
    scrubbing = Scrubbing(patterns=(r"K-\d+",), names=("Kundennummer", "tax id"))
    event = scrubbing.event(
        replace(
            EVENT,
            message="customer K-4711 has kundennummer=12 and TaxId: 99",
            tags={"kunden_nummer": "12", "kundennummer_alt": "12", "tax-id": "99"},
        )
    )

    assert event.message == "customer [scrubbed] has kundennummer=[secret] and TaxId: [secret]"
    assert event.tags == {
        "kunden_nummer": "[secret]",
        "kundennummer_alt": "[secret]",
        "tax-id": "[secret]",
    }


@pytest.mark.parametrize("pattern", ["^no", "order$", r"\bor\w+", r"\Ano order\z", "(?i)ORDER"])
def test_a_rule_is_about_each_text_by_itself(pattern: str) -> None:
    event = replace(EVENT, tags={"a": "before", "b": "no order", "c": "after"})
    scrubbed = Scrubbing(patterns=(pattern,)).event(event)

    assert "[scrubbed]" in scrubbed.tags["b"]
    assert (scrubbed.tags["a"], scrubbed.tags["c"]) == ("before", "after")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("(", "'(' is no expression: missing )"), ("a*", "'a*' fits every text, even an empty one")],
)
def test_a_bad_rule_says_which_it_is(pattern: str, reason: str) -> None:
    with pytest.raises(BadSettings) as raised:
        Scrubbing(patterns=("fine", pattern))
    assert raised.value.reason.startswith(f"[errors] scrub: {reason}")


def test_of_real_events_secrets_go_and_all_else_stays() -> None:
    for name in ("node_exception.envelope", "python_wsgi.envelope"):
        (event,) = captured(name).events
        scrubbed = SCRUBBING.event(event)

        assert [(one.type, one.value) for one in scrubbed.raised] == [
            (one.type, one.value) for one in event.raised
        ]
        assert "4111 1111" not in repr(scrubbed)
        assert "sk_live_" not in repr(scrubbed)
        assert scrubbed.contexts.keys() == event.contexts.keys()


@given(st.text(max_size=200) | st.lists(st.sampled_from([one for one, _ in SECRETS])).map(" ".join))
def test_what_was_scrubbed_stays_as_it_is(text: str) -> None:
    once = SCRUBBING.text(text)

    assert SCRUBBING.text(once) == once


@given(
    st.text(st.characters(exclude_characters="\"'\\[({"), max_size=60)
    | st.lists(st.sampled_from([*KEPT, *(one for one, _ in SECRETS)]), max_size=3).map("; ".join)
    | st.lists(st.sampled_from(["password", "token_type", "tokens", *":= ", "Error"])).map("".join),
    st.sampled_from(["password=tr0ub4dor", '"apiKey": "tr0ub4dor"', "x_token: 'tr0ub4dor'"]),
)
def test_whatever_stands_before_a_secret_it_goes(before: str, secret: str) -> None:
    """But for a quote or a bracket that is not closed: nobody knows what is inside then."""
    assert "tr0ub4dor" not in SCRUBBING.text(f"{before} {secret}")
