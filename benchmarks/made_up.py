"""Faults that are made up in PetShop's normal period, so that rules see more causes than one.

One thing that the reported needs becomes slow, or fails, for some samples; whoever calls it, and
whoever calls those, gets a share of that, as it may be. Other things stand at another level than
they did in the normal period, as they do in the real incidents, days later.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.petshop import Case
from fettle.diagnosis.calls import Calls
from fettle.model.incident import Incident, Span

_SEED = 5
_GAP_S = 3600.0  # between the normal period and the incident
_LEAST = 300  # samples that the normal period of a cause must have

Values = dict[float, float]


def faults(cases: Sequence[Case], each: int) -> Iterator[Case]:
    """Yield faults, so many for each graph and figure that real cases have."""
    chance = random.Random(_SEED)
    kinds = {(tuple(case.incident.calls), case.incident.metric): case.incident for case in cases}
    for incident in kinds.values():
        columns = _columns(incident)
        for _ in range(each):
            yield _fault(incident, columns, chance)


def _columns(incident: Incident) -> Mapping[str, Values]:
    assert incident.normal
    return {
        subject: {at: value for at, value in figures[_figure(incident)] if at in incident.normal}
        for subject, figures in sorted(incident.series.items())
        if _figure(incident) in figures
    }


def _fault(incident: Incident, columns: Mapping[str, Values], chance: random.Random) -> Case:
    calls, figure = Calls(incident.calls), _figure(incident)
    times = sorted({at for column in columns.values() for at in column})
    needed = sorted(calls.paths(incident.reported).keys() - {incident.reported})
    cause = chance.choice([name for name in needed if len(columns.get(name, ())) > _LEAST])
    length = chance.choice((5, 5, 5, 12))
    begin = chance.randrange(len(times) // 2, len(times) - length)
    window = times[begin : begin + length]
    shape = _shape(window, chance)
    moves = _spread(cause, shape, calls, columns, figure, chance)
    series = {
        name: {figure: _moved(column, window, moves.get(name, {}), figure, chance)}
        for name, column in columns.items()
    }
    normal = Span(times[0], window[0] - _GAP_S)
    span = Span(window[0], window[-1])
    return Case(replace(incident, series=series, normal=normal, incident=span), cause)


def _shape(window: Sequence[float], chance: random.Random) -> Values:
    """Return how far a fault is there, sample by sample: quiet, then bad, at times over again."""
    quiet = chance.choice((1, 2, 2, 3) if len(window) == 5 else (4, 6))
    shape = {
        at: 0.0 if place < quiet else chance.uniform(0.5, 1) for place, at in enumerate(window)
    }
    if chance.random() < 0.5:
        shape[window[-1]] = 0.0
    return shape


def _spread(
    cause: str,
    shape: Values,
    calls: Calls,
    columns: Mapping[str, Values],
    figure: str,
    chance: random.Random,
) -> Mapping[str, Values]:
    """Return by how much the cause moves, and all that call it."""
    level = _middle(columns[cause])
    size = level * chance.choice((0.5, 1, 2, 5)) if _slows(figure) else chance.uniform(2, 40)
    moves = {cause: {at: size * share for at, share in shape.items()}}
    waiting = [cause]
    for here in waiting:
        for caller in sorted(set(calls.callers(here)) - moves.keys()):
            share = chance.uniform(0.15, 1.0)
            moves[caller] = {
                at: share * by * chance.uniform(0.8, 1.2) for at, by in moves[here].items()
            }
            waiting.append(caller)
    return moves


def _moved(
    column: Values, window: Sequence[float], by: Values, figure: str, chance: random.Random
) -> list[tuple[float, float]]:
    shift = chance.choice((0, 0, 0, 0.3, -0.3, 1.0)) * _middle(column) if _slows(figure) else 0.0
    within = set(window)
    points = []
    for at, value in sorted(column.items()):
        if at in within and _slows(figure):
            points.append((at, value + shift + by.get(at, 0.0)))
        elif at in within:
            points.append((at, max(0.0, value - by.get(at, 0.0))))
        elif at < window[0] - _GAP_S:
            points.append((at, value))
    return points


def _middle(column: Values) -> float:
    return sorted(column.values())[len(column) // 2] if column else 0.0


def _slows(figure: str) -> bool:
    return figure.startswith("latency")


def _figure(incident: Incident) -> str:
    assert incident.metric
    return incident.metric
