"""A page held against its budgets: told to people, and as a Diagnosis for what reads those."""

from collections.abc import Iterator

from fettle.frontends.report import capacity_story, figures, page_story
from fettle.frontends.report.blocks import Block, Card, Column, Grid, Mark, Prose, Story
from fettle.frontends.report.visible import visible
from fettle.model.budget import THROUGHPUT
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.optimisation.analysis import Analysis
from fettle.optimisation.ill import IDS
from fettle.optimisation.said import figure, gained, title


def analysis_story(analysis: Analysis, *, verbose: bool) -> Story:
    """Tell how a page stands to what is promised of it, and what would help."""
    if (why := analysis.measured.failed) is not None:
        return page_story.unmeasured_story(analysis.measured, why)
    status = as_diagnosis(analysis).status
    rows = None if verbose else page_story.ROWS
    return page_story.story(
        analysis.measured,
        Mark(status, status),
        analysis.findings,
        (
            ("Budgets", _budgets(analysis)),
            ("Capacity", _capacity(analysis)),
            ("Could not be judged", _unknown(analysis)),
            ("Findings", page_story.findings(analysis.findings, rows)),
            ("Recommendations", _improvements(analysis)),
        ),
        verbose=verbose,
    )


def as_diagnosis(analysis: Analysis) -> Diagnosis:
    """Return it as the outcomes of checks: one for each budget, and one for each kind of ill."""
    measured = analysis.measured
    if measured.failed is not None:
        at, lasted = measured.started_at, measured.duration
        return Diagnosis(measured.url, at, lasted, unreachable=measured.failed)
    asked = [f"budget_{one.budget.metric}" for one in analysis.stands]
    if analysis.measured.field is not None:
        asked += [f"field_{name}" for name in analysis.measured.field.metrics]
    gaps = [check for check, _ in analysis.unknown]
    beside = {one.check for one in analysis.findings} - {*asked, *gaps, *IDS}
    outcomes = tuple(
        Outcome(
            check,
            findings=tuple(one for one in analysis.findings if one.check == check),
            unknown=tuple(gap for at, gap in analysis.unknown if at == check),
        )
        for check in (*asked, *gaps, *IDS, *sorted(beside))
    )
    return Diagnosis(measured.url, measured.started_at, measured.duration, outcomes)


def _budgets(analysis: Analysis) -> Iterator[Block]:
    labels = ("figure", "current", "budget", "poor from", "promised by", "")
    rows = tuple(
        (
            title(one.budget.metric),
            figure(one.budget.metric, one.current),
            figure(one.budget.metric, one.budget.target),
            "–" if one.budget.poor is None else figure(one.budget.metric, one.budget.poor),
            visible(one.budget.by),
            one.status.replace("-", " "),
        )
        for one in analysis.stands
    )
    yield Grid(tuple(Column(label, right=n in (1, 2, 3)) for n, label in enumerate(labels)), rows)


def _capacity(analysis: Analysis) -> Iterator[Block]:
    found = analysis.capacity
    if found is None:
        return
    least = "at least " if found.at_least else ""
    carried = "less than was tried" if found.carried is None else f"{least}{found.carried:.0f}"
    yield Prose(f"Its server carries {carried} a second, found {figures.moment(found.at)}.")
    stands = next((one for one in analysis.stands if one.budget.metric == THROUGHPUT), None)
    yield capacity_story.used(found, stands)


def _unknown(analysis: Analysis) -> Iterator[Block]:
    for check, gap in analysis.unknown:
        yield Prose(f"{visible(check)}: {visible(gap.reason)}", "unknown", lead="? ")
        if gap.remedy:
            yield Prose(visible(gap.remedy), lead="  ")


def _improvements(analysis: Analysis) -> Iterator[Block]:
    for one in analysis.improvements:
        tried = "Fettle can try it on a copy" if one.automatable else "for people"
        blocks: list[Block] = [Prose(visible(one.description))]
        if one.gain is not None:
            blocks.append(Prose(gained(one.gain), lead="Would earn: "))
        blocks += [
            Prose(visible(action), lead=f"{number}. ")
            for number, action in enumerate(one.actions, 1)
        ]
        blocks.append(Prose(f"Risk: {one.risk}; {tried}.", "dim"))
        yield Card(Mark(f"{one.impact} impact", one.impact), one.title, one.category, tuple(blocks))
