"""What a scan comes to: step by step, and as a report that says what there was no look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from fettle.maintenance.security.packages import closed_by_updates
from fettle.model.quantity import say_count
from fettle.model.report import Report, Section, Table
from fettle.model.run import Json
from fettle.model.security import Accepted, Look, Looked, Skipped, Weakness
from fettle.model.severity import Severity
from fettle.model.work import Outcome, Told

_MOST_SAID = 3
_MOST_KEPT = 1000
_NOT_FREE = "Of these nothing is known: they are not free of weaknesses."


def accept(look: Look, why: Callable[[str], str | None]) -> Look:
    """Take out what is accepted, and tell it as such; `why` is given what the report calls it."""
    weaknesses, skipped = list[Weakness](), list[Skipped]()
    accepted = list(look.accepted)
    for weakness in look.weaknesses:
        reason = why(f"{weakness.subject}: {weakness.says}")
        if reason is None:
            weaknesses.append(weakness)
        else:
            says = f"{weakness.severity}: {weakness.says}"
            accepted.append(Accepted(weakness.area, weakness.subject, says, reason))
    for one in look.skipped:
        reason = why(one.subject)
        if reason is None:
            skipped.append(one)
        else:
            says = f"not looked at: {one.reason}"
            accepted.append(Accepted(one.area, one.subject, says, reason))
    return replace(
        look, weaknesses=tuple(weaknesses), skipped=tuple(skipped), accepted=tuple(accepted)
    )


def told(look: Look, fail_from: Severity) -> Told:
    """Say what a step found; nothing is clean of which there was no look."""
    grave = [one for one in _by_severity(look) if one.severity >= fail_from]
    says = f"{summary(look)}{_named(grave)}"
    if grave:
        first = grave[0]
        return Told(Outcome.FAILED, says, f"{first.says}: {first.closes}", kept(look))
    if look.skipped or not look.looked:
        left = (*look.skipped, *look.unset)
        remedies = [one.remedy for one in left if one.remedy]
        return Told(Outcome.UNKNOWN, says, "; ".join(dict.fromkeys(remedies)) or None, kept(look))
    return Told(Outcome.PASSED, says, None, kept(look))


def summary(look: Look) -> str:
    """Say in a line what was found, and beside it what was not looked at."""
    if not look.looked and not look.weaknesses:
        return f"nothing was looked at{_not_looked(look)}"
    by = {
        severity: sum(one.severity is severity for one in look.weaknesses)
        for severity in sorted(Severity, reverse=True)
    }
    graded = ", ".join(f"{count} {severity}" for severity, count in by.items() if count)
    found = f"{say_count(len(look.weaknesses), 'weakness', 'weaknesses')} ({graded})"
    none = "no weakness was found in what was looked at"
    return f"{found if look.weaknesses else none}{_not_looked(look)}"


def _not_looked(look: Look) -> str:
    said = ""
    if look.skipped:
        first, things = look.skipped[0], say_count(len(look.skipped), "thing")
        said = f"; {things} could not be looked at: {first.subject} ({first.reason})"
    said += "".join(f"; {one.reason}" for one in look.unset)
    return said + (f"; {len(look.accepted)} accepted" if look.accepted else "")


def _named(grave: Sequence[Weakness]) -> str:
    if not grave:
        return ""
    more = f" and {len(grave) - _MOST_SAID} more" if len(grave) > _MOST_SAID else ""
    return f": {'; '.join(one.says for one in grave[:_MOST_SAID])}{more}"


def kept(look: Look) -> Json:
    """Return what was found as a run keeps it, the gravest first, within bounds."""
    first = _by_severity(look)[:_MOST_KEPT]
    lost = len(look.weaknesses) - len(first)
    skipped = [*look.skipped[:_MOST_KEPT]]
    if lost:
        skipped.append(Skipped("report", "the rest", f"{lost} milder weaknesses are not told"))
    return {
        "weaknesses": [{**asdict(one), "severity": one.severity.label} for one in first],
        "looked": [asdict(one) for one in look.looked[:_MOST_KEPT]],
        "skipped": [asdict(one) for one in skipped],
        "unset": [asdict(one) for one in look.unset],
        "accepted": [asdict(one) for one in look.accepted[:_MOST_KEPT]],
    }


def read(detail: Json, step: str) -> Look:
    """Return what a step has kept; one that has kept nothing did not look."""
    if not isinstance(detail, dict):
        return Look(skipped=(Skipped("steps", step, "the step came to no end"),))
    return Look(
        tuple(
            Weakness(
                row["area"],
                row["subject"],
                Severity.named(row["severity"]),
                row["says"],
                row["closes"],
            )
            for row in _rows(detail, "weaknesses")
        ),
        tuple(Looked(**row) for row in _rows(detail, "looked")),
        tuple(Skipped(**row) for row in _rows(detail, "skipped")),
        tuple(Skipped(**row) for row in _rows(detail, "unset")),
        tuple(Accepted(**row) for row in _rows(detail, "accepted")),
    )


def _rows(detail: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = detail.get(name) or ()
    return rows


def report(look: Look) -> Report:
    """Write the report: what was found and what closes it, what was looked at, and what was not."""
    return Report(
        "Security",
        summary(look),
        (_found(look), *_updates(look), *_accepted(look), _covered(look), _left_out(look)),
    )


def _found(look: Look) -> Section:
    rows = [
        (str(one.severity), one.area, one.subject, one.says, one.closes)
        for one in _by_severity(look)
    ]
    columns = ("severity", "area", "where", "weakness", "what closes it")
    said = () if rows else ("Nothing was found in what was looked at.",)
    return Section("Weaknesses", said, table=_table(columns, rows))


def _covered(look: Look) -> Section:
    rows = [(one.area, one.subject, one.how) for one in look.looked]
    return Section("What was looked at", table=_table(("area", "what", "how"), rows))


def _left_out(look: Look) -> Section:
    left = (*look.skipped, *look.unset)
    rows = [(one.area, one.subject, one.reason, one.remedy or "") for one in left]
    columns = ("area", "what", "why not", "what would help")
    said = _NOT_FREE if left else "Everything was looked at."
    return Section("What was not looked at", (said,), table=_table(columns, rows))


def _updates(look: Look) -> Sequence[Section]:
    closing = closed_by_updates(look.weaknesses)
    return [Section("Updates of dependencies", items=tuple(closing))] if closing else []


def _accepted(look: Look) -> Sequence[Section]:
    rows = [(one.area, one.subject, one.says, one.reason) for one in look.accepted]
    table = _table(("area", "where", "what", "why it is accepted"), rows)
    return [Section("What is accepted", table=table)] if rows else []


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table | None:
    return Table(columns, tuple(rows)) if rows else None


def _by_severity(look: Look) -> list[Weakness]:
    return sorted(look.weaknesses, key=lambda one: (-one.severity, one.area, one.subject))
