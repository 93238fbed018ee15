"""A page as it was measured, told to people."""

from collections.abc import Iterable, Iterator, Sequence

from fettle.frontends.report import figures, tables
from fettle.frontends.report.blocks import (
    Block,
    Card,
    Column,
    Grid,
    Mark,
    Name,
    Pairs,
    Prose,
    Section,
    Story,
)
from fettle.frontends.report.visible import visible
from fettle.model.field import FieldMetric
from fettle.model.finding import Finding, Unknown
from fettle.model.measurement import Metric, PageMeasurement, Profile
from fettle.model.quantity import Bytes, say_count, say_duration, say_growth
from fettle.model.severity import Severity
from fettle.optimisation import regress
from fettle.optimisation.said import figure, ms, name_of, title

_PROFILES = {
    Profile.PHONE: "a phone on slow 4G: 150 ms, 1.6 Mbit/s, processor × 4 slower",
    Profile.DESKTOP: "a desktop: 40 ms, 10 Mbit/s",
}
ROWS = 5
_MOST_REQUESTS = 200


def measured_story(measured: PageMeasurement, *, verbose: bool) -> Story:
    """Tell what measuring a page came to."""
    worst = max((one.severity for one in measured.findings), default=None)
    status = Mark("ok", "ok") if worst is None else Mark(str(worst), str(worst))
    found = ("Findings", findings(measured.findings, None if verbose else ROWS))
    return story(measured, status, measured.findings, (found,), verbose=verbose)


def unmeasured_story(measured: PageMeasurement, why: Unknown) -> Story:
    """Tell why a page could not be measured."""
    told: tuple[Block, ...] = (Prose(visible(why.reason), "unknown", lead="? "),)
    if why.remedy:
        told += (Prose(visible(why.remedy), lead="  "),)
    facts = (f"as {_PROFILES[measured.profile]}", f"looked {figures.moment(measured.started_at)}")
    sections = (Section("Could not be measured", told),)
    return Story(visible(measured.url), Mark("unknown", "unknown"), facts, (), sections)


def story(
    measured: PageMeasurement,
    status: Mark,
    found: Sequence[Finding],
    first: Iterable[tuple[str, Iterator[Block]]],
    *,
    verbose: bool,
) -> Story:
    """Tell of a page: its figures, what is to stand behind them, and what the page is like."""
    sections = (
        ("Figures", _figures(measured)),
        ("For the people who visited", _field(measured)),
        ("Since it was measured last", _earlier(measured)),
        *first,
        ("Largest paint", _largest_paint(measured)),
        ("Loaded", _loaded(measured)),
        ("What moved", _moved(measured, verbose=verbose)),
        ("Kept busy by", _busy(measured)),
        ("Slowest click", _click(measured)),
        ("Hosts of others", _others(measured)),
        ("The server says", _server(measured)),
        ("Waterfall", _waterfall(measured) if verbose else iter(())),
    )
    told = ((heading, tuple(blocks)) for heading, blocks in sections)
    return Story(
        visible(measured.url),
        status,
        tuple(_facts(measured)),
        tuple(_tally(found)),
        tuple(Section(heading, blocks) for heading, blocks in told if blocks),
    )


def _facts(measured: PageMeasurement) -> Iterator[str]:
    yield f"as {_PROFILES[measured.profile]}"
    yield f"the median of {say_count(len(measured.visits), 'visit')}, each with nothing cached"
    yield visible(measured.typical.browser)
    yield f"looked {figures.moment(measured.started_at)}"
    yield f"in {say_duration(measured.duration)}"
    if measured.typical.url.rstrip("/") != measured.url.rstrip("/"):
        yield f"it led to {visible(measured.typical.url)}"


def _tally(found: Iterable[Finding]) -> Iterator[Mark]:
    counts = dict.fromkeys(sorted(Severity, reverse=True), 0)
    for finding in found:
        counts[finding.severity] += 1
    yield from (Mark(f"{n} {severity}", str(severity)) for severity, n in counts.items() if n)


def _figures(measured: PageMeasurement) -> Iterator[Block]:
    rows = tuple(_row(metric) for metric in measured.metrics.values())
    columns = ("figure", "median", "half of them within", "")
    yield Grid(tuple(Column(label, right=n in (1, 2)) for n, label in enumerate(columns)), rows)


def _row(metric: Metric) -> tuple[str, ...]:
    first, third = (figure(metric.name, value) for value in metric.iqr)
    rating = (metric.rating or "").replace("-", " ")
    return title(metric.name), figure(metric.name, metric.median), f"{first} – {third}", rating


def _field(measured: PageMeasurement) -> Iterator[Block]:
    field = measured.field
    if field is None:
        return
    yield Prose(
        visible(
            f"{say_count(field.visits, 'visit')} to {field.page} of {field.site} as a "
            f"{field.profile}, from {field.since} to {field.until}"
        )
    )
    rows = tuple(_field_row(one, measured.metrics.get(one.name)) for one in field.metrics.values())
    columns = ("figure", "three of four within", "surely", "measured here", "")
    yield Grid(tuple(Column(label, right=n in (1, 2, 3)) for n, label in enumerate(columns)), rows)


def _field_row(one: FieldMetric, measured: Metric | None) -> tuple[str, ...]:
    low, high = (figure(one.name, value) for value in one.surely)
    here = "–" if measured is None else figure(one.name, measured.median)
    rating = (one.rating or "").replace("-", " ")
    return title(one.name), figure(one.name, one.p75), f"{low} – {high}", here, rating


def _earlier(measured: PageMeasurement) -> Iterator[Block]:
    earlier = measured.earlier
    if earlier is None:
        return
    live = regress.went_live(earlier.deploys)
    said = f"on {figures.moment(earlier.at)}" + (f"; since then {live} went live" if live else "")
    yield Prose(visible(said))
    rows = tuple(
        (
            title(one.metric),
            figure(one.metric, one.was),
            figure(one.metric, one.now),
            "–" if one.share is None else say_growth(one.share),
            ("worse" if one.worse else "better") if one.sure else "",
        )
        for one in regress.changes(measured)
    )
    columns = ("figure", "was", "is", "change", "surely")
    yield Grid(tuple(Column(label, right=n in (1, 2, 3)) for n, label in enumerate(columns)), rows)


def findings(found: Iterable[Finding], rows: int | None) -> Iterator[Block]:
    """Yield findings, each with what shows it."""
    for finding in found:
        blocks: list[Block] = [
            Name(visible(finding.subject)),
            Prose(visible(finding.description)),
            *tables.evidence(finding.evidence, rows, finding.description),
            *(Prose(visible(one), lead="→ ") for one in finding.recommendations),
            Prose(visible(finding.impact), "dim", lead="Why it matters: "),
        ]
        mark = Mark(str(finding.severity), str(finding.severity))
        yield Card(mark, visible(finding.title), visible(finding.check), tuple(blocks))


def _largest_paint(measured: PageMeasurement) -> Iterator[Block]:
    paint = measured.typical.largest_paint
    if paint is None:
        return
    of = f": {name_of(paint.resource)}" if paint.resource else ", a text"
    yield Prose(visible(f"{paint.element}{of}"))
    parts = (
        ("first byte", paint.ttfb_ms),
        ("until it was asked for", paint.load_delay_ms),
        ("while it loaded", paint.load_ms),
        ("until it was shown", paint.render_delay_ms),
    )
    yield Pairs(tuple((label, ms(value)) for label, value in parts))


def _loaded(measured: PageMeasurement) -> Iterator[Block]:
    rows = [
        (kind, weight.requests, str(Bytes(weight.transferred)), str(Bytes(weight.decoded)))
        for kind, weight in (*measured.weights.items(), ("total", measured.weight))
    ]
    yield Grid(
        tuple(Column(label, right=n > 0) for n, label in enumerate(_LOADED)),
        tuple(tuple(map(str, row)) for row in rows),
    )


_LOADED = ("kind", "requests", "sent", "unpacked")


def _moved(measured: PageMeasurement, *, verbose: bool) -> Iterator[Block]:
    shifts = [one for one in measured.typical.shifts if one.counted or verbose]
    rows = [
        (one.moved, f"{one.by_px:.0f} px", one.pushed_by or "–", ms(one.at_ms), f"{one.value:.3f}")
        for one in shifts
    ]
    yield from _table(("moved", "by", "pushed by", "after", "score"), rows, 1)


def _busy(measured: PageMeasurement) -> Iterator[Block]:
    rows = [
        (name_of(one.script) if one.script else "–", one.function or "–", ms(one.lasted_ms))
        for one in sorted(measured.typical.tasks, key=lambda one: -one.lasted_ms)
    ]
    yield from _table(("script", "function", "for"), rows[:ROWS], 2)


def _click(measured: PageMeasurement) -> Iterator[Block]:
    click = measured.typical.interaction
    if click is None:
        return
    yield Prose(visible(click.element or "the page"))
    parts = (
        ("waited", click.input_delay_ms),
        ("was worked on for", click.processing_ms),
        ("was shown after", click.presentation_ms),
    )
    yield Pairs(tuple((label, ms(value)) for label, value in parts))


def _others(measured: PageMeasurement) -> Iterator[Block]:
    rows = [
        (one.host, str(one.weight.requests), str(Bytes(one.weight.transferred)), ms(one.busy_ms))
        for one in measured.third_parties
    ]
    yield from _table(("host", "requests", "sent", "busy"), rows, 1)


def _server(measured: PageMeasurement) -> Iterator[Block]:
    rows = [(one.name, one.says, ms(one.lasted_ms)) for one in measured.typical.server_times]
    yield from _table(("what", "", "took"), rows, 2)


def _waterfall(measured: PageMeasurement) -> Iterator[Block]:
    rows = [
        (
            name_of(one.url),
            one.kind,
            f"{one.start_ms:.0f}",
            "–" if one.first_byte_ms is None else f"{one.first_byte_ms:.0f}",
            "–" if one.end_ms is None else f"{one.end_ms:.0f}",
            str(Bytes(one.transferred)),
        )
        for one in measured.typical.requests
    ]
    yield from _table(("file", "kind", "from", "first byte", "until ms", "sent"), rows, 2)


def _table(labels: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: int) -> Iterator[Block]:
    if rows:
        columns = tuple(Column(label, right=n >= right) for n, label in enumerate(labels))
        kept = tuple(tuple(map(visible, row)) for row in rows[:_MOST_REQUESTS])
        left = len(rows) - len(kept)
        yield Grid(columns, kept, f"… and {left:,} more" if left else "")
