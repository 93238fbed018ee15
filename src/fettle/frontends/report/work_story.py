"""How an issue is worked on, as people read it in a terminal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fettle.frontends.report.blocks import Block, Code, Column, Grid, Name, Prose
from fettle.frontends.report.visible import visible

if TYPE_CHECKING:
    from fettle.frontends.report.deploy_document import DeployOfIssueDocument
    from fettle.frontends.report.issue_document import IssueDocument
    from fettle.frontends.report.similar_document import SimilarItem
    from fettle.frontends.report.work_document import RunbookDocument, StepDocument

_DEPLOYS = 8


def stages(document: "IssueDocument") -> Iterator[Block]:
    """Tell what was done by whom and what waits; a stage that is open only by its name."""
    if (ahead := document["next_step"]) is not None:
        yield Prose(visible(ahead["text"]), lead="Next: ")
    roles = document["roles"]
    held = [f"{role}: {who}" for role, who in roles.items() if who]
    if held:
        yield Prose(visible(", ".join(map(str, held))))
    if (cause := document["root_cause"]) is not None:
        yield Prose(visible(f"{cause['text']} ({cause['by']})"), lead="Root cause: ")
    told = [one for one in document["stages"] if one["state"] != "open"]
    rows = tuple(
        (
            one["stage"],
            one["state"].replace("-", " "),
            visible(one["by"] or ""),
            visible(one["text"]),
        )
        for one in told
    )
    if rows:
        labels = ("stage", "stands", "by", "")
        yield Grid(tuple(Column(label) for label in labels), rows)
    left = [one["stage"] for one in document["stages"] if one["state"] == "open"]
    if rows and left:
        yield Prose(f"open: {', '.join(left)}", "dim")


def runbooks(found: "Sequence[RunbookDocument]") -> Iterator[Block]:
    """Tell the steps of an issue's runbooks, with their numbers."""
    for runbook in found:
        yield Name(visible(runbook["name"]))
        section = ""
        for step in runbook["steps"]:
            if step["section"] != section:
                section = step["section"]
                yield Prose(visible(section), "dim")
            yield from _step(step)


def _step(step: "StepDocument") -> Iterator[Block]:
    mark = "x" if step["done"] else " "
    by = f" ({step['by']}{': ' + step['note'] if step['note'] else ''})" if step["done"] else ""
    yield Prose(visible(f"[{mark}] {step['text']}{by}"), lead=f"{step['number']}. ")
    if not step["done"] and step["commands"]:
        lines = [visible(line) for one in step["commands"] for line in one.split("\n")]
        yield Code(tuple(lines), "shell")


def deploys(found: "Sequence[DeployOfIssueDocument]") -> Iterator[Block]:
    """Tell what was deployed shortly before an issue began, and since."""
    if not found:
        return
    rows = tuple(
        (
            visible(one["service"]),
            visible(one["version"]),
            one["when"],
            visible(one["actor"]),
            visible(one["note"]),
        )
        for one in found[:_DEPLOYS]
    )
    more = f"{len(found) - _DEPLOYS} more" if len(found) > _DEPLOYS else ""
    labels = ("service", "version", "when", "by", "note")
    yield Grid(tuple(Column(label) for label in labels), rows, more)


def similar(items: "Sequence[SimilarItem]") -> Iterator[Block]:
    """Tell past issues that are like one, why, and what helped then."""
    for one in items:
        yield Name(visible(f"#{one['number']} {one['title']}"))
        yield Prose(visible("; ".join(one["why"])), "dim", lead="  ")
        for helped in one["helped"]:
            yield Prose(visible(f"{helped['kind']}: {helped['text']}"), lead="  ")
