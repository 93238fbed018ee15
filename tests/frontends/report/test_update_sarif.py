"""A look for updates in SARIF: what is weak, what is only newer, and what nobody looked at."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import example, given

from fettle.frontends.report import update_sarif
from fettle.frontends.report.as_json import dumped
from fettle.model.update import SourceState, UpdateCheck
from tests.frontends.report.oddities import TEXTS
from tests.frontends.report.sarif_schema import as_the_standard_says
from tests.frontends.report.update_sample import (
    ACCEPTED,
    KNOWN,
    UNNAMED,
    WHOLE,
    check,
    everything,
    odd,
)


def run(told: UpdateCheck) -> dict[str, Any]:
    log = as_the_standard_says(json.loads(dumped(update_sarif.log(told))))
    (only,) = log["runs"]
    found: dict[str, Any] = only
    return found


def by_rule(told: UpdateCheck) -> dict[str, dict[str, Any]]:
    return {result["ruleId"]: result for result in run(told)["results"]}


@given(TEXTS)
@example("\ud800")
@example("")
@example("Dockerfile:3")
@example("Dockerfile:99999999999999999999")
def test_a_log_is_as_the_standard_says_whatever_others_have_written(text: str) -> None:
    run(odd(text))


def test_what_an_update_closes_stands_in_its_lock_with_what_closes_it() -> None:
    result = by_rule(everything())["GHSA-1"]
    assert (result["level"], result["rank"]) == ("error", 100)
    assert result["message"]["text"] == (
        "jinja2 2.4.1 is closed by 3.1.6. To be raised for it: flask 3.0. templates run anything"
    )
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "file:///srv/shop/uv.lock"},
        "region": {"startLine": 1},
    }
    assert location["logicalLocations"][0]["name"] == "jinja2"


def test_one_that_is_accepted_is_suppressed_with_the_reason() -> None:
    results = by_rule(everything())
    suppressed = {rule for rule, result in results.items() if "suppressions" in result}
    assert suppressed == {"GHSA-1"}
    assert results["GHSA-1"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": ACCEPTED}
    ]


def test_one_that_is_held_says_what_holds_it_and_what_nobody_has_rated_counts_as_high() -> None:
    told = run(everything())
    (result,) = [one for one in told["results"] if one["ruleId"] == "GHSA-3"]
    assert "It is held: it is pinned to <3." in result["message"]["text"]
    assert result["level"] == "error"
    rule = told["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["properties"]["security-severity"] == "8.0"


def test_one_that_nothing_closes_says_so() -> None:
    told = run(everything())
    (result,) = [one for one in told["results"] if one["ruleId"] == "GHSA-2"]
    assert result["message"]["text"] == (
        "@shop/core 1.2.0: nothing on offer closes it. it tells its secrets"
    )
    assert result["level"] == "warning"
    rule = told["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["helpUri"] == "https://osv.example/GHSA-2"
    assert "medium is taken" in rule["fullDescription"]["text"]


def test_what_is_only_newer_fails_nothing() -> None:
    result = by_rule(everything())["newer-version"]
    assert (result["kind"], result["level"]) == ("informational", "none")
    assert result["message"]["text"] == (
        "anyio 4.8.0: 4.9.0 is on offer. It is held: it is 2 days old, of 7 days."
    )


def test_what_is_withdrawn_is_noted_where_it_stands() -> None:
    result = by_rule(everything())["withdrawn-version"]
    assert result["level"] == "note"
    assert result["message"]["text"] == "anyio 4.8.0: it was withdrawn: it waits for ever."
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "/srv/shop/uv.lock/anyio"


def test_what_was_not_looked_at_is_told_where_nothing_was_found() -> None:
    """A dashboard shows no results as all well: the run says that it has not seen everything."""
    told = run(check(security=UNNAMED))
    assert (told["results"], told["properties"]["whole"]) == ([], False)
    (invocation,) = told["invocations"]
    assert invocation["toolExecutionNotifications"] == [
        {
            "level": "warning",
            "descriptor": {"id": "security"},
            "message": {"text": "skipped: no advisories are named\nname one"},
        }
    ]
    assert invocation["executionSuccessful"]
    passed = run(everything())["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in passed][:1] == [
        "p0 in uv.lock: it is gone\nlook again"
    ]
    assert len(passed) == 7


def test_a_run_that_nobody_asked_for_weaknesses_is_not_free_of_them() -> None:
    """`--only dependencies`: no result is none of its results."""
    told = run(replace(check(), sources=(WHOLE,)))
    assert (told["results"], told["properties"]["whole"]) == ([], False)
    (notification,) = told["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("skipped: nobody looked for weaknesses")


def test_a_source_that_failed_fails_the_run() -> None:
    failed = replace(KNOWN, state=SourceState.FAILED, reason="nobody answers")
    (invocation,) = run(check(security=failed))["invocations"]
    assert not invocation["executionSuccessful"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"


def test_a_weakness_is_known_again_at_the_next_look() -> None:
    """Whatever closes it meanwhile: a dashboard goes on with the one that it has."""
    before = everything()
    after = replace(
        before, updates=tuple(replace(one, version="9", held=()) for one in before.updates)
    )
    for rule in ("GHSA-1", "GHSA-2", "GHSA-3"):
        prints = [by_rule(told)[rule]["partialFingerprints"] for told in (before, after)]
        assert prints[0] == prints[1]
