"""The plain report."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from fettle.diagnosis import symptoms
from fettle.frontends.report import cells, text
from fettle.frontends.report.visible import visible
from fettle.model.diagnosis import Outcome
from tests.frontends.report.oddities import TEXTS, odd
from tests.frontends.report.pictures import TextPicture
from tests.frontends.report.sample import HEALTHY, SAMPLE, SLOW, UNREACHABLE, UNUSED

EVERYTHING = [SAMPLE, HEALTHY, UNREACHABLE]


@pytest.mark.parametrize("verbose", [False, True])
def test_the_whole_report(snapshot: SnapshotAssertion, verbose: bool) -> None:
    assert text.write(EVERYTHING, verbose) == snapshot(extension_class=TextPicture)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_everything_but_what_is_to_be_copied_fits_the_width(width: int) -> None:
    for line in text.write(EVERYTHING, False, width).splitlines():
        if not re.match(r" {6,}\S", line):
            assert cells.width(line) <= width, line


def test_a_statement_stands_on_a_line_of_its_own_and_is_never_wrapped() -> None:
    lines = [line.strip() for line in text.write([SAMPLE], False, 40).splitlines()]

    assert "SELECT pg_terminate_backend(4242);" in lines
    assert "ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';" in lines
    assert "fettle fix plan shop-db drop_unused_index --subject shop.orders_note_idx" in lines


def test_a_statement_keeps_its_own_lines() -> None:
    written = text.write([SAMPLE], False)

    assert "SELECT *\n          FROM shop.orders\n         WHERE note = $1" in written


def test_more_rows_than_five_are_counted_and_verbose_shows_them() -> None:
    brief, whole = (text.write([SAMPLE], verbose) for verbose in (False, True))

    assert "… and 6 more rows, with --verbose" in brief
    assert "5010" not in brief
    assert "5010" in whole


def test_nothing_that_is_found_is_hidden() -> None:
    written = text.write([SAMPLE], False, 120)

    for finding in SAMPLE.findings:
        assert visible(finding.subject) in written
    gaps = [line for line in written.splitlines() if line.startswith("  ? ")]
    told = {check for line in gaps for check in line[4:].partition(": ")[0].split(", ")}
    assert told == {check for check, _ in SAMPLE.unknown}
    assert "  ? slow_queries, table_bloat: it took longer than 5 s" in gaps
    for entry in SAMPLE.accepted:
        assert f"{entry.finding.subject} (index_unused): yearly report, until 2027-01-31" in written


@given(TEXTS)
def test_no_text_from_outside_acts_on_a_terminal(name: str) -> None:
    written = text.write([odd(name)], True, 60)

    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", written
    )


def test_thousands_of_findings_of_a_kind_do_not_bury_the_others() -> None:
    (same, *_) = UNUSED
    many = tuple(replace(same, subject=f"shop.t{n}_idx") for n in range(4_000))
    outcomes = (Outcome("index_unused", many), Outcome("slow_queries", (SLOW,)))
    matches = tuple(symptoms.explain(("slow",), outcomes))
    diagnosis = replace(SAMPLE, outcomes=outcomes, symptom_matches=matches)

    brief, whole = (text.write([diagnosis], verbose) for verbose in (False, True))

    assert len(brief.splitlines()) < 300
    assert "… and 3,980 more, with --verbose" in brief
    assert SLOW.subject in brief
    assert "shop.t3999_idx" in whole
