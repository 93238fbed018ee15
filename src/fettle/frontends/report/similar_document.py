"""The shape of past issues that are like one, and what helped then."""

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict

from fettle.frontends.report.moments import moment, said
from fettle.model.issue import Entry
from fettle.model.severity import SeverityName
from fettle.triage import similar
from fettle.triage.similar import Similar


class HelpedDocument(TypedDict):
    """Something that helped with a past issue."""

    kind: Literal["cause", "fix", "evidence", "review"]
    text: str
    by: str
    at: str


class SimilarItem(TypedDict):
    """A past issue that is like the one in question."""

    number: int
    title: str
    status: str
    severity: SeverityName
    resolved_at: str | None
    score: float
    """How much it is like it; only the order matters."""
    why: list[str]
    helped: list[HelpedDocument]


class SimilarDocument(TypedDict):
    """Past issues that are like one, the likest first."""

    schema: Literal["fettle.similar/1"]
    issue: int
    items: list[SimilarItem]


_KINDS: Mapping[str, Literal["cause", "fix", "evidence", "review"]] = {
    "root-cause": "cause",
    "fix-done": "fix",
    "remedy-helped": "fix",
    "resolved": "evidence",
    "closed": "review",
}


def of_similar(
    issue: int, found: Sequence[Similar], timelines: Mapping[int, Sequence[Entry]]
) -> SimilarDocument:
    """Return past issues with what helped then."""
    return {"schema": "fettle.similar/1", "issue": issue, "items": items(found, timelines)}


def items(found: Sequence[Similar], timelines: Mapping[int, Sequence[Entry]]) -> list[SimilarItem]:
    """Return each past issue with what helped then."""
    return [_item(one, timelines.get(one.issue.number, ())) for one in found]


def _item(one: Similar, timeline: Sequence[Entry]) -> SimilarItem:
    return {
        "number": one.issue.number,
        "title": one.issue.title,
        "status": one.issue.status.value,
        "severity": one.issue.classification.severity.label,
        "resolved_at": moment(one.issue.milestones.resolved),
        "score": one.score,
        "why": list(one.why),
        "helped": [
            {
                "kind": _KINDS[entry.event],
                "text": entry.text,
                "by": entry.actor,
                "at": said(entry.at),
            }
            for entry in similar.helped(timeline)
        ],
    }
