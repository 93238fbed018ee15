"""Issues, silences and turns as people read them in a terminal; from the documents of the API.

Texts from outside are made harmless to look at here, once: see visible.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fettle.frontends.report import (
    investigation_story,
    review_story,
    solving_story,
    work_story,
)
from fettle.frontends.report.blocks import Block, Column, Grid, Mark, Name, Prose, Section, Story
from fettle.frontends.report.promised import promised
from fettle.frontends.report.visible import visible, visible_lines
from fettle.model.quantity import say_count, say_duration, say_share

if TYPE_CHECKING:
    from fettle.frontends.report.issue_document import (
        ClockDocument,
        EntryDocument,
        IssueDocument,
        IssueItem,
    )
    from fettle.frontends.report.people_document import OncallDocument, TeamDocument
    from fettle.frontends.report.silence_document import MatcherDocument, SilenceItem

_ENTRIES = 40
_TEXT_LINES = 40


def issues(items: "Sequence[IssueItem]", now: datetime, more: str) -> Grid:
    """Return a table of issues; `more` says how the next ones are seen."""
    labels = ("issue", "severity", "pri", "status", "title", "team", "due")
    rows = [
        (
            f"#{one['number']}",
            one["severity"],
            one["priority"],
            _status(one),
            visible(one["title"]),
            visible(one["assignee"] or one["team"] or ""),
            _next_due(one, now),
        )
        for one in items
    ]
    return _grid(labels, rows, more)


def issue(document: "IssueDocument", now: datetime) -> Story:
    """Tell all that is known of an issue."""
    sections = (
        ("What it is", _what(document)),
        ("Promises", [_promises(document, now)]),
        ("Because", [Prose(visible(text), lead="- ") for text in document["evidence"]]),
        ("Known error", solving_story.known(document["known"])),
        ("Deployed", work_story.deploys(document["deploys"])),
        ("Found", investigation_story.found(document["diagnosis"])),
        ("Fixes", investigation_story.fixes(document["fixes"])),
        ("The work", work_story.stages(document)),
        ("Runbooks", work_story.runbooks(document["runbooks"])),
        ("Alerts", _alerts(document)),
        ("Belongs together", _links(document)),
        ("Told", _told(document)),
        ("Looking back", review_story.of_issue(document["review"])),
        ("Over, as far as was seen", _recovery(document)),
        ("What happened", _latest(document)),
    )
    told = ((title, tuple(blocks)) for title, blocks in sections)
    return Story(
        visible(f"#{document['number']} {document['title']}"),
        Mark(document["severity"], document["severity"]),
        tuple(_facts(document)),
        (),
        tuple(Section(title, blocks) for title, blocks in told if blocks),
    )


def in_a_line(document: "IssueDocument") -> str:
    """Return how an issue stands, in a line."""
    parts = [
        f"#{document['number']} is {_status(document)}",
        document["severity"],
        document["priority"],
        *(one for one in (document["team"], document["assignee"]) if one),
        document["title"],
    ]
    return visible(" · ".join(parts))


def silences(items: "Sequence[SilenceItem]") -> list[Block]:
    """Return silences, each with its id in a line of its own, to be copied."""
    return [block for one in items for block in _silence(one)]


def _silence(one: "SilenceItem") -> Iterator[Block]:
    yield Name(one["id"], (Mark(one["state"], "dim"),))
    yield Prose(visible(", ".join(map(_matcher, one["matchers"]))), lead="  ")
    times = f"from {_moment(one['starts_at'])} to {_moment(one['ends_at'])} UTC"
    yield Prose(visible(f"{times}, by {one['created_by']}: {one['comment']}"), "dim", lead="  ")


def turns(teams: "Sequence[TeamDocument]", document: "OncallDocument") -> Grid:
    """Return a table of whose turn it is, team by team; one without turns says so."""
    rows = [
        (visible(one["team"]), visible(one["member"]), _moment(one["start"]), _moment(one["end"]))
        for one in document["items"]
    ]
    taking = {one["team"] for one in document["items"]}
    rows += [
        (visible(one["name"]), "everybody", "", "") for one in teams if one["name"] not in taking
    ]
    return _grid(
        ("team", "on call", "from (UTC)", "until (UTC)"), sorted(rows, key=lambda row: row[0])
    )


def _facts(document: "IssueDocument") -> Iterator[str]:
    yield _status(document)
    yield document["priority"]
    yield visible(document["class"] or document["category"])
    yield visible(f"team {document['team']}" if document["team"] else "nobody's")
    if document["assignee"]:
        yield visible(f"given to {document['assignee']}")
    taken = document["acknowledged_by"]
    yield visible(f"taken by {taken}" if taken else "nobody has taken it")
    yield say_count(document["signals"], "signal")
    yield f"opened {_moment(document['opened_at'])} UTC"


def _what(document: "IssueDocument") -> Iterator[Block]:
    lines = visible_lines(document["description"])
    yield from (Prose(line) for line in lines[:_TEXT_LINES] if line)
    if len(lines) > _TEXT_LINES:
        yield Prose("… the rest with --format json", "dim")
    if document["services"]:
        yield Prose(visible(", ".join(document["services"])), lead="Services: ")
    if document["impact"]:
        yield Prose(visible(document["impact"]), lead="Impact: ")
    decided = f"{say_share(document['confidence'])} sure, by {document['by']}"
    yield Prose(f"{document['category']}, {document['escalation']}; {decided}", lead="Decided: ")


def _promises(document: "IssueDocument", now: datetime) -> Grid:
    clocks = document["clocks"]
    named = (
        ("response", clocks["response"]),
        ("update", clocks["update"]),
        ("resolution", clocks["resolution"]),
    )
    rows = [
        (name, clock["state"], _moment(clock["due"]), _until(clock, now))
        for name, clock in named
        if clock is not None
    ]
    return _grid(("promise", "state", "due (UTC)", ""), rows)


def _alerts(document: "IssueDocument") -> Iterator[Block]:
    rows = [
        (
            str(one["id"]),
            "flapping" if one["flapping"] else "fires" if one["firing"] else "over",
            visible(one["source"]),
            visible(one["title"]),
            str(one["times"]),
            _moment(one["since"]),
        )
        for one in document["alerts"]
    ]
    if rows:
        yield _grid(("alert", "state", "source", "title", "times", "since (UTC)"), rows)


def _links(document: "IssueDocument") -> Iterator[Block]:
    if document["merged_into"]:
        yield Prose(f"merged into #{document['merged_into']}")
    for link in document["links"]:
        yield Prose(f"{_KINDS.get(link['kind'], link['kind'])} #{link['issue']}")


_KINDS = {
    "related": "related to",
    "caused_by": "caused by",
    "caused_by_back": "causes",
    "split_from": "split from",
    "split_from_back": "split off:",
    "recurrence": "the return of",
    "recurrence_back": "came back as",
    "merged": "merged into it:",
}


def _told(document: "IssueDocument") -> Iterator[Block]:
    rows = [
        (
            visible(one["receiver"]),
            one["event"],
            one["state"],
            _moment(one["sent_at"] or one["created_at"]),
            visible(one["error"] or ""),
        )
        for one in document["notifications"]
    ]
    if rows:
        yield _grid(("receiver", "of", "state", "at (UTC)", "error"), rows)


def _recovery(document: "IssueDocument") -> Iterator[Block]:
    if document["status"] in ("closed", "merged", "declined"):
        return
    for one in document["recovery"]:
        yield Prose(visible(one["text"] or one["event"]), lead=f"{_moment(one['at'])}  ")


def _latest(document: "IssueDocument") -> Iterator[Block]:
    entries = document["timeline"]
    if len(entries) > _ENTRIES or document["timeline_next"]:
        yield Prose(f"… what was before: fettle issue timeline {document['number']}", "dim")
    yield from timeline(entries[-_ENTRIES:])


def timeline(entries: "Iterable[EntryDocument]") -> Iterator[Block]:
    """Tell what happened, in this order."""
    for entry in entries:
        head = f"{_moment(entry['at'])}  {entry['event']}, {entry['actor']}"
        yield Prose(visible(head), "dim")
        if entry["text"]:
            yield Prose(visible(entry["text"]), lead="  ")


def _grid(labels: Sequence[str], rows: Iterable[tuple[str, ...]], more: str = "") -> Grid:
    """Return a table without the columns that are empty in every row."""
    found = list(rows)
    kept = [n for n in range(len(labels)) if not found or any(row[n] for row in found)]
    return Grid(
        tuple(Column(labels[n]) for n in kept),
        tuple(tuple(row[n] for n in kept) for row in found),
        more,
    )


def _status(one: "IssueItem | IssueDocument") -> str:
    return f"{one['status']}, on hold" if one["on_hold"] else one["status"]


def _next_due(one: "IssueItem", now: datetime) -> str:
    """Return what is promised next, or what was not kept."""
    found = promised(one["clocks"])
    if found is None or one["status"] in ("closed", "merged", "declined"):
        return ""
    name, clock = found
    return f"{name} {_until(clock, now)}"


def _until(clock: "ClockDocument", now: datetime) -> str:
    if clock["due"] is None or clock["state"] not in ("running", "breached"):
        return ""
    left = datetime.fromisoformat(clock["due"]) - now
    if clock["state"] == "breached":
        return "breached"
    return f"in {say_duration(left)}" if left.total_seconds() > 0 else "due now"


def _matcher(one: "MatcherDocument") -> str:
    return f"{one['name']}{one['op']}{one['value']}"


def _moment(at: str | None) -> str:
    return "" if at is None else at.replace("T", " ").replace("Z", "")[:16]
