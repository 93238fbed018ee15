"""`fettle.check/1`: the JSON that other programs read."""

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given
from syrupy.assertion import SnapshotAssertion

import fettle
from fettle.frontends.report import as_json
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Measurement
from tests import schemas
from tests.frontends.report.oddities import TEXTS, odd
from tests.frontends.report.pictures import JsonPicture
from tests.frontends.report.sample import HEALTHY, SAMPLE, UNREACHABLE

SCHEMA = schemas.schema("fettle.check/1")
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)


def read(diagnosis: Diagnosis, *, verbose: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(as_json.write([diagnosis], verbose))
    return document


def test_the_whole_document(snapshot: SnapshotAssertion) -> None:
    document = read(SAMPLE) | {"fettle": "X"}

    written = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    assert written == snapshot(extension_class=JsonPicture)


def test_the_schema_is_one() -> None:
    jsonschema_rs.meta.validate(SCHEMA)


@pytest.mark.parametrize("diagnosis", [SAMPLE, HEALTHY, UNREACHABLE], ids=lambda one: one.target)
@pytest.mark.parametrize("verbose", [False, True])
def test_a_document_is_as_its_schema_says(diagnosis: Diagnosis, verbose: bool) -> None:
    VALIDATOR.validate(read(diagnosis, verbose=verbose))


def test_every_field_is_in_the_schema() -> None:
    document = read(SAMPLE)
    kinds = {
        "findings": "FindingDocument",
        "accepted": "AcceptedDocument",
        "unknown": "UnknownDocument",
        "notes": "NoteDocument",
        "recommendations": "RecommendationDocument",
        "causes": "CauseDocument",
        "symptom_matches": "SymptomDocument",
        "queries": "ListingDocument",
    }

    schemas.validate(document)
    for name, kind in kinds.items():
        assert document[name][0].keys() == SCHEMA["$defs"][kind]["properties"].keys()


@given(TEXTS)
@example("\ud800")
@example("a\u2028b\x85c\x1ed")
def test_a_document_is_one_valid_line_whatever_the_names(name: str) -> None:
    written = as_json.write([odd(name)], False)

    assert written.encode().decode() == written
    assert len(written.splitlines()) == 1
    VALIDATOR.validate(json.loads(written))


def test_several_targets_are_a_line_each() -> None:
    lines = as_json.write([SAMPLE, HEALTHY, UNREACHABLE], False).splitlines()

    assert [json.loads(line)["target"] for line in lines] == [
        "shop-db",
        "quiet",
        "postgresql://app@db.example/shop",
    ]


def test_a_finding_carries_five_rows_of_evidence_and_all_with_verbose() -> None:
    rows = [
        len(finding["evidence"])
        for verbose in (False, True)
        for finding in read(SAMPLE, verbose=verbose)["findings"]
        if finding["check"] == "blocked_sessions"
    ]

    assert rows == [5, 11]


def test_a_check_is_clean_only_when_it_saw_everything_and_found_nothing() -> None:
    document = read(SAMPLE)

    assert document["clean"] == ["collation_drift", "connections_saturated", "statistics_stale"]
    assert document["notes"][0]["check"] == "statistics_stale"
    assert "sequence_exhaustion" in {gap["check"] for gap in document["unknown"]}


def test_accepted_findings_are_listed_apart_with_reason_and_end() -> None:
    document = read(SAMPLE)

    (accepted,) = document["accepted"]
    assert (accepted["reason"], accepted["until"]) == ("yearly report", "2027-01-31")
    assert accepted["key"] not in {finding["key"] for finding in document["findings"]}
    for advice in document["recommendations"]:
        assert accepted["key"] not in advice["findings"]


def test_an_unreachable_target_is_unknown_with_the_reason() -> None:
    document = read(UNREACHABLE)

    assert document["status"] == "unknown"
    assert document["unknown"][0]["check"] == "connection"
    assert document["unknown"][0]["remedy"] == "look at PGPASSWORD and at pg_hba.conf"


def test_a_moment_is_utc_wherever_the_clock_stands() -> None:
    elsewhere = SAMPLE.started_at.astimezone(timezone(timedelta(hours=5)))

    assert read(replace(SAMPLE, started_at=elsewhere))["started_at"] == "2026-11-23T10:00:00Z"


def test_what_is_no_number_is_null() -> None:
    strange = Outcome("x", measurements=(Measurement("a_ratio", float("nan")),))

    assert read(replace(HEALTHY, outcomes=(strange,)))["current_metrics"] == {"a_ratio": None}


def test_the_version_is_told() -> None:
    assert read(HEALTHY)["fettle"] == fettle.__version__
