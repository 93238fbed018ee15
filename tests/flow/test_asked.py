"""What is asked of a target, and what its settings leave out."""

import pytest

from fettle.errors import BadSettings
from fettle.flow import asked, schedules
from fettle.model.target import Target
from fettle.settings import Settings
from fettle.targets import named

PROMETHEUS = {"name": "main", "url": "http://127.0.0.1:9090", "skip": ["error-rate-high"]}
MAILER = {"name": "mailer", "selector": 'job="mailer"', "skip": ["response_time_high"]}
HOST = {"name": "web-1", "skip": ["disk_slow"]}


def settings_of(**sections: object) -> Settings:
    given: dict[str, object] = {
        "prometheus": [PROMETHEUS],
        "service": [MAILER],
        "host": [HOST],
        **sections,
    }
    return Settings.model_validate(given)


def target_of(settings: Settings, name: str) -> Target:
    (target,) = named.targets([name], settings, {})
    return target


def ids(settings: Settings, name: str, *, only: tuple[str, ...] = ()) -> set[str]:
    questions = asked.questions(settings, target_of(settings, name), only=only)
    return {check.id for check, _ in questions.checks}


@pytest.mark.parametrize(
    ("name", "left_out"),
    [("mailer", "response_time_high"), ("main", "error_rate_high"), ("web-1", "disk_slow")],
)
def test_what_its_settings_leave_out_is_not_asked_unless_somebody_names_it(
    name: str, left_out: str
) -> None:
    settings = settings_of()

    every = ids(settings, name)
    assert left_out not in every
    assert "memory_high" in every
    assert ids(settings, name, only=(left_out,)) == {left_out}


def test_nor_is_it_by_a_server_on_whatever_schedule() -> None:
    nightly = {"name": "nightly", "targets": ["mailer"], "skip": ["memory_high"]}

    def skipped(settings: Settings) -> set[str]:
        plans = schedules.planned(settings)
        (plan,) = (one for one in plans if one.place.target == "mailer")
        return set(plan.skip)

    assert skipped(settings_of()) == {"response_time_high"}
    assert skipped(settings_of(schedule=[nightly])) == {"memory_high", "response_time_high"}


def test_a_check_that_does_not_exist_is_refused() -> None:
    settings = settings_of(service=[{**MAILER, "skip": ["response_time_hihg"]}])

    with pytest.raises(BadSettings, match=r"\[\[service\]\] mailer: skip.* did you mean"):
        asked.questions(settings, target_of(settings, "mailer"))
