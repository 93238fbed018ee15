"""The causes of an incident, each with how sure it is and with the grounds for saying so.

The confidence is a suspect's share of all suspects' scores, less where its own move, or the
reported's, may be noise. On incidents whose cause is known it is right about as often as it says
(benchmarks/causes.py measures that); it never says more than `_SUREST`: a cause that nobody
measures looks like whatever it hits first.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from fettle.diagnosis.calls import Calls
from fettle.diagnosis.moved import Movement
from fettle.diagnosis.suspects import Ranking, Scored, ranked
from fettle.model.incident import Incident, Suspect
from fettle.model.quantity import say_duration, say_share

_SUREST = 0.85
_LEAST = 0.01  # less is noise, and is not told
_MOST = 10
_VISIBLE = 0.1  # what weighs less is no company for a cause
_NAMED = 4


def suspects(incident: Incident) -> Sequence[Suspect]:
    """Return what may have caused an incident, the likeliest first; none where nothing moved."""
    ranking = ranked(incident)
    whole = sum(one.score for one in ranking.scored)
    plain = max((one.strength for one in ranking.shown), default=0.0)
    told: list[Suspect] = []
    for one in ranking.scored[:_MOST]:
        share = one.score / whole if whole > 0 else 0.0
        sure = _SUREST * share * (one.moved.weight * plain) ** 0.25
        # nobody is surer of the second than of the first, however plainly the second moved
        confidence = min([sure, *(before.confidence for before in told[-1:])])
        if confidence >= _LEAST:
            told.append(_suspect(one, confidence, ranking, incident))
    return told


def _suspect(one: Scored, confidence: float, ranking: Ranking, incident: Incident) -> Suspect:
    move = one.moved.moves[0]
    evidence = (
        _moved(move),
        _alike(one, ranking, incident),
        *_changed(one),
        _needed(one, incident),
        _explained(one, incident),
        *_covers(one, ranking),
        *(f"its {_short(other)}" for other in one.moved.moves[1:3]),
    )
    return Suspect(one.moved.subject, move.metric, round(confidence, 3), evidence, move.begins)


def _moved(move: Movement) -> str:
    usual = move.usual
    normally = f"normally {_number(usual.level)}" if usual.known else "nobody said what is normal"
    noise = (
        f", {move.apart:.1f} times its usual spread" if usual.spread else ", and never did before"
    )
    return f"{_short(move)}, from {_moment(move.begins)} on{noise} ({normally})"


def _short(move: Movement) -> str:
    verb = "rose" if move.during > move.before else "fell"
    times = move.during / move.before if move.before > 0 else 0.0
    by = f", {times:.1f} times" if 2 <= times < 10_000 else ""
    return f"{move.metric} {verb} from {_number(move.before)} to {_number(move.during)}{by}"


def _alike(one: Scored, ranking: Ranking, incident: Incident) -> str:
    move, shown = one.moved.moves[0], ranking.shown[0]
    samples = f"{move.bins} samples of {say_duration(timedelta(seconds=move.width))}"
    if shown.figure is None:
        return (
            f"it changed when the incident began ({samples}); "
            f"no figure of {incident.reported} shows the trouble"
        )
    figures = ", ".join(str(figure.figure) for figure in ranking.shown[:_NAMED])
    if one.moved.subject == incident.reported:
        return f"it is what was reported: {figures} ({samples})"
    return (
        f"it moved as {incident.reported}'s {figures} did: "
        f"likeness {move.likeness:.2f} over {samples}"
    )


def _changed(one: Scored) -> Iterator[str]:
    begins = one.moved.moves[0].begins
    for change in one.changes:
        apart = say_duration(timedelta(seconds=abs(round(begins - change.at))))
        when = f"{apart} before" if change.at < begins else "at that time"
        yield f"{change.what} at {_moment(change.at)}, {when}"


def _needed(one: Scored, incident: Incident) -> str:
    if len(one.path) > 1:
        return f"{incident.reported} needs it: {' → '.join(one.path)}"
    if one.path:
        return "its own trouble was reported"
    return f"{incident.reported} does not need it, by the dependencies that are known"


def _explained(one: Scored, incident: Incident) -> str:
    if one.explainer is not None and one.explained >= 0.05:
        return (
            f"what it needs explains {say_share(one.explained)} of that, {one.explainer} the most"
        )
    needs = Calls(incident.calls).needs(one.moved.subject)
    if not needs:
        return "it needs nothing else, as far as is known"
    seen = [need for need in needs if incident.series.get(need)]
    if not seen:
        return f"nothing is measured of what it needs: {_named(needs)}"
    return f"nothing that it needs moved so: {_named(seen)}"


def _covers(one: Scored, ranking: Ranking) -> Iterator[str]:
    plain = [other.moved.subject for other in ranking.scored if other.moved.weight >= _VISIBLE]
    hurt = [name for name in one.sufferers if name in plain and name != one.moved.subject]
    if hurt:
        yield (
            f"{len(hurt) + 1} of {len(plain)} that moved are it and what needs it, "
            f"{say_share(one.covers)} of all movement: {_named(hurt)}"
        )


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _number(value: float) -> str:
    return f"{value:.4g}"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
