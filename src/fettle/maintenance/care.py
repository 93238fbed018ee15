"""What was seen of databases that are looked after, as steps leave it for one another; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fettle.model.diagnosis import Diagnosis
from fettle.model.quantity import say_count
from fettle.model.run import Json
from fettle.model.work import Told, Wish, passed, unknown

_MOST_FINDINGS = 100  # of a database, that are kept and reported
_NOBODY = unknown("there is no database to look after", "name a [[database]] in fettle.toml")


@dataclass(frozen=True)
class Noticed:
    """A finding, as the report tells it; `advice` is what it recommends first."""

    check: str
    subject: str
    severity: str
    says: str
    advice: str | None
    fixes: tuple[str, ...] = ()
    metrics: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """What could not be seen, why, and what would let it be."""

    check: str
    reason: str
    remedy: str | None = None


@dataclass(frozen=True)
class Seen:
    """What checks came to on a database; `more` findings are left out here, not their fixes."""

    database: str
    found: tuple[Noticed, ...]
    gaps: tuple[Gap, ...]
    more: int = 0
    fixes: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many findings there are."""
        return len(self.found) + self.more


def seen(diagnosis: Diagnosis) -> Seen:
    """Return what is kept of a diagnosis."""
    found = [
        Noticed(
            one.check,
            one.subject,
            str(one.severity),
            one.description,
            one.recommendations[0] if one.recommendations else None,
            one.fixes,
            one.metrics,
        )
        for one in diagnosis.findings
    ]
    gaps = [Gap(check, gap.reason, gap.remedy) for check, gap in diagnosis.unknown]
    kept = tuple(found[:_MOST_FINDINGS])
    fixes = sorted({fix for one in found for fix in one.fixes})
    return Seen(diagnosis.target, kept, tuple(gaps), len(found) - len(kept), tuple(fixes))


def told(each: Sequence[Seen], what: str, many: str) -> Told:
    """Say what was found, and what could not be seen: then it has not passed."""
    if not each:
        return _NOBODY
    number = sum(one.number for one in each)
    says = say_count(number, what, many) if number else f"no {what}"
    where = f"{says} in {say_count(len(each), 'database')}"
    gaps = [(one.database, gap) for one in each for gap in one.gaps]
    if gaps:
        name, first = gaps[0]
        more = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        return unknown(
            f"{where}; could not look at all: {name}: {first.check}: {first.reason}{more}",
            first.remedy,
            written(each),
        )
    return passed(where, written(each))


def due(each: Sequence[Seen], fix: str, mendable: Mapping[str, bool]) -> Told:
    """Say of which databases a fix is due, and wish it where Fettle may act.

    What is due where it may not is not done: then the step has not passed.
    """
    if not each:
        return _NOBODY
    wanted = [one.database for one in each if fix in one.fixes]
    wishes = tuple(Wish(name, fix) for name in wanted if mendable.get(name, False))
    barred = [name for name in wanted if not mendable.get(name, False)]
    gaps = [(one.database, gap) for one in each for gap in one.gaps]
    says = f"{fix} is due in {', '.join(wanted)}" if wanted else f"{fix} is due nowhere"
    detail = written(each)
    if barred:
        says = f"{says}; Fettle may not act on {', '.join(barred)}"
        remedy = 'set fix_url = "${DATABASE_FIX_URL}" of the [[database]] in fettle.toml'
        answer = unknown(says, remedy, detail)
    elif gaps:
        name, first = gaps[0]
        answer = unknown(f"{says}; {name}: {first.check}: {first.reason}", first.remedy, detail)
    else:
        answer = passed(says, detail)
    return Told(answer.outcome, answer.says, answer.remedy, detail, fixes=wishes)


def written(each: Sequence[Seen]) -> Json:
    """Return what was seen, as it is kept; what fixes come to is added beside it."""
    return {"seen": [asdict(one) for one in each]}


def joined(left: Sequence[Json]) -> Json:
    """Return what a step has left at several places as one; None where it left nothing."""
    found: list[Any] = [one for one in left if isinstance(one, Mapping)]
    if not found:
        return None
    names = dict.fromkeys(name for one in found for name in one)
    return {name: [row for one in found for row in one.get(name, ())] for name in names}


def read(kept: Json) -> Sequence[Seen]:
    """Return what a step has left; nothing of one that was skipped."""
    if not isinstance(kept, Mapping) or "seen" not in kept:
        return ()
    rows: Any = kept["seen"]
    return [
        Seen(
            one["database"],
            tuple(Noticed(**{**row, "fixes": tuple(row["fixes"])}) for row in one["found"]),
            tuple(Gap(**row) for row in one["gaps"]),
            one["more"],
            tuple(one["fixes"]),
        )
        for one in rows
    ]
