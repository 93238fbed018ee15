"""The report of a month's care of databases: what was due and done, and what slows them; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fettle.maintenance.care import Noticed, read
from fettle.maintenance.thresholds import Suggestion
from fettle.model.quantity import Bytes, say_count
from fettle.model.report import Chart, Report, Section, Table
from fettle.model.run import Json

_MOST_ROWS = 100


@dataclass(frozen=True)
class Care:
    """All that the report is made of: what each step has left, and what it suggests."""

    when: str
    databases: Sequence[str]
    refreshed: Json
    indexes: Json
    statements: Json
    vacuumed: Json
    suggestions: Sequence[Suggestion]
    unfitted: Sequence[str]
    charts: Sequence[Chart]


def report(care: Care) -> Report:
    """Return the report."""
    return Report(f"Database maintenance of {care.when}", summary(care), tuple(_sections(care)))


def summary(care: Care) -> str:
    """Return what it came to, in a sentence."""
    fixed = [*_fixes(care.refreshed), *_fixes(care.vacuumed)]
    done = sum(_is_done(one) for one in fixed)
    spared = sum(_is_spared(one) for one in fixed)
    failed = len(fixed) - done - spared
    parts = [
        f"{say_count(done, 'table')} tended" if done else "no table had to be tended",
        f"{spared} tended by others meanwhile" if spared else "",
        f"{failed} failed" if failed else "",
        say_count(_number(care.indexes), "index", "indexes") + " to be looked at",
        say_count(_number(care.statements), "slow statement"),
        say_count(sum(one.line is not None for one in care.suggestions), "suggestion"),
    ]
    databases = say_count(len(care.databases), "database")
    return f"{databases}: {', '.join(part for part in parts if part)}"


def _sections(care: Care) -> Iterator[Section]:
    yield _done("Statistics", care.refreshed, "statistics_stale")
    yield _done(
        "Dead rows and old transaction ids",
        care.vacuumed,
        *("table_bloat", "transaction_id_wraparound", "multixact_wraparound"),
    )
    yield _bloat(care.vacuumed)
    yield _found("Indexes that nobody uses, or that are there twice", care.indexes)
    yield _found("Statements that are slow", care.statements)
    yield _thresholds(care)
    if care.charts:
        yield Section("How they grew", charts=tuple(care.charts))
    yield _unseen(care)


def _done(title: str, left: Json, *checks: str) -> Section:
    """Return what was due, and what came of it."""
    if left is None:
        return Section(title, ("The step was not done.",))
    due = [(name, one) for name, one in _each(left) if one.check in checks and one.fixes]
    came = {str(one["subject"]): _came(one) for one in _fixes(left)}
    rows = tuple(
        (name, one.subject, one.says, came.get(one.subject, "not done")) for name, one in due
    )
    sentences = () if rows else ("Nothing was due.",)
    refused = tuple(f"Not done: {one}" for one in _texts(left, "refused"))
    table = Table(("Database", "Table", "Was due", "Came of it"), rows) if rows else None
    return Section(title, sentences, refused, table)


def _bloat(left: Json) -> Section:
    """Return what a vacuum gives no room back of."""
    rows = tuple(
        (
            name,
            one.subject,
            str(Bytes(one.metrics["free_bytes"])),
            str(Bytes(one.metrics["size_bytes"])),
            one.advice or "–",
        )
        for name, one in _each(left)
        if "free_bytes" in one.metrics and "size_bytes" in one.metrics
    )
    title = "Bloat that a vacuum gives no room back of"
    if not rows:
        return Section(title, ("None was seen.",))
    columns = ("Database", "Table", "Holds nothing", "Of", "What helps")
    return Section(title, table=Table(columns, rows))


def _found(title: str, left: Json) -> Section:
    if left is None:
        return Section(title, ("The step was not done.",))
    rows = tuple(
        (name, one.subject, one.severity, one.says, one.advice or "–") for name, one in _each(left)
    )
    more = sum(one.more for one in read(left)) + max(0, len(rows) - _MOST_ROWS)
    sentences = (f"{more:,} more are not listed.",) if more else ()
    if not rows:
        return Section(title, ("None was found.",))
    columns = ("Database", "What", "Severity", "Says", "What helps")
    return Section(title, sentences, table=Table(columns, rows[:_MOST_ROWS]))


def _thresholds(care: Care) -> Section:
    rows = tuple(
        (one.database, one.threshold, str(one.now), one.says, one.line or "–")
        for one in care.suggestions
    )
    columns = ("Database", "Threshold", "Now", "What was seen", "For its [[database]]")
    sentences = ["Nothing is changed by itself: a line is to be written into fettle.toml."]
    if care.unfitted:
        sentences.append(f"Too little was measured to fit one: {', '.join(care.unfitted)}.")
    return Section(
        "Thresholds that fit what was seen",
        tuple(sentences),
        table=Table(columns, rows) if rows else None,
    )


def _unseen(care: Care) -> Section:
    rows = [
        (one.database, gap.check, gap.reason, gap.remedy or "–")
        for left in (care.refreshed, care.indexes, care.statements, care.vacuumed)
        for one in read(left)
        for gap in one.gaps
    ]
    title = "What could not be looked at"
    if not rows:
        return Section(title, ("Everything that was asked could be.",))
    columns = ("Database", "Check", "Why", "What would let it")
    return Section(title, table=Table(columns, tuple(dict.fromkeys(rows))))


# What steps have left


def _each(left: Json) -> Iterator[tuple[str, Noticed]]:
    for one in read(left):
        for found in one.found:
            yield one.database, found


def _number(left: Json) -> int:
    return sum(one.number for one in read(left))


def _fixes(left: Json) -> Sequence[Mapping[str, Any]]:
    rows: Any = left.get("fixes", ()) if isinstance(left, Mapping) else ()
    return list(rows)


def _texts(left: Json, name: str) -> Sequence[str]:
    texts: Any = left.get(name, ()) if isinstance(left, Mapping) else ()
    return [str(one) for one in texts]


def _is_done(one: Mapping[str, Any]) -> bool:
    return bool(one["status"] == "done" and one["verified"])


def _is_spared(one: Mapping[str, Any]) -> bool:
    """Whether nothing was left to do when its turn came."""
    return bool(one["status"] == "already")


def _came(one: Mapping[str, Any]) -> str:
    return "done and verified" if _is_done(one) else str(one["reason"] or one["status"])
