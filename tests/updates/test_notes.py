"""Of a changelog only what is about the update is shown: any style, and nothing where in doubt."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fettle.model.update import Ecosystem
from fettle.updates.notes import LONGEST, machine_notes_between, notes_between

KEPT = """# Changelog

All notable changes.

## [Unreleased]
- not out yet

## [1.4.0] - 2026-01-03
### Added
- four

## [1.3.1](https://example.org/compare/v1.3.0...v1.3.1) (2026-01-02)
- three one

## 1.3.0
- three

## v1.2.0 / 2025-12-01
- two

## 0.9
- old
"""
TEXTUAL = """Release history
===============

2.1.0 (2026-01-03)
------------------

Features
~~~~~~~~

- *bold* thing

2.0.1
-----
- fix

2.0.0 (unreleased in 1.9.9)
---------------------------
- all new
"""
OVERLINED = """
*************
Version 3.0.0
*************
three

*************
Version 2.0.0
*************
two
"""


def between(text: str, current: str, offered: str, kind: Ecosystem = Ecosystem.PYPI) -> str:
    return notes_between(text, kind, current, offered)


@pytest.mark.parametrize(
    ("current", "offered", "has", "lacks"),
    [
        ("1.3.0", "1.4.0", ["- four", "### Added", "- three one"], ["- three\n", "not out", "two"]),
        ("1.2.0", "1.3.0", ["- three"], ["three one", "- four", "- two"]),
        ("1.2.5", "1.3.1", ["- three one", "- three"], ["- four"]),
        ("1.4.0", "1.5.0", [], ["-"]),
        ("0.1", "1.2.0", ["- two", "- old"], ["- three"]),
    ],
)
def test_the_versions_that_come_are_told_and_no_others(
    current: str, offered: str, has: list[str], lacks: list[str]
) -> None:
    told = between(KEPT, current, offered)
    assert all(part in told for part in has)
    assert not any(part in told for part in lacks)


def test_headings_with_a_line_below_are_headings() -> None:
    told = between(TEXTUAL, "2.0.0", "2.1.0")
    assert told == (
        "2.1.0 (2026-01-03)\n------------------\n\nFeatures\n~~~~~~~~\n\n- *bold* thing\n\n"
        "2.0.1\n-----\n- fix"
    )


def test_headings_with_a_line_above_and_below_are_headings() -> None:
    assert "three" in between(OVERLINED, "2.0.0", "3.0.0")
    assert "two" not in between(OVERLINED, "2.0.0", "3.0.0")


@pytest.mark.parametrize(
    "heading",
    [
        "## 1.5.0",
        "## v1.5.0",
        "## [1.5.0]",
        "### Version 1.5.0 - 2026-01-03",
        "# kit 1.5.0 (2026/01/03)",
        "## 1.5.0 — the big one",
        "## **1.5.0**",
        "## @kit/core@1.5.0",
        "1.5.0 / 2026-01-03\n==================",
        "Release 1.5.0\n-------------",
    ],
)
def test_a_version_is_found_in_a_heading_of_any_style(heading: str) -> None:
    assert between(f"# All\n\n{heading}\n\nwhat is new\n", "1.4", "1.5.0").endswith("what is new")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing\nhere",
        "## 2026-01-03\n- a day is no version",
        "## Python 3 support\n- it names a number",
        "- 1.5.0 is named in a list",
        "1.5.0 in a sentence\nand on",
    ],
)
def test_where_no_heading_names_a_version_nothing_is_told(text: str) -> None:
    assert between(text, "1.4", "3000") == ""


def test_what_is_long_is_cut_at_a_line_and_says_so() -> None:
    told = between("## 2.0\n" + "- a line of text\n" * 5000, "1.0", "2.0")
    assert len(told) < LONGEST + 20
    assert told.endswith("- a line of text\n… (it goes on)")


def test_npms_versions_are_judged_as_npm_does() -> None:
    text = "## 2.0.0-beta.1\nearly\n\n## 1.9.0\nlate\n"
    assert "early" in between(text, "1.9.0", "2.0.0", Ecosystem.NPM)
    assert "late" not in between(text, "1.9.0", "2.0.0", Ecosystem.NPM)


@given(st.text(st.sampled_from(list("#=-~*[]()v.0123456789 \n\tab")), max_size=400))
@example("#" * 100_000)
@example(("=" * 150 + "\n") * 20_000)
@example("## 1.0\n" * 20_000)
def test_any_text_is_read_in_time(text: str) -> None:
    assert len(between(text, "0.1", "9.9")) <= LONGEST + 20


DEBIAN = """\
openssl (3.0.15-1~deb12u2) bookworm-security; urgency=medium

  * CVE-2026-1 (1.2.3)

 -- Ada <ada@example.org>  Mon, 02 Feb 2026 10:00:00 +0000

openssl (3.0.15-1~deb12u1) bookworm; urgency=medium

  * New upstream

 -- Ada <ada@example.org>  Thu, 01 Jan 2026 10:00:00 +0000

openssl (3.0.14-1) unstable; urgency=low

  * old
"""


@pytest.mark.parametrize(
    ("current", "offered", "told"),
    [
        ("3.0.14-1", "3.0.15-1~deb12u1", ["New upstream"]),
        ("3.0.14-1", "3.0.15-1~deb12u2", ["CVE-2026-1", "New upstream"]),
        ("3.0.15-1~deb12u2", "3.0.15-1~deb12u2", []),
        ("not a version!", "3.0.15-1~deb12u2", []),
    ],
)
def test_of_a_machines_package_the_entries_since_the_one_in_use_are_told(
    current: str, offered: str, told: list[str]
) -> None:
    said = machine_notes_between(DEBIAN, current, offered)

    assert [one for one in ("CVE-2026-1", "New upstream", "* old") if one in said] == told
    assert "-- Ada" in said or not told
