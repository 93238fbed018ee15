"""The life of a review: what may be done with it when."""

from dataclasses import replace

import pytest

from fettle.errors import Outdated, Refused
from fettle.model.review import Review, ReviewState, Signature
from fettle.review import steps
from fettle.review.steps import Writing
from tests.review.telling import at

DRAFT = Review(7, ReviewState.DRAFT, at(0), "it was a p1", at(90))
SAYS = {"summary": "The shop was slow.", "causes": "An index was missing."}
ADA, BOB = "user:ada", "user:bob"


def written(review: Review, actor: str, minute: int) -> Review:
    writing = Writing(SAYS, review.version, {})
    return steps.edit(review, {}, writing, actor, at(minute))[0]


def submitted() -> Review:
    return steps.submit(written(DRAFT, ADA, 1), SAYS, ADA, at(2))


def test_a_review_is_written_submitted_signed_and_closed() -> None:
    first = written(DRAFT, ADA, 1)
    assert (first.author, first.version) == (ADA, 1)
    asked = steps.submit(first, SAYS, ADA, at(2))
    assert asked.state is ReviewState.IN_REVIEW
    signed = steps.approve(asked, BOB, at(3), is_author=False, by_another=True)
    assert signed.state is ReviewState.REVIEWED
    assert signed.signed == Signature(BOB, at(3), 1)
    assert steps.close(signed, at(4)).state is ReviewState.CLOSED


SEEN = {"summary": "It was slow.", "causes": "> Why?"}


def test_two_who_write_different_sections_at_once_both_write() -> None:
    now = {**SEEN, "summary": "The shop was slow."}
    review = replace(DRAFT, author=BOB, version=2)
    given = {"summary": "It was slow.\n", "causes": "An index was missing."}
    edited, says = steps.edit(review, now, Writing(given, 1, SEEN), ADA, at(2))
    assert says == {"summary": "The shop was slow.", "causes": "An index was missing."}
    assert (edited.author, edited.version) == (BOB, 3)


def test_two_who_write_the_same_section_at_once_lose_nothing() -> None:
    now = {**SEEN, "summary": "The shop was slow."}
    writing = Writing({"summary": "Search was slow."}, 1, SEEN)
    with pytest.raises(Outdated, match="somebody has changed “Summary” since version 1"):
        steps.edit(replace(DRAFT, version=2), now, writing, ADA, at(2))


@pytest.mark.parametrize("missing", ["summary", "causes"])
@pytest.mark.parametrize("text", ["", "> What made it possible?", "\n  > What?\n\n"])
def test_a_prompt_that_nobody_answered_is_no_answer(missing: str, text: str) -> None:
    with pytest.raises(Refused, match=f"the review says nothing of its {missing} yet"):
        steps.submit(DRAFT, {**SAYS, missing: text}, ADA, at(1))


def test_its_author_does_not_sign_where_another_can() -> None:
    with pytest.raises(Refused, match="somebody else signs it"):
        steps.approve(submitted(), ADA, at(3), is_author=True, by_another=True)
    with pytest.raises(Refused, match="token:laptop has written the review, as user:ada"):
        steps.approve(submitted(), "token:laptop", at(3), is_author=True, by_another=True)
    asked = submitted()
    assert steps.approve(asked, ADA, at(3), is_author=True, by_another=False).signed is not None


def test_nobody_signs_what_they_have_not_read() -> None:
    asked = written(submitted(), ADA, 3)
    with pytest.raises(Outdated, match="something else since version 1, in version 2"):
        steps.approve(asked, BOB, at(4), is_author=False, by_another=True, seen=1)
    signed = steps.approve(asked, BOB, at(4), is_author=False, by_another=True, seen=2)
    assert signed.signed == Signature(BOB, at(4), 2)


def test_a_draft_is_not_signed() -> None:
    with pytest.raises(Refused, match="the review is draft"):
        steps.approve(DRAFT, BOB, at(1), is_author=False, by_another=True)


def test_what_was_signed_is_not_edited_but_opened_again() -> None:
    signed = steps.approve(submitted(), BOB, at(3), is_author=False, by_another=True)
    with pytest.raises(Refused) as refused:
        written(signed, ADA, 4)
    assert refused.value.remedy == "fettle issue review 7 --reopen REASON"
    again = steps.reopen(signed, at(5))
    assert (again.state, again.signed) == (ReviewState.DRAFT, None)
    with pytest.raises(Refused, match="is a draft"):
        steps.reopen(again, at(6))


def test_a_closed_review_opens_with_its_issue_only() -> None:
    closed = replace(submitted(), state=ReviewState.CLOSED)
    with pytest.raises(Refused) as refused:
        steps.reopen(closed, at(5))
    assert refused.value.remedy == "fettle issue reopen 7"
    again = steps.live_again(closed, at(6))
    assert (again.state, again.due_at, again.version) == (ReviewState.DRAFT, None, 1)


def test_a_review_is_overdue_as_long_as_somebody_waits_for_it() -> None:
    assert not DRAFT.overdue(at(89))
    assert DRAFT.overdue(at(90))
    assert not replace(DRAFT, state=ReviewState.REVIEWED).overdue(at(91))
    assert not replace(DRAFT, due_at=None).overdue(at(91))
