"""What an optimisation earned, in words: figures before and after, as pages say them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fettle.model.quantity import Bytes, say_share
from fettle.optimisation.document import EarnedDocument

NAMES = {
    "lcp": "Largest paint",
    "fcp": "First paint",
    "cls": "Shifts",
    "inp": "Slowest click",
    "tbt": "Blocked",
    "ttfb": "First byte",
    "tti": "Time to interactive",
    "fid": "First input",
    "server_response": "Server",
    "bytes": "Bytes",
}
_TOLD = 0.005  # less than half a percent is no change that anybody sees
# Two measurements of the same page differ by less; what is surer is said with its chance.
CHANCE, SURE = 0.1, 0.01


@dataclass(frozen=True)
class Change:
    """A figure before and after; `better` is None where it stayed, or changed by chance, maybe."""

    name: str
    before: str
    after: str
    share: str
    better: bool | None
    page: str
    profile: str
    sure: bool


def said(metric: str, value: float) -> str:
    """Return a figure as people read it."""
    if metric == "bytes":
        return str(Bytes(round(value)))
    if metric == "cls":
        return f"{value:.3f}"
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"


def change(one: EarnedDocument) -> Change:
    """Return a figure in words."""
    better, share = judged(one["before"], one["after"])
    chance = one["metric"] != "bytes" and one["p"] is not None and one["p"] >= SURE
    return Change(
        NAMES.get(one["metric"], one["metric"]),
        said(one["metric"], one["before"]),
        said(one["metric"], one["after"]),
        share,
        None if chance else better,
        one["page"],
        one["profile"],
        sure=not chance,
    )


def changes(earned: Sequence[EarnedDocument]) -> list[Change]:
    """Return what has changed of several figures."""
    changed = [one for one in earned if judged(one["before"], one["after"])[0] is not None]
    return [change(one) for one in changed]


def of(earned: Sequence[EarnedDocument], metric: str) -> Change | None:
    """Return a figure of the first page that has it."""
    return next((change(one) for one in earned if one["metric"] == metric), None)


def judged(before: float, after: float) -> tuple[bool | None, str]:
    """Return whether less of a figure is there than before, and how much less or more."""
    share = (after - before) / before if before else float(after > 0)
    if abs(share) < _TOLD:
        return None, "as before"
    sign = "−" if share < 0 else "+"  # noqa: RUF001 - a minus sign is as wide as a plus
    return share < 0, f"{sign}{say_share(abs(share))}" if before else "new"
