"""What the settings say about people is refused where it cannot be."""

from typing import Any

import pytest
from pydantic import ValidationError

from fettle.errors import BadSettings
from fettle.settings import Settings
from fettle.triage.people import people_of

LEVEL = {"level": "immediate", "steps": [["team"]]}


def settings(**given: Any) -> Settings:  # noqa: ANN401 - as it stands in a file
    return Settings.model_validate(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"escalation": [LEVEL, LEVEL]}, "two are for immediate"),
        ({"escalation": [{**LEVEL, "steps": [["mallory"]]}]}, "nobody is called mallory"),
        ({"team": [{"name": "everybody"}]}, "nobody can be called 'everybody'"),
        ({"team": [{"name": "web", "member": [{"name": "on-call"}]}]}, "'on-call'"),
        ({"receiver": [{"name": "team", "url": "json://x"}]}, "nobody can be called 'team'"),
        ({"team": [{"name": "web", "receivers": ["pager"]}]}, r"no \[\[receiver\]\] pager"),
        ({"triage": {"team": "web"}}, "there is no team web"),
        ({"business_hours": {"days": {}}}, "at least one day"),
        ({"business_hours": {"holidays": "XX"}}, "nobody knows those of 'XX'"),
    ],
)
def test_who_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        people_of(settings(**given))


@pytest.mark.parametrize(
    "given",
    [
        {"escalation": [{**LEVEL, "every": "0s"}]},
        {"escalation": [{**LEVEL, "every": "40d"}]},
        {"escalation": [{**LEVEL, "acknowledged_for": "0s"}]},
        {"intake": {"flapping_within": "900000000d"}},
        {"keep": {"timers": "900000000d"}},
    ],
)
def test_times_that_no_calendar_holds_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**given)
