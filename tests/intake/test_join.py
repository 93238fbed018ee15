"""What is raised by the same rule is one piece of trouble, whatever numbers its titles hold."""

from datetime import timedelta

import pytest

from fettle import settings
from fettle.intake.join import groups_of
from fettle.model.signal import Signal, SignalKind
from fettle.triage.case import Case
from fettle.triage.classify import classify
from fettle.triage.settled import policy_of

POLICY = policy_of(settings.load(None, {}))


def rule(title: str) -> str:
    signal = Signal("nagios", SignalKind.ALERT, "k", True, title, service="shop")
    group, *_ = groups_of(signal, classify(Case.of(signal), POLICY, None), timedelta(minutes=5))
    return group.why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Disk 93 % full", "Disk 7 % full"),
        ("db-1.example:5432 is slow", "db-12.example:5433 is slow"),
        ("Étagère2 is hot", "Étagère17x is hot"),
    ],
)
def test_titles_that_differ_in_numbers_are_of_one_rule(one: str, other: str) -> None:
    assert rule(one) == rule(other)


def test_a_title_of_letters_alone_takes_as_long_as_it_is() -> None:
    # with the square of its length it would take minutes
    assert "(wwwww" in rule("w" * 200_000)
