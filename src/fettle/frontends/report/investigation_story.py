"""What was found for an issue, and the fixes that hang on it, as people read them in a terminal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fettle.frontends.report.blocks import Block, Code, Column, Grid, Prose
from fettle.frontends.report.visible import visible
from fettle.model import command

if TYPE_CHECKING:
    from fettle.frontends.report.investigation_document import (
        FixOfIssueDocument,
        InvestigationDocument,
        LookDocument,
    )

_FINDINGS = 8
_PLANS = 12
_SHORT = len("sha256:") + 12


def found(document: "InvestigationDocument | None") -> Iterator[Block]:
    """Tell what was found when targets were looked at for an issue."""
    for look in document["looks"] if document else ():
        yield from _look(look)


def _look(look: "LookDocument") -> Iterator[Block]:
    at = (look["looked_at"] or look["asked_at"]).replace("T", " ")[:16]
    if look["state"] == "waiting":
        yield Prose(visible(f"{look['target']}: a worker is to look, since {at} UTC"), "dim")
        return
    if look["document"] is None:
        said = f"{look['target']}: it was not looked at: {look['reason']}"
        yield Prose(visible(said), "unknown")
        return
    yield Prose(visible(f"{look['summary']}"), lead=f"{at} UTC  ")
    yield Prose(visible(look["why"]), "dim")
    findings = look["document"]["findings"]
    if findings:
        more = f"{len(findings) - _FINDINGS} more" if len(findings) > _FINDINGS else ""
        rows = tuple(_finding(one) for one in findings[:_FINDINGS])
        yield Grid(_columns("severity", "check", "subject", "what"), rows, more)


def _finding(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        one["severity"],
        one["check"],
        visible(one["subject"]),
        visible(one["description"]),
    )


def fixes(hung: "Sequence[FixOfIssueDocument]") -> Iterator[Block]:
    """Tell what fixes hang on an issue, whom each waits for, and how it ended."""
    if not hung:
        return
    rows = tuple(_fix(one) for one in hung[:_PLANS])
    more = f"{len(hung) - _PLANS} more" if len(hung) > _PLANS else ""
    yield Grid(_columns("plan", "fix", "subject", "stands", "why"), rows, more)
    waiting = [one["plan"]["plan"] for one in hung if one["plan"]["waits_for"] is not None]
    lines = tuple(
        f"fettle fix apply {command.word(plan['plan'][:_SHORT])}" for plan in waiting[:_PLANS]
    )
    if lines:
        yield Code(lines, "shell")


def _fix(one: "FixOfIssueDocument") -> tuple[str, ...]:
    kept = one["plan"]
    return (
        kept["plan"]["plan"][:_SHORT],
        kept["plan"]["fix"],
        visible(kept["plan"]["subject"]),
        _stands(one),
        visible(one["why"]),
    )


def _stands(one: "FixOfIssueDocument") -> str:
    kept, runs = one["plan"], one["runs"]
    if kept["waits_for"] is not None:
        return f"{kept['state']}, for a {kept['waits_for']}".replace("a admin", "an admin")
    if runs:
        return f"{runs[0]['status']}, verified" if runs[0]["verified"] else runs[0]["status"]
    return kept["state"]


def _columns(*labels: str) -> tuple[Column, ...]:
    return tuple(Column(label) for label in labels)
