"""Suspects of an incident: who, of all that calls each other, moved with it and is not explained.

Each figure of a subject is compared with the reported's (diagnosis.moved): did it move beyond its
own noise, in its bad direction, and in the same shape of time. That is its weight. Then the graph:

- What a subject needs explains its move, as far as it moved as surely: what remains is what its
  dependencies do not explain.
- A cause makes all suffer that need it. The weights of a subject and of all that need it, as a
  share of all weights that hang together with the reported, say how much of what is seen it covers.
- What the reported does not need can hardly be its cause.
- What was changed just before it moved is a little more suspect.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fettle.diagnosis.calls import Calls
from fettle.diagnosis.moved import Bins, Grid, Movement, Trouble, Usual, moved
from fettle.model.incident import Change, Incident, Points, Span, finite

# What two subjects in a circle explain of each other leaves something of both.
_MOST_EXPLAINED = 0.95
# What is not needed by the reported: its callers, and what shares dependencies with it.
_NOT_NEEDED = 0.25
# A figure of another kind than the reported one says less: likeness by chance grows with their
# number. It says less still where the subject has the reported's figure too, which did not move so.
# How much is asked of a subject follows from what its callers do, more often than it leads.
_OTHER_FIGURE = 0.7
_BESIDE_THE_SAME = 0.35
_TRAFFIC = 0.2
# A figure of the reported that moved this surely is one that shows the trouble.
_PLAIN = 0.5
# Of a trouble that no figure shows only the report is known.
_HARDLY = 0.1
# How long before a move a change may be its reason, at least, and how much more suspect that makes.
_BEFORE_S = 3600.0
_CHANGED = 1.5
# What a figure's name says of its bad way, by its words, the first that fits; up where none does.
_RISES = frozenset(
    re.findall(
        r"\w+",
        """latency duration time seconds error errors fail failed failures abandoned refused
        rejected dropped throttled retries timeouts queue waiting lag p50 p90 p95 p99""",
    )
)
_FALLS = frozenset(
    re.findall(
        r"\w+",
        """availability available success successful hit hits up uptime free healthy left remaining
        apdex""",
    )
)
_EITHER = frozenset(
    re.findall(r"\w+", "requests request traffic calls throughput connections body lines rps qps")
)
_WORD = re.compile(r"[a-z]+\d*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Binned:
    """A figure's bins in the incident, and what is usual of it."""

    values: Bins
    usual: Usual | None


Sheet = Mapping[str, Binned]


@dataclass(frozen=True)
class Shown:
    """A figure of the reported that showed the trouble, and how it moved; None where none did."""

    trouble: Trouble
    figure: str | None = None
    sign: int = 0
    move: Movement | None = None

    @property
    def strength(self) -> float:
        """How surely that was a move and no noise; of what nobody measured little is sure."""
        return self.move.strength if self.move else _HARDLY


@dataclass(frozen=True)
class Moved:
    """A subject and how its figures moved, the one that says the most first."""

    subject: str
    moves: Sequence[Movement]
    weight: float


@dataclass(frozen=True)
class Scored:
    """How suspect a subject is.

    `explained` is the part of its move that what it needs explains, and `explainer` who explains
    the most of it. `covers` is the share that it would explain of all that moved, and `sufferers`
    who that is. `path` is how the reported needs it; empty where it does not. `changes` are what
    was done to it just before.
    """

    moved: Moved
    score: float
    explained: float
    explainer: str | None
    covers: float
    sufferers: Sequence[str]
    path: Sequence[str]
    changes: Sequence[Change]


@dataclass(frozen=True)
class Ranking:
    """All that moved and hang together with the reported, the most suspect first.

    `shown` are the reported's figures that showed the trouble.
    """

    scored: Sequence[Scored]
    shown: Sequence[Shown]


def bad_way(metric: str) -> int:
    """Return whether a figure is bad when it rises (1) or falls (-1); 0 where that depends."""
    words = set(_WORD.findall(_CAMEL.sub("_", metric).lower()))
    for way, told in ((1, _RISES), (-1, _FALLS), (0, _EITHER)):
        if words & told:
            return way
    return 1


def ranked(incident: Incident) -> Ranking:
    """Rank all that moved with what was reported."""
    grid = Grid.over(incident.incident, _by_whose_pace(incident))
    sheets = {
        subject: {metric: _binned(incident, grid, points) for metric, points in figures.items()}
        for subject, figures in incident.series.items()
    }
    shown = _shown(grid, sheets.get(incident.reported, {}), incident.metric)
    found = {subject: _moved(subject, sheet, shown) for subject, sheet in sheets.items()}
    everybody = {subject: one for subject, one in found.items() if one is not None}
    scored = _scored(everybody, Calls(incident.calls), incident)
    return Ranking(sorted(scored, key=lambda one: -one.score), shown)


def onset(metric: str, points: Points, span: Span, normal: Span | None = None) -> float | None:
    """Return when a figure left its level in a span, in seconds since 1970; None where it did not.

    To align evidence in time, not to wake anybody: noise moves now and then, too.
    """
    alone = Incident((), {metric: {metric: points}}, span, metric, normal, metric)
    for shown in ranked(alone).shown:
        move = shown.move
        if move is None or shown.strength < _PLAIN:
            continue
        # Back to what is usual is no trouble of a figure that nobody has reported.
        if shown.sign * (move.during - move.usual.level) > 2 * move.usual.spread:
            return move.begins
    return None


def _by_whose_pace(incident: Incident) -> Points:
    """Return the points whose pace makes the bins: the reported's, or whoever has the most."""
    own = incident.series.get(incident.reported, {})
    if incident.metric is not None and incident.metric in own:
        return finite(own[incident.metric])
    every = own or {
        f"{subject} {metric}": points
        for subject, figures in incident.series.items()
        for metric, points in figures.items()
    }
    return finite(max(every.values(), key=len, default=()))


def _binned(incident: Incident, grid: Grid, points: Points) -> Binned:
    """Lay a figure into bins.

    Usual is what it was in the normal period, or else in all that was before the incident.
    """
    known = finite(points)
    beside = [pair for pair in known if pair[0] not in incident.incident]
    within = incident.normal or Span(float("-inf"), incident.incident.start)
    usual = Usual.of(list(grid.lay(beside, within).values()))
    return Binned(grid.lay(known, incident.incident), usual)


def _shown(grid: Grid, own: Sheet, metric: str | None) -> Sequence[Shown]:
    """Return the shapes of the reported's trouble; that of the whole span where no figure moved.

    Where nobody says which figure showed the trouble, all that moved plainly did.
    """
    names = own if metric is None else [name for name in own if name == metric]
    given = [one for name in names for one in _shapes(grid, name, own[name])]
    plain = [one for one in given if one.strength >= _PLAIN and bad_way(str(one.figure))]
    if plain:
        return plain
    if given:
        return [max(given, key=lambda one: one.strength)]
    return [Shown(Trouble.whole(grid))]


def _shapes(grid: Grid, metric: str, binned: Binned) -> Iterator[Shown]:
    for sign in (bad_way(metric),) if bad_way(metric) else (1, -1):
        trouble = Trouble.of(grid, binned.values, binned.usual, sign)
        one = trouble and moved(trouble, metric, binned.values, binned.usual, sign)
        if trouble and one and one.weight > 0:
            yield Shown(trouble, metric, sign, one)


def _moved(subject: str, sheet: Sheet, shown: Sequence[Shown]) -> Moved | None:
    """Return how a subject moved with what the reported showed, the plainer the more of it."""
    whole = sum(one.strength for one in shown)
    weight, most = 0.0, list[tuple[float, Movement]]()
    for one in shown:
        moves = sorted(_moves(sheet, one), key=lambda pair: -pair[0])
        if moves:
            weight += moves[0][0] * one.strength / whole
            most = max(most, moves, key=lambda pairs: pairs[0][0] if pairs else 0.0)
    return Moved(subject, [move for _, move in most], weight) if most else None


def _moves(sheet: Sheet, shown: Shown) -> Iterator[tuple[float, Movement]]:
    for metric, binned in sheet.items():
        way = shown.sign if metric == shown.figure else bad_way(metric)
        one = moved(shown.trouble, metric, binned.values, binned.usual, way)
        if one is not None and one.weight > 0:
            yield one.weight * _says(metric, shown.figure, sheet), one


def _says(metric: str, figure: str | None, sheet: Sheet) -> float:
    """Return how much a figure says of a subject's part in what another figure showed."""
    if metric == figure:
        return 1
    if bad_way(metric) == 0:
        return _TRAFFIC
    same = sheet.get(figure or "")
    return _BESIDE_THE_SAME if same and same.values else _OTHER_FIGURE


def _scored(everybody: Mapping[str, Moved], calls: Calls, incident: Incident) -> Iterator[Scored]:
    tied = calls.tied(incident.reported)
    if len(tied) == 1:  # the graph says nothing of the reported: everybody may be tied to it
        tied |= everybody.keys()
    weights = {subject: one.weight for subject, one in everybody.items() if subject in tied}
    whole = sum(weights.values())
    paths = calls.paths(incident.reported)
    for subject, weight in weights.items():
        explained, explainer = _explained(subject, everybody, calls)
        hurt = calls.sufferers(subject)
        sufferers = [one for one in weights if one in hurt]
        covers = sum(weights[one] for one in sufferers) / whole
        path = paths.get(subject, ())
        changes = _changes(everybody[subject], incident)
        factor = (1 if path else _NOT_NEEDED) * (_CHANGED if changes else 1)
        yield Scored(
            everybody[subject],
            weight * (1 - explained) * covers**2 * factor,
            explained,
            explainer,
            covers,
            sorted(sufferers, key=lambda one: -weights[one]),
            path,
            changes,
        )


def _explained(
    subject: str, everybody: Mapping[str, Moved], calls: Calls
) -> tuple[float, str | None]:
    """Return how much of a move what it needs explains, and which of that the most."""
    most, explainer = 0.0, None
    own = everybody[subject].moves[0].apart
    for needed in calls.needs(subject):
        if (other := everybody.get(needed)) is not None:
            share = other.weight * min(1.0, other.moves[0].apart / own)
            if share > most:
                most, explainer = share, needed
    return min(most, _MOST_EXPLAINED), explainer


def _changes(one: Moved, incident: Incident) -> Sequence[Change]:
    """Return what was done to a subject just before it moved, the latest first."""
    begins, late = one.moves[0].begins, one.moves[0].width
    since = begins - max(_BEFORE_S, incident.incident.length)
    near = (
        change
        for change in incident.changes
        if change.subject == one.subject and since <= change.at <= begins + late
    )
    return sorted(near, key=lambda change: -change.at)
