"""What a look for updates says in words, the same in each format for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fettle.frontends.report.update_document import groups_of
from fettle.frontends.report.visible import visible_lines
from fettle.model.quantity import say_count, say_share
from fettle.model.update import (
    Open,
    Passed,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    Withdrawn,
    is_whole,
    severity_of,
)

_MOST_NAMED = 5
_SECURITY = "security"


def headline(check: UpdateCheck) -> str:
    """Return what it came to, in a sentence; nothing found is said only of what was looked at."""
    said = ", ".join([*_weaknesses(check), *_withdrawn(check), _newer(check)])
    return f"{said[:1].upper()}{said[1:]}{limits(check.sources)}"


def _weaknesses(check: UpdateCheck) -> Iterator[str]:
    if check.security:
        yield f"{say_count(check.security, 'update')} that {_closes(check.security)} a weakness"
    if check.open:
        many = len(check.open)
        yield f"{many} {'weakness' if many == 1 else 'weaknesses'} that nothing on offer closes"
    if check.security or check.open:
        return
    result = next((one for one in check.sources if one.source == _SECURITY), None)
    if result is None or not result.looked_at:
        yield "nobody looked for weaknesses"
    elif result.state is SourceState.STALE:
        yield f"no weakness is known, by what is too old ({result.reason})"
    else:
        looked = f"the {result.looked_at} of {result.total} that were looked at"
        yield f"no weakness is known of {looked}"


def _withdrawn(check: UpdateCheck) -> Iterator[str]:
    if many := len(check.withdrawn):
        yield f"{say_count(many, 'version')} in use that {_was(many)} withdrawn"


def _was(many: int) -> str:
    return "was" if many == 1 else "were"


def _newer(check: UpdateCheck) -> str:
    return f"{say_count(check.regular, 'newer version')} on offer"


def _closes(many: int) -> str:
    return "closes" if many == 1 else "close"


def planned(check: UpdateCheck) -> str:
    """Return how much would be taken, in a sentence."""
    taken, _ = groups_of(check.updates)
    many = sum(len(those) for _, those in taken)
    groups = say_count(len(taken), "group")
    said = f"{many} of {len(check.updates)} would be taken, in {groups}"
    return f"{said}{limits(check.sources)}"


def limits(sources: Sequence[SourceResult]) -> str:
    """Return what is said behind what was found, where that may not be all."""
    return "." if is_whole(sources) else "; not everything was looked at."


def mark(update: Update) -> str:
    """Return what stands before an update: how bad what it closes is, or the part it changes."""
    severity = severity_of(update)
    return severity.label.upper() if severity is not None else update.level.value


def steps(update: Update) -> str:
    """Return from where to where it leads."""
    return f"{update.package.name} {update.current} → {update.version}"


def about(update: Update) -> Iterator[str]:
    """Yield what is to be known of an update, a sentence each."""
    for one in update.advisories:
        rated = one.severity.label if one.severity is not None else "not rated"
        yield f"{one.id} ({rated}): {one.summary}".rstrip(": ")
        yield from (f"{one.id}: {disagreement}" for disagreement in one.contradictions)
    for ancestor in update.through:
        yield f"raise {ancestor.package.name} {ancestor.current} → {ancestor.version}"
    if update.confidence:
        grounds = f": {'; '.join(update.grounds)}" if update.grounds else ""
        yield f"confidence {say_share(update.confidence)}{grounds}"
    if update.notes_url is not None:
        yield update.notes_url
    yield from (f"held: {reason}" for reason in update.held)


def notes_lines(update: Update, most: int) -> list[str]:
    """Return the lines of what has changed, as many as there is room for: text, never markup."""
    lines = visible_lines(update.notes) if update.notes else []
    while lines and not lines[-1]:
        lines.pop()
    more = len(lines) - most
    return [*lines[:most], f"… {say_count(more, 'line')} more"] if more > 0 else lines


def open_line(one: Open, accepted: str | None) -> str:
    """Return a weakness that nothing closes."""
    installed, known = one.installed, one.advisory
    rated = known.severity.label if known.severity is not None else "not rated"
    said = f"{installed.package.name} {installed.version}  {installed.where}  {known.id} ({rated})"
    summary = f": {known.summary}" if known.summary else ""
    parts = [said + summary, *known.contradictions]
    return "; ".join([*parts, *([f"accepted: {accepted}"] if accepted is not None else [])])


def withdrawn_line(one: Withdrawn) -> str:
    """Return a version in use that was withdrawn."""
    return f"{one.package.name} {one.version}  {one.where}: {one.reason}"


def source_line(result: SourceResult) -> str:
    """Return how a source's look went, and how much it looked at."""
    parts = [f"{result.looked_at} of {result.total} looked at" if result.total else ""]
    if result.told_at is not None and result.state is not SourceState.SKIPPED:
        parts.append(f"by {result.told_by or 'data'} of {result.told_at:%Y-%m-%d %H:%M} UTC")
    parts.append(result.reason or "")
    return "; ".join(part for part in parts if part)


def unlooked(results: Iterable[SourceResult]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return what there was no look at, by the reason and what would let there be one.

    Two sources that read one lock have passed the same; it is told once.
    """
    told: dict[tuple[str, str], dict[str, None]] = {}
    for result in results:
        for one in result.passed:
            told.setdefault(_why(one), {})[one.subject] = None
    return {why: list(subjects) for why, subjects in told.items()}


def _why(passed: Passed) -> tuple[str, str]:
    return passed.reason, passed.remedy or ""


def named(subjects: Sequence[str]) -> str:
    """Return some of many names."""
    shown = ", ".join(subjects[:_MOST_NAMED])
    more = len(subjects) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
