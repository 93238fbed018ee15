"""The report in SARIF."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from syrupy.assertion import SnapshotAssertion

from fettle.frontends.report import sarif
from tests.frontends.report.oddities import TEXTS, odd
from tests.frontends.report.pictures import JsonPicture
from tests.frontends.report.sample import HEALTHY, PAGES, SAMPLE, UNREACHABLE
from tests.frontends.report.sarif_schema import as_the_standard_says


def runs(*, verbose: bool = False) -> list[dict[str, Any]]:
    log: Any = sarif.log([SAMPLE, HEALTHY, UNREACHABLE], PAGES, verbose=verbose)
    told: list[dict[str, Any]] = log["runs"]
    return told


def test_the_whole_log(snapshot: SnapshotAssertion) -> None:
    log: Any = sarif.log([SAMPLE], PAGES, verbose=False)
    log["runs"][0]["tool"]["driver"]["version"] = "X"

    written = json.dumps(log, indent=2, ensure_ascii=False) + "\n"
    assert written == snapshot(extension_class=JsonPicture)


@given(TEXTS)
@example("\ud800")
@example("")
def test_a_log_is_as_the_standard_says(name: str) -> None:
    written = sarif.write([odd(name), SAMPLE, HEALTHY, UNREACHABLE], False)

    assert written.encode().decode() == written
    as_the_standard_says(json.loads(written))


def test_each_target_is_a_run() -> None:
    assert [run["properties"]["target"] for run in runs()] == [
        "shop-db",
        "quiet",
        "postgresql://app@db.example/shop",
    ]


@pytest.mark.parametrize(
    ("check", "level"),
    [
        ("idle_in_transaction", "error"),
        ("blocked_sessions", "error"),
        ("slow_queries", "warning"),
        ("primary_key_missing", "note"),
        ("unsafe_settings", "note"),
    ],
)
def test_severities_become_levels(check: str, level: str) -> None:
    levels = {result["ruleId"]: result["level"] for result in runs()[0]["results"]}

    assert levels[check] == level


def test_a_rule_is_the_page_of_its_check_and_results_point_at_it() -> None:
    run = runs()[0]
    rules = run["tool"]["driver"]["rules"]
    rule = next(rule for rule in rules if rule["id"] == "index_unused")

    assert rule["shortDescription"]["text"] == "An index is never read."
    assert "Ignore when: A yearly job needs it." in rule["help"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_result_names_the_object_and_is_known_again() -> None:
    result = next(one for one in runs()[0]["results"] if one["ruleId"] == "blocked_sessions")
    (location,) = result["locations"]

    assert location["logicalLocations"] == [
        {
            "name": "app@shop (checkout)",
            "fullyQualifiedName": "shop-db/app@shop (checkout)",
            "kind": "resource",
        }
    ]
    assert result["partialFingerprints"] == {
        "fettle/key/v1": "blocked_sessions:app@shop (checkout)"
    }


def test_what_is_accepted_is_suppressed_with_the_reason() -> None:
    (accepted,) = (one for one in runs()[0]["results"] if "suppressions" in one)

    assert accepted["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "yearly report (until 2027-01-31)",
        }
    ]


def test_the_change_since_the_last_run_is_the_baseline_state() -> None:
    states = {
        (one["ruleId"], one["locations"][0]["logicalLocations"][0]["name"]): one["baselineState"]
        for one in runs()[0]["results"]
    }

    assert states["idle_in_transaction", "app@shop (web 🕸)"] == "new"
    assert states["index_invalid", "shop.half_built_idx"] == "absent"
    assert states["blocked_sessions", "app@shop (checkout)"] == "unchanged"
    assert "updated" in states.values()


def test_what_could_not_be_looked_at_is_notified() -> None:
    seen, healthy, unreachable = (run["invocations"][0] for run in runs())

    assert seen["executionSuccessful"]
    assert {one["descriptor"]["id"] for one in seen["toolExecutionNotifications"]} == {
        "sequence_exhaustion",
        "slow_queries",
        "table_bloat",
    }
    assert healthy["toolExecutionNotifications"] == []
    assert not unreachable["executionSuccessful"]
    assert unreachable["toolExecutionNotifications"][0]["level"] == "error"
