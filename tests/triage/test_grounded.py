"""What a language model says is shown where the evidence names all that it names, and no more."""

import re
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fettle.triage.grounded import Grounded, grounded

EVIDENCE = """\
The trouble: Checkout p95 is 9 s, as shop/pay.py says
It is about shop; it began at 2026-11-26T12:05:00Z. Moments are in UTC.
stripe may be behind it by its answer_s (72 % sure)
answer_s rose from 0.1 to 1.9, 19.0 times, from 2026-11-26T12:00:00Z on (normally 0.1012)
error_ratio rose from 0.01 to 0.25
shop needs it: shop → stripe
queue depth 1,200; memory 512 MiB, 40 ms, two replicas
shop 1.4.2 went live 12 min before it began; public.orders, node db-7, "key not found"
"""
NAMES = ("shop", "stripe", "wiki", "main db", "web")


def of(*said: str, evidence: str = EVIDENCE) -> Grounded:
    return grounded(said, evidence, NAMES, 5)


@pytest.mark.parametrize(
    "sentence",
    [
        "The shop waits for stripe.",
        "Stripe may be behind it, 72 % sure.",
        "Stripe may be behind it (72% sure).",
        "It is 72 percent sure, or 72 per cent.",
        "Its answer_s rose from 0.1 s to 1.9 seconds.",
        "Its answer_s rose 19 times, from 12:00 on.",
        "The error_ratio rose to 25 %, which is 0.25.",
        "It began at 12:05 UTC on 2026-11-26.",
        "It began at 2026-11-26T12:05:00Z.",
        "The queue depth is 1200, and memory is 512 MiB.",
        "There are 2 replicas, and two are few.",
        "Shop 1.4.2 went live 12 minutes before.",
        "Check `public.orders` and db-7.",
        'The text says "key not found".',
        "Stripe's answers are slow, and the shop doesn't cope.",
        "Latency is what moved — nothing else did.",
        "Look at shop/pay.py first.",
    ],
)
def test_what_stands_in_the_evidence_is_shown_as_it_was_said(sentence: str) -> None:
    assert of(sentence) == Grounded((sentence,), 0)


@pytest.mark.parametrize(
    "sentence",
    [
        "It is 73 % sure.",
        "It took 40 s.",  # 40 ms
        "It is 40 % slower.",
        "Its answer_s rose to 1.9 ms.",
        "Its answer_s rose to 2 s.",  # rounded
        "It lasted 1900 ms.",  # converted
        "The queue depth is 120.",
        "There are 72 of them.",  # 72 %
        "It rose by 40.",
        "It is 1.4 times slower.",  # of 1.4.2
        "Version 1.4 did it.",
        "The wiki is slow as well.",
        "The main db is slow.",
        "The web is slow.",
        "Redis is slow.",
        "The cause is redis.",
        "The cause is Kafka, it seems.",
        "It is in cart.py.",
        "The table is orders.items.",
        "It is on db-8.",
        "Look at pay.py.json first.",
        "It began at 12:06.",
        "It began on 2026-11-25.",
        "It began in November.",
        "Two hundred people are kept from paying.",
        "It became twice as slow.",
        "Three services are hurt.",
        "It is ½ as fast.",
        "It took 4\u200b1 ms.",
        "It took \uff14\uff11 ms.",
        "Its PID is unknown.",
        "The function is payNow.",
        "It says `no such key`.",
        "See https://example.org for more.",
        "Mail ops@example.org about it.",
        "The sh\u043ep is slow.",  # a Cyrillic o
        "It is slow, " * 40,
    ],
)
def test_what_names_something_else_is_dropped_and_counted(sentence: str) -> None:
    found = of(sentence)

    assert sentence not in found.sentences
    assert found.dropped >= 1


def test_a_name_that_is_a_usual_word_is_one_where_the_evidence_has_it() -> None:
    assert of("The web is slow.", evidence="web is slow").sentences == ("The web is slow.",)
    assert of("The web is slow.", evidence="my-web is slow").dropped == 1


def test_a_text_is_judged_sentence_by_sentence() -> None:
    found = of("1. The shop waits for stripe. It took 41 s. Stripe may be behind it.", " ", "•")

    assert found == Grounded(("The shop waits for stripe.", "Stripe may be behind it."), 1)


def test_no_more_is_shown_than_was_asked_for() -> None:
    assert of(*["The shop waits."] * 30) == Grounded(("The shop waits.",) * 5, 0)


def test_what_hides_is_not_shown() -> None:
    assert of("The\u202e shop\x00 waits\nfor  stripe.").sentences == ("The shop waits for stripe.",)


def test_nothing_said_is_nothing_shown() -> None:
    assert of() == Grounded((), 0)
    assert of("", "  ", "…") == Grounded((), 0)


def test_without_evidence_nothing_that_names_anything_is_shown() -> None:
    assert of("The shop is slow.", evidence="") == Grounded((), 1)


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["", " s", " %", "ms", " MiB", " times"]))
def test_no_figure_is_shown_that_the_evidence_does_not_hold(value: Decimal, unit: str) -> None:
    of_evidence = {int(number) for number in re.findall(r"\d+", EVIDENCE)}
    assume(int(value) not in of_evidence)

    assert of(f"The shop needs {value}{unit} more.").sentences == ()


@given(st.lists(st.text(max_size=300), max_size=5), st.text(max_size=300))
def test_whatever_is_said_is_judged_and_shown_in_one_line_each(
    said: list[str], evidence: str
) -> None:
    found = of(*said, evidence=evidence)

    assert len(found.sentences) <= 5
    assert found.dropped >= 0
    assert all(one == " ".join(one.split()) != "" for one in found.sentences)
