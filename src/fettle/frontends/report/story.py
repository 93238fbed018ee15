"""The report of one target as people read it: what is told, in which order; drawn elsewhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from fettle.frontends.report import figures, statements, tables
from fettle.frontends.report.blocks import (
    Block,
    Branch,
    Card,
    Code,
    Fold,
    Mark,
    Name,
    Prose,
    Section,
    Story,
    Tree,
)
from fettle.frontends.report.visible import visible, visible_lines
from fettle.model import command
from fettle.model.diagnosis import Diagnosis, Listing, Recommendation
from fettle.model.finding import Finding, Unknown
from fettle.model.quantity import Ratio, say_count, say_duration
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

    `rows` of evidence for each finding, and `branches` for each cause and symptom; of each kind
    as many findings `in_full`, then in short, and not more than `most`; the `listings` in full or
    in a line each; the names of what is `clean`; in the recommendations also the actions that
    stand at their findings (`repeat`); the findings' `metrics`.
    """

    rows: int | None = 5
    branches: int | None = 12
    in_full: int | None = 5
    most: int | None = 20
    listings: bool = False
    clean: bool = False
    repeat: bool = False
    metrics: bool = False


BRIEF = Extent()
# Whoever has more steps before them follows the findings themselves.
_MOST_STEPS = 50
PAGE = Extent(in_full=None, most=None, listings=True, clean=True, repeat=True)
WHOLE = Extent(None, None, None, None, listings=True, clean=True, repeat=True, metrics=True)


def story(diagnosis: Diagnosis, extent: Extent) -> Story:
    """Tell what looking at one target came to."""
    anchors = {finding.key: f"finding-{n}" for n, finding in enumerate(diagnosis.findings, 1)}
    sections = (
        ("What changed", _change(diagnosis)),
        ("Causes", _causes(diagnosis, anchors, extent)),
        ("Symptoms", _symptoms(diagnosis, anchors, extent)),
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
    known = {name: value for name, value in diagnosis.server.items() if name != "standby"}
    server = {name: visible(str(value)) for name, value in known.items()}
    if "version" in server:
        yield f"PostgreSQL {server.pop('version')}"
    if "database" in server:
        yield f"database {server.pop('database')}"
    if "user" in server:
        yield f"as {server.pop('user')}"
    yield from (f"{name} {value}" for name, value in server.items())
    if diagnosis.server.get("standby"):
        yield "a standby: changes are made on its primary"
    yield f"looked {figures.moment(diagnosis.started_at)}"
    yield f"in {say_duration(diagnosis.duration)}"


def _tally(diagnosis: Diagnosis) -> Iterator[Mark]:
    counts = dict.fromkeys(sorted(Severity, reverse=True), 0)
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


def _causes(diagnosis: Diagnosis, anchors: Mapping[str, str], extent: Extent) -> Iterator[Block]:
    findings = {f.key: f for outcome in diagnosis.outcomes for f in outcome.findings}
    for cause in diagnosis.causes:
        explained = [
            (findings[key], findings[key].title) for key in cause.explains if key in findings
        ]
        if explained:
            count = say_count(len(explained), "finding")
            aside = f"explains {count}, {Ratio(cause.confidence)} sure"
            yield _tree(cause.told, aside, explained, anchors, extent)


def _symptoms(diagnosis: Diagnosis, anchors: Mapping[str, str], extent: Extent) -> Iterator[Block]:
    findings = {finding.key: finding for finding in diagnosis.findings}
    for match in diagnosis.symptom_matches:
        fits = [(findings[key], why) for key, why in match.fits.items() if key in findings]
        yield _tree(f"“{match.symptom}”", match.explanation, fits, anchors, extent)


def _tree(
    root: str,
    aside: str,
    findings: Sequence[tuple[Finding, str]],
    anchors: Mapping[str, str],
    extent: Extent,
) -> Tree:
    branches = tuple(
        Branch(
            Mark(str(finding.severity), str(finding.severity)),
            visible(finding.subject),
            visible(text),
            anchors.get(finding.key, ""),
        )
        for finding, text in findings[: extent.branches]
    )
    left = len(findings) - len(branches)
    more = f"… and {left:,} more, with --verbose" if left else ""
    return Tree(visible(root), visible(aside), branches, more)


def _findings(diagnosis: Diagnosis, anchors: Mapping[str, str], extent: Extent) -> Iterator[Block]:
    """Group findings of one severity and check: the title is told once, each subject below it."""
    order = {check: n for n, check in enumerate(dict.fromkeys(f.check for f in diagnosis.findings))}
    findings = sorted(diagnosis.findings, key=lambda f: (-f.severity, order[f.check]))
    for (severity, check), group in groupby(findings, lambda f: (f.severity, f.check)):
        same = list(group)
        mark = Mark(str(severity), str(severity))
        blocks = tuple(_kind(diagnosis, same, anchors, extent))
        yield Card(mark, visible(same[0].title or check), visible(check), blocks)


def _kind(
    diagnosis: Diagnosis, same: Sequence[Finding], anchors: Mapping[str, str], extent: Extent
) -> Iterator[Block]:
    for number, finding in enumerate(same[: extent.most]):
        yield _named(diagnosis, finding, anchors)
        if extent.in_full is None or number < extent.in_full:
            yield from _finding(finding, extent)
        else:
            yield from _in_short(finding)
    if extent.most is not None and len(same) > extent.most:
        yield Prose(f"… and {len(same) - extent.most:,} more, with --verbose", "dim")
    yield from _plans(diagnosis, same[: extent.most])
    if same[0].impact:
        yield Prose(visible(same[0].impact), "dim", lead="Why it matters: ")


def _named(diagnosis: Diagnosis, finding: Finding, anchors: Mapping[str, str]) -> Name:
    change = diagnosis.change
    tones = (("new", change.new), ("worse", change.worse)) if change else ()
    marks = tuple(Mark(tone, tone) for tone, keys in tones if finding.key in keys)
    return Name(visible(finding.subject), marks, anchors[finding.key])


def _in_short(finding: Finding) -> Iterator[Block]:
    yield Prose(visible(finding.description))
    given = (block for one in finding.recommendations for block in advice(one))
    yield from _to_copy_at_once(block for block in given if isinstance(block, Code))


def _finding(finding: Finding, extent: Extent) -> Iterator[Block]:
    yield Prose(visible(finding.description))
    said = "" if extent.metrics else f"{finding.subject} {finding.description}"
    yield from tables.evidence(finding.evidence, extent.rows, said)
    if extent.metrics and finding.metrics:
        yield tables.pairs(finding.metrics)
    given = (block for one in finding.recommendations for block in advice(one, lead="→ "))
    yield from _to_copy_at_once(given)


def _plans(diagnosis: Diagnosis, same: Sequence[Finding]) -> Iterator[Block]:
    """Yield the commands that plan the cures of findings of one kind, told once for all of them."""
    plans = [
        command.fix_plan(diagnosis.target, fix, finding.subject)
        for finding in same
        for fix in finding.fixes
    ]
    if plans:
        yield Prose("Planned, checked, and undone where that can be:", lead="→ ")
        yield Code(tuple(line for plan in plans for line in visible_lines(plan)), "shell")


def _to_copy_at_once(blocks: Iterable[Block]) -> Iterator[Block]:
    """Put statements that follow each other into one block."""
    last: Block | None = None
    for block in blocks:
        if isinstance(last, Code) and isinstance(block, Code) and last.kind == block.kind:
            last = Code(last.lines + block.lines, block.kind)
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def advice(text: str, lead: str = "") -> Iterator[Block]:
    """Yield a sentence of advice, with its statements on lines of their own to copy."""
    for kind, group in groupby(statements.parts(text), lambda part: part.kind):
        texts = [part.text for part in group]
        if kind == "prose":
            yield Prose(visible(" ".join(texts)), lead=lead)
            lead = " " * len(lead)
        else:
            yield Code(tuple(line for part in texts for line in visible_lines(part)), kind)


def _recommendations(diagnosis: Diagnosis, extent: Extent) -> Iterator[Block]:
    said = {action for finding in diagnosis.findings for action in finding.recommendations}
    for recommendation in diagnosis.recommendations:
        label, tone = PRIORITIES.get(recommendation.priority, (recommendation.priority, "low"))
        least, most = recommendation.estimated_time
        yield Card(
            Mark(label, tone),
            visible(recommendation.title),
            f"{say_duration(least)} to {say_duration(most)}",
            tuple(_recommendation(recommendation, set() if extent.repeat else said, _MOST_STEPS)),
        )


def _recommendation(
    recommendation: Recommendation, said: set[str], most: int | None
) -> Iterator[Block]:
    yield Prose(visible(recommendation.description))
    further = [action for action in recommendation.actions if action not in said]
    for number, action in enumerate(further[:most], 1):
        yield from advice(action, lead=f"{number}. ")
    if above := len(recommendation.actions) - len(further[:most]):
        yield Prose(
            f"{say_count(above, 'step stands', 'steps stand')} at the findings above.", "dim"
        )
    yield Prose(visible(recommendation.risk_if_not_done), "dim", lead="Otherwise: ")


def _unknown(diagnosis: Diagnosis) -> Iterator[Block]:
    gaps: dict[Unknown, list[str]] = {}
    for check, gap in diagnosis.unknown:
        gaps.setdefault(gap, []).append(check)
    for gap, checks in gaps.items():
        yield Prose(f"{visible(', '.join(checks))}: {visible(gap.reason)}", "unknown", lead="? ")
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
            lead="– ",
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
    values = {m.shown: m.value for outcome in diagnosis.outcomes for m in outcome.measurements}
    if values and extent.clean:
        yield tables.pairs(values)


def _listings(listings: Iterable[Listing], extent: Extent) -> Iterator[Block]:
    for listing in listings:
        name = visible(listing.name.replace("_", " "))
        if not extent.listings:
            yield Prose(tables.in_a_line(listing), "dim", lead=f"{name}: ")
            continue
        blocks: list[Block] = [Prose(visible(listing.description), "dim")]
        if listing.rows:
            blocks.append(tables.grid(listing.columns, listing.rows, None))
        else:
            blocks.append(Prose(visible(listing.note or "none")))
        yield Fold(f"{name} ({say_count(len(listing.rows), 'row')})", tuple(blocks))
