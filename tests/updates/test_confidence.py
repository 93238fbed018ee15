"""How sure it is that an update breaks nothing: what speaks against it lowers it, and is said."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from fettle.model.update import Ecosystem, Level, Release
from fettle.updates.confidence import Step, Tried, confidence

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def step(level: Level = Level.PATCH, age: float = 100, **rest: object) -> Step:
    released = NOW - timedelta(days=age)
    offered = Release("1.2.4", released, **rest)  # type: ignore[arg-type] # its fields
    return Step(Ecosystem.PYPI, "1.2.3", offered, level, Release("1.2.3", size=1000, needs=">=3.9"))


def sure(one: Step, tried: Tried | None = None) -> float:
    return confidence(one, NOW, tried)[0]


def test_the_higher_the_level_the_less_sure() -> None:
    levels = (Level.DIGEST, Level.PATCH, Level.MINOR, Level.OTHER, Level.MAJOR)
    figures = [sure(step(level)) for level in levels]

    assert figures == sorted(figures, reverse=True)
    assert figures[0] > 0.9
    assert figures[-1] <= 0.5


def test_the_younger_the_less_sure() -> None:
    figures = [sure(step(age=age)) for age in (0, 1, 3, 7, 30)]

    assert all(younger < older for younger, older in pairwise(figures))


@pytest.mark.parametrize(
    ("against", "says"),
    [
        ({"withdrawn": "it deletes data"}, "it was withdrawn: it deletes data"),
        ({"size": 8000}, "it is 8 times as large as before"),
        ({"size": 100}, "it is 10 times smaller than before"),
        ({"needs": ">=3.12"}, "it needs a runtime of >=3.12, and needed >=3.9"),
        ({"released_at": None}, "when it came out is not told"),
    ],
)
def test_what_speaks_against_it_is_said(against: dict[str, object], says: str) -> None:
    plain = Release("1.2.4", NOW - timedelta(days=100))
    released = {"released_at": plain.released_at, **against}
    one = Step(
        Ecosystem.PYPI,
        "1.2.3",
        Release("1.2.4", **released),  # type: ignore[arg-type] # its fields
        Level.PATCH,
        Release("1.2.3", size=1000, needs=">=3.9"),
    )

    figure, grounds = confidence(one, NOW)

    assert says in grounds
    assert figure < sure(step())


def test_a_minor_version_before_the_first_may_change_anything() -> None:
    early = Step(Ecosystem.NPM, "0.2.0", Release("0.3.0", NOW), Level.MINOR)
    late = Step(Ecosystem.NPM, "1.2.0", Release("1.3.0", NOW), Level.MINOR)

    assert sure(early) < sure(late)


def test_the_own_history_moves_it_both_ways() -> None:
    one = step(Level.MAJOR)

    assert sure(one, Tried(failed=3)) < sure(one) < sure(one, Tried(passed=3))
    assert sure(one, Tried()) == sure(one)
    assert confidence(one, NOW, Tried(2, 1))[1][-1] == "2 of 3 rehearsals of it here passed"
    assert sure(one, Tried(2, 0, 1)) < sure(one, Tried(2))
    assert confidence(one, NOW, Tried(0, 0, 1))[1][-1] == (
        "it was taken back here 1 time after it was applied"
    )
