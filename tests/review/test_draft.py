"""A review is drafted from all that the issue itself can tell."""

import pytest

from fettle.errors import WrongUsage
from fettle.model.issue import Entry
from fettle.model.review import SECTIONS
from fettle.review import markdown
from fettle.review.draft import Known, Told, answered, draft
from tests.review.telling import an_issue, at

TIMELINE = (
    Entry("opened", "prod/alertmanager", at(5), "Checkout is slow"),
    Entry("acknowledged", "user:ada", at(15)),
    Entry("identified", "user:ada", at(30), "an index is missing"),
    Entry("fix-done", "fettle", at(50), "create_foreign_key_index on orders of main-db: done"),
    Entry("note", "user:ada", at(55), "watching <script>alert(1)</script> | now"),
    Entry("response-breached", "fettle", at(40), "promised: 30m"),
    Entry("resolved", "user:ada", at(90), "every alert of it has ended"),
)


def test_the_facts_stand_in_their_sections() -> None:
    told = (
        Told("pager", "opened", at(5), came=True),
        Told("pager", "resolved", at(90), came=False),
    )
    made = draft(Known(an_issue(), TIMELINE, told, returned=3, again=(9, 11)))

    assert list(made) == list(SECTIONS)
    assert "It lasted 1 h 30 min." in made["summary"]
    assert "the return of #3" in made["summary"]
    assert "came back as #9, #11" in made["summary"]
    assert "services: shop" in made["impact"]
    assert "the promise of response was not kept" in made["impact"]
    assert "| mitigated | 2026-11-02 10:00 | 1 h |" in made["milestones"]
    assert "an index is missing" in made["found"]
    assert "create\\_foreign\\_key\\_index" in made["done"]
    assert made["told"] == "- pager: opened, resolved, from 2026-11-02 09:05 on; 1 did not arrive"


def test_what_only_people_know_is_asked_for() -> None:
    made = draft(Known(an_issue(), ()))
    for name in ("causes", "went-well", "went-badly", "lucky", "found", "done"):
        assert made[name].startswith("> ")
        assert not answered(made[name]), name
    assert answered(made["summary"])
    assert answered(made["causes"] + "\n\nA missing index.")


def test_a_text_from_outside_marks_up_nothing() -> None:
    made = draft(Known(an_issue(title="# [x](javascript:1) ![y](z)\n## Impact"), TIMELINE))
    assert "\\# \\[x\\](javascript:1) \\!\\[y\\](z) \\#\\# Impact" in made["summary"]
    assert "\\<script\\>" in made["done"]
    assert "\\| now" in made["done"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-", "\\-"),
        ("- a", "\\- a"),
        ("---", "\\---"),
        ("+ a", "\\+ a"),
        ("1. a", "1\\. a"),
        ("12)", "12\\)"),
        ("-5", "-5"),
        ("1.5", "1.5"),
        ("&copy; AT&T", "\\&copy; AT&T"),
        ("a - b", "a - b"),
    ],
)
def test_what_would_be_a_list_a_rule_or_another_letter_is_text(text: str, written: str) -> None:
    assert markdown.shown(text) == written


def test_a_long_timeline_is_cut_and_says_so() -> None:
    notes = [Entry("note", "user:ada", at(n), f"note {n}") for n in range(70)]
    assert "… and 10 more entries in the timeline" in draft(Known(an_issue(), notes))["done"]


def test_a_review_is_written_as_markdown_and_read_again() -> None:
    made = draft(Known(an_issue(), TIMELINE))
    assert markdown.read(markdown.written("#7 The shop is slow", made)) == made


def test_a_heading_in_a_block_of_code_begins_no_section() -> None:
    text = "# Title\n## summary\nBefore\n```\n## no section\n```\nAfter\n## Impact\nmuch"
    assert markdown.read(text) == {
        "summary": "Before\n```\n## no section\n```\nAfter",
        "impact": "much",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no section", "the text has no section"),
        ("## Blame\nBob", "a review has no section 'Blame'"),
        ("## Summary\na\n## Summary\nb", "two sections are called Summary"),
    ],
)
def test_what_is_no_review_is_refused(text: str, why: str) -> None:
    with pytest.raises(WrongUsage, match=why):
        markdown.read(text)
