"""A review as people take it along: one text, with its action items and where it stands."""

from collections.abc import Sequence

from fettle.model.actor import who
from fettle.model.review import (
    SECTIONS,
    ActionItem,
    ActionState,
    Review,
    ReviewState,
    Sections,
)
from fettle.review.draft import unasked
from fettle.review.markdown import shown


def exported(title: str, review: Review, sections: Sections, actions: Sequence[ActionItem]) -> str:
    """Return it, without the prompts that nobody has answered."""
    parts = [f"# Review of #{review.issue}: {shown(title)}\n", f"{_standing(review)}\n"]
    for name, heading in SECTIONS.items():
        text = unasked(name, sections.get(name, ""))
        if text:
            parts.append(f"## {heading}\n\n{text}\n")
    if actions:
        lines = "\n".join(map(_promise, reversed(actions)))
        parts.append(f"## Action items\n\n{lines}\n")
    return "\n".join(parts)


def _standing(review: Review) -> str:
    if review.signed is not None:
        signed = f"signed by {_who(review.signed.name)} on {review.signed.at:%Y-%m-%d}"
        return f"Written by {_who(review.author)}, {signed}."
    state = "handed in" if review.state is ReviewState.IN_REVIEW else "a draft"
    return f"Written by {_who(review.author)}; {state}, and not signed."


def _who(actor: str | None) -> str:
    return "nobody yet" if actor is None else shown(who(actor))


def _promise(item: ActionItem) -> str:
    box = " " if item.state is ActionState.OPEN else "x"
    more = [shown(item.owner)] if item.owner else []
    more += [f"until {item.due}"] if item.due else []
    more += [f"{item.state}: {shown(item.reason)}"] if item.reason else []
    return f"- [{box}] {'; '.join([shown(item.title), *more])}"
