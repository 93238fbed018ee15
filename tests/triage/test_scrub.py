"""What leaves for a language model holds no secret whose shape is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.triage.scrub import scrubbed


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("write to ada.lovelace+ops@example.co.uk please", "ada.lovelace"),
        ("postgresql://app:s3cr3t@db:5432/shop", "s3cr3t"),
        ("Authorization: Bearer abc.def-123456", "abc.def-123456"),
        ("curl -H 'X-Api-Key: 12ab34cd'", "12ab34cd"),
        ("DB_PASSWORD=hunter2 ./run", "hunter2"),
        ('{"client_secret": "tr0ub4dor"}', "tr0ub4dor"),
        ("key sk-proj-abcdefghijklmnopqrstuvwx leaked", "abcdefghijklmnop"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c6912"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN", "dozjgNry"),
        ("card 4111 1111 1111 1111 was declined", "4111"),
        ("card 5500-0000-0000-0004", "5500"),
        ("it was 4111 1111 1111 1111.", "4111"),
        ("card no.4111111111111111", "4111"),
        ('{"password": "correct horse battery"}', "horse"),
        ('{\\"password\\": \\"correct horse\\"}', "horse"),
        ("redis://:p@ssw0rd@cache:6379/0", "ssw0rd"),
        ("IBAN DE89 3704 0044 0532 0130 00", "3704"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
        ("digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "9f86d081"),
    ],
)
def test_secrets_go(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in scrubbed(text)


@pytest.mark.parametrize(
    "text",
    [
        "The checkout answers 500 since 12:30, 1,200 customers cannot pay",
        "order 1234567890123 is stuck",  # not a card's last digit
        "invoice 2026-11-23, pid 4242, 192.168.10.12:5432",
        "src/fettle/triage/classify.py line 40",
        "tokens of the parser; the password page is slow",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrubbed(text) == text


@given(st.text(max_size=300))
def test_any_text_is_taken_and_twice_is_as_once(text: str) -> None:
    once = scrubbed(text)

    assert scrubbed(once) == once
