"""Figures in a terminal: what is told, and that nothing is where it is of too few issues."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.frontends.report import figures_document, figures_story
from fettle.frontends.report.blocks import Grid, Prose
from fettle.model.issue import Milestones
from fettle.review.figures import Every, Part
from tests.review.counting import Counted, reported

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
END = START + timedelta(days=7)
MINUTE = timedelta(minutes=1)


def counted(number: int, **more: object) -> list[Counted]:
    """Give issues that were detected at once, and resolved after ten minutes."""
    seen = Milestones(START, START, resolved=START + 10 * MINUTE)
    return [Counted(START, seen, **more) for _ in range(number)]  # type: ignore[arg-type] # by name


def told(issues: list[Counted], by: Part | None = None) -> tuple[list[Grid], list[str]]:
    """Return what is told of them: the tables, and the sentences."""
    made = reported(issues, START, END, by, Every.WEEK)
    blocks = list(figures_story.tell(figures_document.of_report(made, START, END, by, Every.WEEK)))
    grids = [block for block in blocks if isinstance(block, Grid)]
    return grids, [block.text for block in blocks if isinstance(block, Prose)]


@pytest.mark.parametrize(
    ("number", "resolve", "share"),
    [
        (0, "–", "–"),
        (2, "too few", "too few"),
        (3, "10 min (too few)", "too few"),
        (5, "10 min (too few)", "0 %"),
        (9, "10 min (too few)", "0 %"),
        (10, "10 min (10 min)", "0 %"),
    ],
)
def test_a_figure_of_too_few_is_told_as_such(number: int, resolve: str, share: str) -> None:
    (grid,), sentences = told(counted(number))
    *_, total = grid.rows
    assert total[:2] == ("all", str(number))
    assert (total[5], total[6]) == (resolve, share)
    assert total[3] == "–", "nobody took one, which is not too few"
    few = "too few" in resolve + share
    assert any(one.startswith("too few: a median is told from 3") for one in sentences) == few


def test_a_group_of_too_few_is_told_as_such_beside_one_of_enough() -> None:
    issues = [*counted(10, team="web"), *counted(1, team="data")]
    (_, groups), sentences = told(issues, Part.TEAM)
    assert [(row[0], row[5]) for row in groups.rows] == [
        ("data", "too few"),
        ("web", "10 min (10 min)"),
    ]
    assert len(sentences) == 2
