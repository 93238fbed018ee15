"""Reviews and action items as people read them in a terminal; from the documents of the API."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fettle.frontends.report.blocks import Block, Column, Grid, Prose
from fettle.frontends.report.visible import visible

if TYPE_CHECKING:
    from fettle.frontends.report.review_document import (
        ActionItemDocument,
        ReviewDocument,
        ReviewItem,
        ReviewOfIssue,
    )

EVIDENCE = {
    "alerts-ended": "every alert has ended",
    "check-clean": "the check is clean",
    "fix-verified": "a fix was seen to have worked",
    "word": "somebody's word",
}


def in_a_line(document: "ReviewDocument") -> str:
    """Return where a review stands, in a line."""
    parts = [f"review of #{document['issue']} is {_stands(document)}"]
    parts += [f"version {document['version']}"] if document["version"] else []
    return " · ".join([*parts, *_who(document)])


def of_issue(document: "ReviewOfIssue | None") -> Iterator[Block]:
    """Tell where the review of an issue stands, beside it."""
    if document is None:
        return
    resolved = document["resolved"]
    if resolved is not None:
        text = f"{EVIDENCE[resolved['evidence']]}: {resolved['text']} ({resolved['actor']})"
        yield Prose(visible(text), lead="Over because: ")
        yield Prose(visible(" · ".join([_stands(document), *_who(document)])), lead="Review: ")
    if document["actions"]:
        yield actions(document["actions"])
    if document["earlier_actions"]:
        yield Prose("Promised before, for trouble like this, and not done:", "dim")
        yield actions(document["earlier_actions"])


def actions(items: "Sequence[ActionItemDocument]", more: str = "") -> Grid:
    """Return a table of action items."""
    labels = ("item", "issue", "state", "due", "owner", "team", "title")
    rows = tuple(
        (
            str(one["id"]),
            f"#{one['issue']}",
            "overdue" if one["overdue"] else one["state"],
            one["due"] or "",
            visible(one["owner"] or ""),
            visible(one["team"] or ""),
            visible(f"{one['title']} ({one['reason']})" if one["reason"] else one["title"]),
        )
        for one in items
    )
    return Grid(tuple(map(Column, labels)), rows, more)


def action_in_a_line(item: "ActionItemDocument") -> str:
    """Return an action item in a line."""
    parts = [f"action item {item['id']} is {item['state']}", f"#{item['issue']}"]
    parts += [one for one in (item["owner"], item["due"], item["title"]) if one]
    return " · ".join(parts)


def _stands(one: "ReviewItem") -> str:
    if one["overdue"]:
        return f"{one['state']}, overdue"
    return one["state"]


def _who(one: "ReviewItem") -> Iterator[str]:
    if one["author"]:
        yield f"by {one['author']}"
    if one["signed"]:
        yield f"signed by {one['signed']['name']}"
    elif one["due_at"] and one["state"] in ("draft", "in-review"):
        yield f"due {one['due_at'].replace('T', ' ').replace('Z', ' UTC')}"
