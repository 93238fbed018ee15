"""A look for updates as text for people."""

from collections.abc import Iterator, Sequence

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
from fettle.model.update import SourceResult, Update, UpdateCheck

_MOST_LINES = 12  # of what has changed; all of it is in the document, and behind its address


def check(told: UpdateCheck) -> Iterator[str]:
    """Yield the lines of a look: what is on offer, the worst first, and how the look went."""
    yield headline(told)
    if told.updates:
        yield ""
        yield from _updates(told.updates)
    if told.open:
        yield ""
        yield "Nothing on offer closes:"
    for one in told.open:
        accepted = told.accepted.get((one.installed.package, one.advisory.id))
        yield f"  {open_line(one, accepted)}"
    yield from _withdrawn(told)
    yield from _sources(told.sources)


def plan(told: UpdateCheck) -> Iterator[str]:
    """Yield the lines of what would be taken, group by group, and of what is held."""
    taken, held = groups_of(told.updates)
    yield planned(told)
    for name, those in taken:
        yield ""
        yield f"{name}:"
        yield from _updates(those)
    if held:
        yield ""
        yield "Held:"
        yield from _updates(held)
    yield from _withdrawn(told)
    yield from _sources(told.sources)


def _updates(updates: Sequence[Update]) -> Iterator[str]:
    width = max(len(mark(one)) for one in updates)
    for one in updates:
        yield f"{mark(one):{width}}  {steps(one)}  {one.where}  [{one.id}]"
        yield from (f"{'':{width}}  - {line}" for line in about(one))
        yield from (f"{'':{width}}  | {line}".rstrip() for line in notes_lines(one, _MOST_LINES))


def _withdrawn(told: UpdateCheck) -> Iterator[str]:
    if told.withdrawn:
        yield ""
        yield "In use, and withdrawn:"
    yield from (f"  {withdrawn_line(one)}" for one in told.withdrawn)


def _sources(results: Sequence[SourceResult]) -> Iterator[str]:
    yield ""
    yield "Sources:"
    width = max((len(one.source) for one in results), default=0)
    for one in results:
        yield f"  {one.source:{width}}  {one.state.value:7}  {source_line(one)}".rstrip()
        if one.remedy is not None:
            yield f"  {'':{width}}  {'':7}  → {one.remedy}"
    if passed := unlooked(results):
        yield ""
        yield "Not looked at:"
    for (reason, remedy), subjects in passed.items():
        yield f"  {len(subjects)} × {reason}: {named(subjects)}"
        if remedy:
            yield f"      → {remedy}"
