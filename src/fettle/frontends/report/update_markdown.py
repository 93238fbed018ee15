"""A look for updates as Markdown, for issues and pull requests."""

import re
from collections.abc import Iterator, Sequence

from fettle.frontends.report.markdown import code, escaped, paragraph
from fettle.frontends.report.update_document import groups_of
from fettle.frontends.report.update_told import (
    about,
    headline,
    mark,
    named,
    notes_lines,
    open_line,
    planned,
    source_line,
    steps,
    unlooked,
    withdrawn_line,
)
from fettle.frontends.report.visible import visible
from fettle.model.update import SourceResult, Update, UpdateCheck

_MOST_LINES = 40
_FENCES = re.compile("~+")


def check(told: UpdateCheck) -> Iterator[str]:
    """Yield the lines of a look."""
    yield from ("# Updates", "", _plain(headline(told)), "")
    if told.updates:
        yield from _updates(told.updates)
    if told.open:
        yield from ("## Nothing on offer closes", "")
        for one in told.open:
            accepted = told.accepted.get((one.installed.package, one.advisory.id))
            yield f"- {_plain(open_line(one, accepted))}"
        yield ""
    yield from _withdrawn(told)
    yield from _sources(told.sources)


def plan(told: UpdateCheck) -> Iterator[str]:
    """Yield the lines of what would be taken, and of what is held."""
    taken, held = groups_of(told.updates)
    yield from ("# Updates to take", "", _plain(planned(told)), "")
    for name, those in taken:
        yield from (f"## {_plain(name)}", "")
        yield from _updates(those)
    if held:
        yield from ("## Held", "")
        yield from _updates(held)
    yield from _withdrawn(told)
    yield from _sources(told.sources)


def _withdrawn(told: UpdateCheck) -> Iterator[str]:
    if told.withdrawn:
        yield from ("## In use, and withdrawn", "")
        yield from (f"- {_plain(withdrawn_line(one))}" for one in told.withdrawn)
        yield ""


def _updates(updates: Sequence[Update]) -> Iterator[str]:
    yield from ("| | update | where | |", "| --- | --- | --- | --- |")
    for one in updates:
        moves = f"{_code(one.package.name)} {_plain(one.current)} → {_plain(one.version)}"
        notes = "<br>".join(_plain(line) for line in about(one))
        yield f"| {mark(one)} | {moves} | {_code(one.where)} | {notes} |"
    yield ""
    for one in updates:
        yield from _changes(one)


def _changes(update: Update) -> Iterator[str]:
    """Yield what has changed, as a block that nothing in it can leave."""
    lines = notes_lines(update, _MOST_LINES)
    if not lines:
        return
    longest = max((len(run) for line in lines for run in _FENCES.findall(line)), default=0)
    fence = "~" * max(longest + 1, 3)
    yield from (
        f"What has changed, {_plain(steps(update))}:",
        "",
        f"{fence}text",
        *lines,
        fence,
        "",
    )


def _sources(results: Sequence[SourceResult]) -> Iterator[str]:
    yield from ("## What was looked at", "", "| source | | |", "| --- | --- | --- |")
    for one in results:
        said = source_line(one) + (f"; {one.remedy}" if one.remedy else "")
        yield f"| {_code(one.source)} | {one.state.value} | {_plain(said)} |"
    yield ""
    if passed := unlooked(results):
        yield from ("## What was not looked at", "")
    for (reason, remedy), subjects in passed.items():
        lets = f" ({_plain(remedy)})" if remedy else ""
        yield f"- {len(subjects)} × {_plain(reason)}: {_plain(named(subjects))}{lets}"


def _plain(text: str) -> str:
    return paragraph(escaped(visible(text)))


def _code(text: str) -> str:
    return code(visible(text).replace("|", "¦"))
