"""Applications' errors as people read them in a terminal; from the documents of the API.

Texts from outside are made harmless to look at here, once: see visible.py.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fettle.frontends.report.blocks import Block, Column, Grid, Mark, Pairs, Prose, Section, Story
from fettle.frontends.report.visible import visible, visible_lines
from fettle.model.quantity import Bytes, say_count, say_share

if TYPE_CHECKING:
    from fettle.frontends.report.error_document import (
        ErrorDocument,
        ErrorItem,
        SuspectDocument,
        TagDocument,
    )
    from fettle.frontends.report.error_event_document import ErrorEventDocument
    from fettle.frontends.report.map_document import MapItem

_TONES = {"fatal": "critical", "error": "high", "warning": "medium", "info": "low", "debug": "info"}
_HOURS = 24
_FRAMES = 60


def errors(items: "Sequence[ErrorItem]", more: str) -> Grid:
    """Return a table of errors; `more` says how the next ones are seen."""
    columns = (
        Column("id", right=True),
        Column("state"),
        Column("events", right=True),
        Column("last seen"),
        Column("project"),
        Column("title"),
        Column("in"),
    )
    rows = tuple(
        (
            one["id"],
            one["state"],
            f"{one['events']:,}",
            _at(one["last_seen"]),
            visible(one["project"]),
            visible(one["title"]),
            visible(one["culprit"]),
        )
        for one in items
    )
    return Grid(columns, rows, more)


def maps(items: "Sequence[MapItem]", more: str) -> Grid:
    """Return a table of source maps; `more` says how the next ones are seen."""
    columns = (
        Column("project"),
        Column("map"),
        Column("debug id"),
        Column("releases"),
        Column("size", right=True),
        Column("uploaded"),
    )
    rows = tuple(
        (
            visible(one["project"]),
            visible(one["name"]),
            one["debug_id"] or "",
            visible(", ".join(one["releases"])),
            str(Bytes(one["size_bytes"])),
            _at(one["uploaded_at"]),
        )
        for one in items
    )
    return Grid(columns, rows, more)


def error(document: "ErrorDocument") -> Story:
    """Tell all that is known of an error."""
    sections: tuple[tuple[str, Sequence[Block]], ...] = (
        ("What it is", [_what(document)]),
        ("Known", list(_known(document))),
        ("Together because", list(_keys(document))),
        ("Last hours that had any", list(_hours(document))),
        ("Tags", [Prose(_tag(one), lead="- ") for one in document["tags"]]),
        ("Releases", list(_releases(document))),
        ("Suspect commits", [Prose(_suspect(one), lead="- ") for one in document["suspects"]]),
        ("Latest events", list(_latest(document))),
    )
    return Story(
        visible(f"{document['id']} {document['title']}"),
        Mark(document["level"], _TONES[document["level"]]),
        (document["state"], visible(document["project"])),
        (),
        tuple(Section(title, tuple(blocks)) for title, blocks in sections if blocks),
    )


def event(document: "ErrorEventDocument") -> Story:
    """Tell all that an application said when an error happened."""
    # as JSON has it, whichever way it came
    said: Any = document["event"]
    facts = {
        name: visible(str(said[name]))
        for name in ("at", "level", "release", "environment", "server", "transaction", "user")
        if said.get(name)
    }
    sections: list[Section] = [Section("What it is", (Pairs(tuple(facts.items())),))]
    for raised in reversed(said.get("raised") or []):
        title = ": ".join(
            visible(part) for part in (raised.get("type"), raised.get("value")) if part
        )
        frames = tuple(
            Prose(_frame(frame)) for frame in reversed(list(raised.get("frames") or [])[-_FRAMES:])
        )
        sections.append(Section("Raised", (Prose(title), *frames)))
    if said.get("message"):
        lines = visible_lines(said["message"])
        sections.append(Section("Message", tuple(Prose(line) for line in lines)))
    return Story(
        visible(f"event {document['id']} of error {document['error']}"),
        Mark(str(said.get("level") or "error"), _TONES[str(said.get("level") or "error")]),
        (f"received {_at(document['received_at'])}",),
        (),
        tuple(sections),
    )


def in_a_line(document: "ErrorDocument") -> str:
    """Return how an error stands, in a line."""
    return f"{document['id']} is {_state(document)}: {visible(document['title'])}"


def _state(document: "ErrorDocument") -> str:
    muting, resolution = document["muting"], document["resolution"]
    if document["state"] == "muted" and muting is not None:
        ends = [
            f"until {_at(muting['until'])}" if muting["until"] else "",
            f"until {muting['events']:,} more came" if muting["events"] else "",
            f"until {muting['events_an_hour']:,} come in an hour"
            if muting["events_an_hour"]
            else "",
        ]
        return f"muted {' or '.join(filter(None, ends))}"
    if document["state"] == "resolved" and resolution is not None:
        return {
            "now": "resolved",
            "next-release": "resolved in the next release",
            "deploy": "resolved by the next deploy",
        }[resolution["by"]]
    return document["state"]


def _what(document: "ErrorDocument") -> Pairs:
    pairs = {
        "in": visible(document["culprit"]),
        "stands": _state(document),
        "events": f"{document['events']:,}",
        "users": f"{document['users']:,}" if document["users"] else "",
        "first seen": _seen(document["first_seen"], document["first_release"]),
        "last seen": _seen(document["last_seen"], document["last_release"]),
        "issue": f"#{document['issue']}" if document["issue"] else "",
    }
    return Pairs(tuple((name, said) for name, said in pairs.items() if said))


def _known(document: "ErrorDocument") -> Iterator[Block]:
    for one in document["solutions"]:
        title = one["title"] or one["class"]
        yield Prose(f"{title} ({one['class']}, {say_share(one['confidence'])} sure)")
        for place, does in enumerate(one["solutions"], 1):
            yield Prose(visible(does), lead=f"  {place}. ")


def _keys(document: "ErrorDocument") -> Iterator[Block]:
    for one in document["keys"]:
        was = f", merged from {one['merged_from']}" if one["merged_from"] else ""
        yield Prose(f"key {one['id']}: {say_count(one['events'], 'event')}{was}")
        for why in one["why"]:
            yield Prose(visible(why), lead="  - ")
        if one["reads_as"] is not None and one["read_at"] is not None:
            at = _at(one["read_at"])
            yield Prose(
                f"joined {at}: with its source maps it reads as key {one['reads_as']}", lead="  - "
            )


def _suspect(one: "SuspectDocument") -> str:
    by = f" by {visible(one['author'])}" if one["author"] else ""
    return (
        f"{visible(one['commit'][:12])}{by} in {visible(one['release'])}: {visible(one['message'])}"
    )


def _hours(document: "ErrorDocument") -> Iterator[Block]:
    rows = tuple((_at(one["hour"]), f"{one['events']:,}") for one in document["hours"][-_HOURS:])
    if rows:
        yield Grid((Column("hour"), Column("events", right=True)), rows)


def _tag(tag: "TagDocument") -> str:
    values = [
        f"{visible(one['value']) if one['value'] else 'others'} "
        f"{say_share(one['events'] / tag['events'])}"
        for one in tag["values"][:5]
    ]
    return f"{visible(tag['tag'])}: {', '.join(values)}"


def _releases(document: "ErrorDocument") -> Iterator[Block]:
    rows = tuple(
        (visible(one["release"]), _at(one["first_seen"]), f"{one['events']:,}")
        for one in document["releases"]
    )
    if rows:
        yield Grid((Column("release"), Column("since"), Column("events", right=True)), rows)


def _latest(document: "ErrorDocument") -> Iterator[Block]:
    rows = tuple(
        (
            _at(one["at"]),
            visible(one["release"] or ""),
            visible(one["environment"] or ""),
            one["id"],
        )
        for one in document["latest"]
    )
    if rows:
        labels = ("at", "release", "environment", "event")
        yield Grid(tuple(Column(label) for label in labels), rows)


def _frame(frame: "dict[str, Any]") -> str:
    where = visible(frame.get("path") or frame.get("file") or frame.get("module") or "?")
    line = f":{frame['line']}" if frame.get("line") else ""
    mark = "* " if frame.get("in_app") else "  "
    return f"{mark}{where}{line} in {visible(frame.get('function') or '?')}"


def _seen(at: str, release: str | None) -> str:
    return _at(at) + (f" in {visible(release)}" if release else "")


def _at(moment: str | None) -> str:
    return (moment or "").replace("T", " ").replace("Z", " UTC")
