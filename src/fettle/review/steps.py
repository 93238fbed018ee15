"""The life of a review: draft → in review → reviewed → closed, and what may be done with it when.

1. What it says is edited while it is a draft or in review; an edit in review takes a signature's
   place back to nobody: who signed has read something else.
2. It is submitted when the summary and the causes say something: a prompt that nobody answered is
   no answer.
3. Another person than the author signs it, where there is one.
4. Reviewed, it is opened again with a reason; closed, it is history, until its issue is reopened.

Every function raises Refused for what may not be done.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from fettle.errors import Outdated, Refused
from fettle.model.review import SECTIONS, Review, ReviewState, Sections, Signature
from fettle.review.draft import answered

ANSWERED = ("summary", "causes")
_OPEN = (ReviewState.DRAFT, ReviewState.IN_REVIEW)


@dataclass(frozen=True)
class Writing:
    """What somebody writes: sections, over the version that they have seen.

    `base` is what that version says.
    """

    sections: Sections
    seen: int
    base: Sections

    def changes(self, name: str) -> bool:
        """Whether they write otherwise what they have seen."""
        return _differ(self.sections, self.base, name)


def edit(
    review: Review, said: Sections, writing: Writing, actor: str, at: datetime
) -> tuple[Review, Sections]:
    """Return a review with another version, and what that says; raises Outdated, too.

    `said` is what it says now. Two may write at once, as long as they write different sections:
    what the writer has left as they saw it stays as it is now.
    """
    if review.state not in _OPEN:
        raise Refused(f"the review is {review.state}", remedy=_again(review))
    own = {name: text for name, text in writing.sections.items() if writing.changes(name)}
    clashes = [name for name in own if _differ(said, writing.base, name)]
    if clashes:
        titles = " and ".join(SECTIONS[name] for name in clashes)
        raise Outdated(
            f"somebody has changed “{titles}” since version {writing.seen}",
            remedy="read what stands there now, and write what you want to keep into that",
        )
    edited = replace(
        review, author=review.author or actor, version=review.version + 1, changed_at=at
    )
    return edited, {**said, **own}


def submit(review: Review, sections: Sections, actor: str, at: datetime) -> Review:
    """Ask for somebody who reads and signs it."""
    if review.state is not ReviewState.DRAFT:
        raise Refused(f"the review is {review.state}, and no draft", remedy=_again(review))
    for name in ANSWERED:
        if not answered(sections.get(name, "")):
            raise Refused(
                f"the review says nothing of its {name} yet",
                remedy=f"fettle issue review {review.issue} --show, write it, then --edit FILE",
            )
    return replace(
        review, state=ReviewState.IN_REVIEW, author=review.author or actor, changed_at=at
    )


def approve(
    review: Review,
    actor: str,
    at: datetime,
    *,
    is_author: bool,
    by_another: bool,
    seen: int | None = None,
) -> Review:
    """Sign it; with `by_another` its author cannot, by whichever way they come.

    `seen` is the version that the signer has read, None where they do not say: raises Outdated when
    there is another one by now.
    """
    if review.state is not ReviewState.IN_REVIEW:
        raise Refused(
            f"the review is {review.state}; it is signed when it is in review",
            remedy=_again(review)
            if review.state is not ReviewState.DRAFT
            else f"fettle issue review {review.issue} --submit",
        )
    if by_another and is_author:
        same = "" if actor == review.author else f", as {review.author}"
        raise Refused(
            f"{actor} has written the review{same}, and somebody else signs it",
            remedy="ask a colleague; [review] by_another = false lets authors sign",
        )
    if seen is not None and seen != review.version:
        raise Outdated(
            f"the review says something else since version {seen}, in version {review.version}",
            remedy="read what it says now, and sign that",
        )
    signed = Signature(actor, at, review.version)
    return replace(review, state=ReviewState.REVIEWED, signed=signed, changed_at=at)


def reopen(review: Review, at: datetime) -> Review:
    """Write on at a review that was submitted or signed."""
    if review.state is ReviewState.CLOSED:
        raise Refused("the review is closed with its issue", remedy=_again(review))
    if review.state is ReviewState.DRAFT:
        raise Refused("the review is a draft, and open")
    return replace(review, state=ReviewState.DRAFT, signed=None, changed_at=at)


def close(review: Review, at: datetime) -> Review:
    """End it with its issue."""
    return replace(review, state=ReviewState.CLOSED, changed_at=at)


def live_again(review: Review, at: datetime) -> Review:
    """Let it wait, as a draft, for the end of an issue that was reopened."""
    return replace(
        review, state=ReviewState.DRAFT, why=None, due_at=None, signed=None, changed_at=at
    )


def _differ(one: Sections, other: Sections, name: str) -> bool:
    return one.get(name, "").strip() != other.get(name, "").strip()


def _again(review: Review) -> str:
    if review.state is ReviewState.CLOSED:
        return f"fettle issue reopen {review.issue}"
    return f"fettle issue review {review.issue} --reopen REASON"
