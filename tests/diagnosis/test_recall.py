"""A diagnosis read back from its document says the same, as far as it is compared and told."""

from dataclasses import replace
from typing import Any

import pytest

from fettle.diagnosis import recall
from fettle.diagnosis.accept import changed
from fettle.frontends.report.as_json import document
from fettle.model.diagnosis import Diagnosis, Earlier, Outcome
from fettle.model.finding import Unknown
from fettle.model.severity import Severity
from fettle.testing import START
from tests.frontends.report.sample import SAMPLE


def written(diagnosis: Diagnosis) -> dict[str, Any]:
    return dict(document(diagnosis, verbose=False))


def test_what_is_read_back_is_what_was_found() -> None:
    whole = SAMPLE
    again = recall.recalled(written(whole))

    assert [finding.key for finding in again.findings] == [f.key for f in whole.findings]
    assert [entry.finding.key for entry in again.accepted] == [
        entry.finding.key for entry in whole.accepted
    ]
    assert again.causes == whole.causes
    assert {check for check, _ in again.unknown} == {check for check, _ in whole.unknown}
    assert again.status == whole.status
    assert {outcome.check for outcome in again.outcomes if outcome.clean} == {
        outcome.check for outcome in whole.outcomes if outcome.clean
    }


def test_it_is_compared_as_the_whole_one_is() -> None:
    whole = SAMPLE
    first, *_ = whole.findings
    before = Earlier(
        START,
        {first.key: Severity.INFO, "index_unused:public.gone": Severity.LOW},
        frozenset(outcome.check for outcome in whole.outcomes) | {"index_unused"},
    )

    assert changed(recall.recalled(written(whole)), before) == changed(whole, before)


def test_what_could_not_be_reached_is_told() -> None:
    away = Diagnosis("main-db", START, SAMPLE.duration, unreachable=Unknown("nobody listens"))
    again = recall.recalled(written(away))

    assert again.unreachable == Unknown("nobody listens")
    assert recall.said(again, None) == "main-db: it could not be looked at: nobody listens"


CHANGE = {"since": "2026-01-01T12:05:00Z", "new": ["a:b"], "gone": ["c:d", "e:f"], "worse": []}
SAME = {"since": "2026-01-01T12:05:00Z", "new": [], "gone": [], "worse": []}


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (None, "sure)"),
        (CHANGE, "; since 12:05 UTC: 1 new, 2 gone"),
        (SAME, "; since 12:05 UTC: as it was"),
    ],
)
def test_it_is_told_in_a_sentence(change: dict[str, Any] | None, ends: str) -> None:
    told = recall.said(SAMPLE, change)

    assert told.startswith(f"{SAMPLE.target}: ")
    assert "the worst critical" in told
    assert "root cause pid 4242" in told
    assert told.endswith(ends)


def test_nothing_found_is_no_promise_where_something_could_not_be_seen() -> None:
    clean = Diagnosis("main-db", START, SAMPLE.duration, (Outcome("index_unused"),))
    blind = replace(clean, outcomes=(Outcome("role_blind", unknown=(Unknown("no grant"),)),))

    assert recall.said(clean, None) == "main-db: nothing was found"
    assert recall.said(blind, None) == "main-db: nothing was found, 1 check could not look"


def test_what_fits_the_symptoms_comes_first_among_equals() -> None:
    raw = written(SAMPLE)
    equals: dict[str, list[str]] = {}
    for found in raw["findings"]:
        equals.setdefault(found["severity"], []).append(found["key"])
    several = next(keys for keys in equals.values() if len(keys) > 1)
    match = {"findings": [{"key": several[-1], "why": "it is slow"}]}

    ranked = [found["key"] for found in recall.ranked(raw, [match])]

    assert ranked.index(several[-1]) < ranked.index(several[0])
    assert [Severity.named(found["severity"]) for found in recall.ranked(raw, [match])] == sorted(
        (Severity.named(found["severity"]) for found in raw["findings"]), reverse=True
    )


def test_what_matters_to_an_issue_is_the_cause_then_what_fits_then_what_is_bad() -> None:
    explained = SAMPLE.causes[0].explains
    match = {"findings": [{"key": SAMPLE.findings[-2].key, "why": "it is slow"}]}

    matter = recall.relevant(SAMPLE, [], [match])

    keys = [one.key for one in matter]
    assert keys[: len(explained)] == list(explained)
    assert len(set(keys)) == len(keys)
    assert SAMPLE.findings[-2].key in keys
    worst = {finding.key for finding in SAMPLE.findings if finding.severity >= Severity.HIGH}
    assert worst <= set(keys)


def test_of_an_issue_that_tells_of_a_finding_nothing_else_matters() -> None:
    explained = {key for cause in SAMPLE.causes for key in cause.explains}
    alone = next(one for one in reversed(SAMPLE.findings) if one.key not in explained)

    assert recall.relevant(SAMPLE, [alone.key, "index_unused:gone"], []) == [
        recall.Relevant(alone.key, "it is what the issue tells of")
    ]


def test_what_its_own_cause_explains_matters_as_well() -> None:
    cause = SAMPLE.causes[0]
    first = cause.explains[0]

    matter = recall.relevant(SAMPLE, [first], [])

    assert matter[0] == recall.Relevant(first, "it is what the issue tells of")
    assert {one.key for one in matter} == set(cause.explains)
