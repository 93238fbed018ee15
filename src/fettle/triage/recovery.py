"""What shows that the trouble of an issue is over, as far as Fettle has seen it; pure.

It is read from the timeline: fixes that were seen to have worked, alerts that have ended, looks
that found nothing any more. What was so before the trouble came back counts no more.
"""

from collections.abc import Iterator, Sequence

from fettle.model.issue import Entry
from fettle.model.review import Evidence

_OVER = ("ended", "calm")
_KINDS = {"fix-done": Evidence.FIX_VERIFIED, "diagnosed": Evidence.CHECK_CLEAN}


def shown(timeline: Sequence[Entry]) -> list[Entry]:
    """Return the entries that show it, the latest first."""
    return list(_shown(timeline))[::-1]


def said(timeline: Sequence[Entry], most: int = 3) -> str:
    """Return them as the evidence for resolving; empty when nothing shows it."""
    return "; ".join(entry.text or entry.event for entry in shown(timeline)[:most])


def kind(timeline: Sequence[Entry]) -> Evidence:
    """Return of which kind the latest of them is; somebody's word when nothing shows it."""
    latest = shown(timeline)[:1]
    return _KINDS.get(latest[0].event, Evidence.ALERTS_ENDED) if latest else Evidence.WORD


def _shown(timeline: Sequence[Entry]) -> Iterator[Entry]:
    begins = max(
        (place for place, entry in enumerate(timeline) if entry.event in ("opened", "reopened")),
        default=0,
    )
    undone = {
        entry.detail.get("plan") for entry in timeline[begins:] if entry.event == "fix-undone"
    }
    troubled: set[str | None] = set()
    for entry in timeline[begins:]:
        if entry.event in _OVER:
            yield entry
        elif entry.event == "fix-done":
            if entry.detail.get("verified") == "true" and entry.detail.get("plan") not in undone:
                yield entry
        elif entry.event == "diagnosed":
            # a look that never found anything shows nothing: the trouble may lie elsewhere
            target = entry.detail.get("target", entry.detail.get("database"))  # as Fettle 0.1 said
            if entry.detail.get("status") != "ok":
                troubled.add(target)
            elif target in troubled:
                yield entry
