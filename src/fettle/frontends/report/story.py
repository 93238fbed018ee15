"""The report of one target as people read it: what is told, in which order; drawn elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from fettle.frontends.report import figures, statements
from fettle.frontends.report.blocks import (
    Block,
    Branch,
    Card,
    Code,
    Column,
    Fold,
    Grid,
    Mark,
    Name,
    Pairs,
    Prose,
    Section,
    Story,
    Tree,
)
from fettle.frontends.report.visible import visible, visible_lines
from fettle.model import command
from fettle.model.diagnosis import Cause, Diagnosis, Listing, Recommendation
from fettle.model.finding import Evidence, Finding, Scalar
from fettle.model.quantity import say_count, say_duration
from fettle.model.severity import Severity

PRIORITIES = {
    "immediate": ("at once", "critical"),
    "high": ("soon", "high"),
    "medium": ("then", "medium"),
    "low": ("later", "low"),
}


@dataclass(frozen=True)
class Extent:
    """How much is told.

    `rows` of evidence for each finding; the `listings` in full or in a line each; the names of
    what is `clean`; in the recommendations also the actions that stand at their findings
    (`repeat`); the findings' `metrics`.
    """

    rows: int | None = 5
    listings: bool = False
    clean: bool = False
    repeat: bool = False
    metrics: bool = False


BRIEF = Extent()
PAGE = Extent(listings=True, clean=True, repeat=True)
WHOLE = Extent(None, listings=True, clean=True, repeat=True, metrics=True)


def story(diagnosis: Diagnosis, extent: Extent) -> Story:
    """Tell what looking at one target came to."""
    anchors = {finding.key: f"finding-{n}" for n, finding in enumerate(diagnosis.findings, 1)}
    sections = (
        ("What changed", _change(diagnosis)),
        ("Causes", _causes(diagnosis, anchors)),
        ("Symptoms", _symptoms(diagnosis, anchors)),
        ("Findings", _findings(diagnosis, anchors, extent)),
        ("Recommendations", _recommendations(diagnosis, extent)),
        ("Could not be looked at", _unknown(diagnosis)),
        ("Accepted", _accepted(diagnosis)),
        ("Notes", _notes(diagnosis)),
        ("Clean", _clean(diagnosis, extent)),
        ("Measured", _measured(diagnosis, extent)),
        ("Listings", _listings(diagnosis.listings, extent)),
    )
    told = ((title, tuple(blocks)) for title, blocks in sections)
    return Story(
        visible(diagnosis.target),
        Mark(diagnosis.status, diagnosis.status),
        tuple(_facts(diagnosis)),
        tuple(_tally(diagnosis)),
        tuple(Section(title, blocks) for title, blocks in told if blocks),
    )


def _facts(diagnosis: Diagnosis) -> Iterator[str]:
    server = {name: visible(str(value)) for name, value in diagnosis.server.items()}
    if "version" in server:
        yield f"PostgreSQL {server.pop('version')}"
    if "database" in server:
        yield f"database {server.pop('database')}"
    if "user" in server:
        yield f"as {server.pop('user')}"
    yield from (f"{name} {value}" for name, value in server.items())
    yield f"looked {figures.moment(diagnosis.started_at)}"
    yield f"in {say_duration(diagnosis.duration)}"


def _tally(diagnosis: Diagnosis) -> Iterator[Mark]:
    counts = {severity: 0 for severity in sorted(Severity, reverse=True)}
    for finding in diagnosis.findings:
        counts[finding.severity] += 1
    yield from (Mark(f"{n} {severity}", str(severity)) for severity, n in counts.items() if n)
    clean = sum(outcome.clean for outcome in diagnosis.outcomes)
    others = (("unknown", len(diagnosis.unknown)), ("accepted", len(diagnosis.accepted)))
    yield from (Mark(f"{n} {tone}", tone) for tone, n in others if n)
    if clean:
        yield Mark(f"{clean} clean", "ok")


def _change(diagnosis: Diagnosis) -> Iterator[Block]:
    change = diagnosis.change
    if change is None:
        return
    parts = (("new", change.new), ("worse", change.worse), ("gone", change.gone))
    said = ", ".join(f"{len(keys)} {tone}" for tone, keys in parts if keys) or "nothing changed"
    yield Prose(f"Since {figures.moment(change.since)}: {said}.")
    for tone, keys in parts:
        for key in keys:
            check, _, subject = key.partition(":")
            yield Prose(f"{visible(subject)} ({visible(check)})", tone, lead=f"{tone:5} ")


def _causes(diagnosis: Diagnosis, anchors: Mapping[str, str]) -> Iterator[Block]:
    findings = {f.key: f for outcome in diagnosis.outcomes for f in outcome.findings}
    for cause in diagnosis.causes:
        explained = [findings[key] for key in cause.explains if key in findings]
        if explained:
            yield _tree(cause, explained, anchors)


def _tree(cause: Cause, explained: Sequence[Finding], anchors: Mapping[str, str]) -> Tree:
    branches = tuple(
        Branch(
            Mark(str(finding.severity), str(finding.severity)),
            visible(finding.subject),
            visible(finding.title),
            anchors.get(finding.key, ""),
        )
        for finding in explained
    )
    explains = f"explains {say_count(len(branches), 'finding')}, {cause.confidence:.0%} sure"
    return Tree(visible(cause.subject), explains, branches)


def _symptoms(diagnosis: Diagnosis, anchors: Mapping[str, str]) -> Iterator[Block]:
    findings = {finding.key: finding for finding in diagnosis.findings}
    for match in diagnosis.symptom_matches:
        fits = [(findings[key], why) for key, why in match.fits.items() if key in findings]
        branches = (
            Branch(
                Mark(str(finding.severity), str(finding.severity)),
                visible(finding.subject),
                visible(why),
                anchors.get(finding.key, ""),
            )
            for finding, why in fits
        )
        yield Tree(f"“{visible(match.symptom)}”", visible(match.explanation), tuple(branches))


def _findings(diagnosis: Diagnosis, anchors: Mapping[str, str], extent: Extent) -> Iterator[Block]:
    """Group findings of one severity and check: the title is told once, each subject below it."""
    order = {check: n for n, check in enumerate(dict.fromkeys(f.check for f in diagnosis.findings))}
    findings = sorted(diagnosis.findings, key=lambda f: (-f.severity, order[f.check]))
    for (severity, check), group in groupby(findings, lambda f: (f.severity, f.check)):
        same = list(group)
        blocks: list[Block] = [
            block for finding in same for block in _finding(diagnosis, finding, anchors, extent)
        ]
        if same[0].impact:
            blocks.append(Prose(visible(same[0].impact), "dim", lead="Why it matters: "))
        mark = Mark(str(severity), str(severity))
        yield Card(mark, visible(same[0].title or check), visible(check), tuple(blocks))


def _finding(
    diagnosis: Diagnosis, finding: Finding, anchors: Mapping[str, str], extent: Extent
) -> Iterator[Block]:
    change = diagnosis.change
    tones = (("new", change.new), ("worse", change.worse)) if change else ()
    marks = tuple(Mark(tone, tone) for tone, keys in tones if finding.key in keys)
    yield Name(visible(finding.subject), marks, anchors[finding.key])
    yield Prose(visible(finding.description))
    yield from evidence(finding.evidence, extent.rows)
    if extent.metrics and finding.metrics:
        yield _pairs(finding.metrics)
    for recommendation in finding.recommendations:
        yield from advice(recommendation, lead="→ ")
    for fix in finding.fixes:
        planned = command.fix_plan(diagnosis.target, fix, finding.subject)
        yield Code(tuple(visible_lines(planned)), "shell")


def advice(text: str, lead: str = "") -> Iterator[Block]:
    """Yield a sentence of advice, with its statements on lines of their own to copy."""
    for kind, group in groupby(statements.parts(text), lambda part: part.kind):
        texts = [part.text for part in group]
        if kind == "prose":
            yield Prose(visible(" ".join(texts)), lead=lead)
            lead = " " * len(lead)
        else:
            yield Code(tuple(line for part in texts for line in visible_lines(part)), kind)


def evidence(rows: Sequence[Evidence], most: int | None) -> Iterator[Block]:
    """Yield the rows as a table, one row as names with values, and statements by themselves."""
    if len(rows) == 1:
        short = {name: value for name, value in rows[0].items() if not _long(name, value)}
        if short:
            yield _pairs(short)
        for name, value in rows[0].items():
            if _long(name, value):
                yield Code(tuple(visible_lines(str(value))), "sql")
    elif rows:
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        values = [tuple(row.get(name) for name in columns) for row in rows]
        yield _grid(columns, values, most)


def _long(name: str, value: Scalar) -> bool:
    return isinstance(value, str) and figures.is_statement(name) and bool(value.strip())


def _pairs(values: Mapping[str, Scalar]) -> Pairs:
    shown = ((name, value) for name, value in values.items() if value is not None)
    return Pairs(
        tuple(
            (visible(figures.label(name)), visible(figures.shown(name, value)))
            for name, value in shown
        )
    )


def _grid(columns: Sequence[str], rows: Sequence[tuple[Scalar, ...]], most: int | None) -> Grid:
    """Return a table; a column that is empty in every row says nothing and is left out."""
    kept = [n for n in range(len(columns)) if any(row[n] is not None for row in rows)]
    left = 0 if most is None else max(0, len(rows) - most)
    return Grid(
        tuple(
            Column(
                visible(figures.label(columns[n])),
                right=all(row[n] is None or figures.is_number(row[n]) for row in rows),
            )
            for n in kept
        ),
        tuple(
            tuple(visible(figures.shown(columns[n], row[n])) for n in kept) for row in rows[:most]
        ),
        f"… and {say_count(left, 'more row')}, with --verbose" if left else "",
    )


def _recommendations(diagnosis: Diagnosis, extent: Extent) -> Iterator[Block]:
    said = {action for finding in diagnosis.findings for action in finding.recommendations}
    for recommendation in diagnosis.recommendations:
        label, tone = PRIORITIES.get(recommendation.priority, (recommendation.priority, "low"))
        least, most = recommendation.estimated_time
        yield Card(
            Mark(label, tone),
            visible(recommendation.title),
            f"{say_duration(least)} to {say_duration(most)}",
            tuple(_recommendation(recommendation, set() if extent.repeat else said)),
        )


def _recommendation(recommendation: Recommendation, said: set[str]) -> Iterator[Block]:
    yield Prose(visible(recommendation.description))
    above = sum(action in said for action in recommendation.actions)
    number = 0
    for action in recommendation.actions:
        if action not in said:
            number += 1
            yield from advice(action, lead=f"{number}. ")
    if above:
        steps = say_count(above, "step stands", "steps stand")
        yield Prose(f"{steps} at the findings above.", "dim")
    yield Prose(visible(recommendation.risk_if_not_done), "dim", lead="Otherwise: ")


def _unknown(diagnosis: Diagnosis) -> Iterator[Block]:
    for check, gap in diagnosis.unknown:
        yield Prose(f"{visible(check)}: {visible(gap.reason)}", "unknown", lead="? ")
        if gap.remedy:
            yield from advice(gap.remedy, lead="  ")


def _accepted(diagnosis: Diagnosis) -> Iterator[Block]:
    for entry in diagnosis.accepted:
        finding = entry.finding
        until = f", until {entry.until:%Y-%m-%d}" if entry.until else ""
        yield Prose(
            f"{finding.severity} {visible(finding.subject)} ({visible(finding.check)}): "
            f"{visible(entry.reason)}{until}",
            "accepted",
            lead="– ",  # noqa: RUF001 - an en dash
        )


def _notes(diagnosis: Diagnosis) -> Iterator[Block]:
    for outcome in diagnosis.outcomes:
        for note in outcome.notes:
            yield Prose(f"{visible(outcome.check)}: {visible(note.text)}", lead="· ")


def _clean(diagnosis: Diagnosis, extent: Extent) -> Iterator[Block]:
    clean = [visible(outcome.check) for outcome in diagnosis.outcomes if outcome.clean]
    if clean:
        names = f": {', '.join(clean)}" if extent.clean else ""
        saw = say_count(len(clean), "check") + " saw everything and found nothing"
        yield Prose(f"{saw}{names}", "ok", lead="✓ ")


def _measured(diagnosis: Diagnosis, extent: Extent) -> Iterator[Block]:
    values = {m.name: m.value for outcome in diagnosis.outcomes for m in outcome.measurements}
    if values and extent.clean:
        yield _pairs(values)


def _listings(listings: Iterable[Listing], extent: Extent) -> Iterator[Block]:
    for listing in listings:
        name = visible(listing.name.replace("_", " "))
        if not extent.listings:
            yield Prose(_in_a_line(listing), "dim", lead=f"{name}: ")
            continue
        blocks: list[Block] = [Prose(visible(listing.description), "dim")]
        if listing.rows:
            blocks.append(_grid(listing.columns, listing.rows, None))
        else:
            blocks.append(Prose(visible(listing.note or "none")))
        yield Fold(f"{name} ({say_count(len(listing.rows), 'row')})", tuple(blocks))


def _in_a_line(listing: Listing) -> str:
    if not listing.rows:
        return visible(listing.note or "none")
    if len(listing.rows) == 1 and len(listing.columns) > 1:
        row = dict(zip(listing.columns, listing.rows[0], strict=True))
        short = {name: value for name, value in row.items() if not _long(name, value)}
        return ", ".join(f"{label} {value}" for label, value in _pairs(short).pairs)
    return f"{say_count(len(listing.rows), 'row')}, with --verbose"
