"""The report as JUnit XML."""

from xml.etree import ElementTree as ET

from hypothesis import example, given
from syrupy.assertion import SnapshotAssertion

from fettle.frontends.report import junit
from tests.frontends.report.oddities import TEXTS, odd
from tests.frontends.report.pictures import XmlPicture
from tests.frontends.report.sample import HEALTHY, SAMPLE, UNREACHABLE


def suites() -> list[ET.Element]:
    return list(ET.fromstring(junit.write([SAMPLE, HEALTHY, UNREACHABLE], False)))  # noqa: S314


def case(name: str) -> ET.Element:
    return next(one for one in suites()[0] if one.get("name") == name)


def test_the_whole_document(snapshot: SnapshotAssertion) -> None:
    written = junit.write([SAMPLE, HEALTHY, UNREACHABLE], False)

    assert written == snapshot(extension_class=XmlPicture)


@given(TEXTS)
@example("\x00\x1b\ud800\ufffe]]>")
def test_it_is_xml_whatever_the_names(name: str) -> None:
    written = junit.write([odd(name)], True)

    suite = ET.fromstring(written.encode())[0]  # noqa: S314
    assert [one.get("name") for one in suite] == [
        "connection",
        "index_unused",
        "table_bloat",
        "index_invalid",
    ]


def test_each_target_is_a_suite_and_each_check_a_test() -> None:
    assert [suite.get("name") for suite in suites()] == [
        "shop-db",
        "quiet",
        "postgresql://app@db.example/shop",
    ]
    assert len(suites()[0]) == len(SAMPLE.outcomes)


def test_medium_and_worse_fail_and_carry_what_to_do() -> None:
    failure = case("idle_in_transaction").find("failure")

    assert failure is not None
    assert failure.get("type") == "critical"
    assert "SELECT pg_terminate_backend(4242);" in (failure.text or "")


def test_less_than_medium_does_not_fail_but_is_told() -> None:
    low = case("primary_key_missing")

    assert low.find("failure") is None
    assert "has no primary key" in (low.findtext("system-out") or "")


def test_what_could_not_be_looked_at_is_skipped_with_the_reason() -> None:
    skipped = case("table_bloat").find("skipped")

    assert skipped is not None
    assert "it took longer than 5 s" in (skipped.get("message") or "")


def test_a_check_that_found_something_and_was_blind_in_part_fails_and_says_both() -> None:
    both = case("sequence_exhaustion")

    assert both.find("failure") is not None
    assert both.find("skipped") is None
    assert "could not look: 2 sequences" in (both.findtext("system-out") or "")


def test_what_is_accepted_does_not_fail() -> None:
    unused = case("index_unused")
    failure = unused.find("failure")

    assert failure is not None
    assert "audit.entries_by_year_idx" not in (failure.text or "")
    assert "accepted until 2027-01-31: audit.entries_by_year_idx: yearly report" in (
        unused.findtext("system-out") or ""
    )


def test_an_unreachable_target_is_an_error_never_a_pass() -> None:
    unreachable = suites()[2]

    assert (unreachable.get("errors"), unreachable.get("tests")) == ("1", "1")


def test_the_counts_add_up() -> None:
    for suite in suites():
        for count, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            found = sum(one.find(name) is not None for one in suite)
            assert suite.get(count) == str(found)
