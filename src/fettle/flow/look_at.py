"""Look at any target: a database, what has other sources, or a service with all that it needs."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from fettle.diagnosis import causes, recommend, symptoms
from fettle.diagnosis.look_outside import Readings, look_outside
from fettle.diagnosis.untold import silent
from fettle.errors import CannotLook
from fettle.flow import look
from fettle.flow.look import Connect, Questions
from fettle.model import things
from fettle.model.diagnosis import Cause, Diagnosis, Outcome
from fettle.model.finding import Finding, Measurement, Unknown
from fettle.model.incident import Change
from fettle.model.ports import Clock, Source
from fettle.model.provider import PROVIDERS, provider_of
from fettle.model.target import Kind, Target

if TYPE_CHECKING:
    from fettle.diagnosis.needed import Tie

Sources = Callable[[Target], AbstractAsyncContextManager[Sequence[Source]]]
Asking = Callable[[Target], Questions]

_NamedT = TypeVar("_NamedT", Finding, Measurement)

_THINGS: Mapping[Kind, Callable[[str], str]] = {
    Kind.DATABASE: things.database,
    Kind.DEPENDENCY: things.dependency,
    Kind.CDN: things.cdn,
    Kind.EDGE: things.function,
    Kind.HOST: things.host,
}


@dataclass(frozen=True)
class Eyes:
    """How targets are looked at: databases through `connect`, everything else by its `sources`."""

    connect: Connect
    sources: Sources


@dataclass(frozen=True)
class Seen:
    """What was found of a target; `away` says why it could not be reached, if so."""

    target: Target
    findings: Sequence[Finding]
    away: Unknown | None = None


async def look_at(target: Target, eyes: Eyes, ask: Asking, clock: Clock) -> Diagnosis:
    """Look at a target, and at what it needs at the same time; always returns.

    `ask` says what is asked of each. What could not be looked at is unknown.
    """
    own = _own(target, eyes, ask(target), clock)
    if target.kind is Kind.DATABASE:
        return await own
    first, *others = await asyncio.gather(
        own, *(_own(need, eyes, ask(need), clock) for need in target.needs)
    )
    if not others:
        return explained(first, target)
    each = [replace(first, outcomes=tuple(_told(first))), *map(_apart, others)]
    whole = zip((target, *target.needs), each, strict=True)
    seen = [
        # Of anything else it says that nobody watches it, which explains nothing.
        Seen(one, told.findings, told.unreachable if one.kind is Kind.DATABASE else None)
        for one, told in whole
    ]
    return _explained(_joined(each), _ties(seen))


def explained(
    diagnosis: Diagnosis,
    target: Target,
    needs: Sequence[Seen] = (),
    changes: Sequence[Change] = (),
) -> Diagnosis:
    """Return a target's diagnosis, explained by what others saw of what it needs.

    Their findings stay their own: a cause tells of them in its evidence. `changes` are what went
    live lately, of anything.
    """
    apart = [
        replace(one, findings=[_named_for(one.target.name, found) for found in one.findings])
        for one in needs
    ]
    tied = _ties([Seen(target, diagnosis.findings), *apart], changes, diagnosis.started_at)
    return _explained(diagnosis, tied, [found for one in apart for found in one.findings])


async def _own(target: Target, eyes: Eyes, asked: Questions, clock: Clock) -> Diagnosis:
    if target.kind is Kind.DATABASE:
        return await look.diagnose(target, eyes.connect, asked, clock)
    return await _outside(target, eyes.sources, asked, clock)


async def _outside(target: Target, sources: Sources, asked: Questions, clock: Clock) -> Diagnosis:
    started = clock.now()
    try:
        return await _of_sources(target, sources, asked, clock)
    except CannotLook as error:  # not even its sources could be opened
        gap = Unknown(error.reason, error.remedy)
        return Diagnosis(target.name, started, clock.now() - started, (), gap)


async def _of_sources(
    target: Target, sources: Sources, asked: Questions, clock: Clock
) -> Diagnosis:
    started = clock.now()
    async with sources(target) as known:
        readings = Readings(known, asked.timeout)
        concerned = [pair for pair in asked.checks if readings.offered(pair[0].row)]
        try:
            told = await asyncio.gather(*(look_outside(readings, *pair) for pair in concerned))
        finally:
            await readings.close()
    found = tuple(outcome for outcome in told if outcome is not None)
    nothing = None if found else _unwatched(target, known)
    untold = [check for (check, _), one in zip(concerned, told, strict=True) if one is None]
    seen = (*found, *silent(target.kind, untold)) if found else ()
    ended = Diagnosis(target.name, started, clock.now() - started, seen, nothing)
    return _explained(replace(ended, symptoms=asked.symptoms))


def _unwatched(target: Target, known: Sequence[Source]) -> Unknown:
    if known:
        names = ", ".join(source.name for source in known)
        return Unknown(f"nothing is known of {target.name}: {names} had no figures of it")
    if target.kind is Kind.DEPENDENCY:
        provider = PROVIDERS.get(provider_of(None, target.name) or "")
        like = f", like {provider.url}," if provider else ""
        return Unknown(
            f"nothing says where {target.name} is watched",
            f"give it a url{like} or a status_url in fettle.toml",
        )
    return Unknown(
        f"nothing says where {target.name} is watched",
        "give it a url, prometheus, metrics or access_log in fettle.toml",
    )


def _apart(diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis whose findings say of what they are, by its name, and its gaps of what."""
    outcomes = (_renamed(outcome, diagnosis.target) for outcome in _told(diagnosis))
    return replace(diagnosis, outcomes=tuple(outcomes))


def _joined(each: Sequence[Diagnosis]) -> Diagnosis:
    """Return a service's diagnosis, the first, with those of what it needs in it.

    What one of them could not look at, or not reach, is unknown of the whole.
    """
    outcomes: dict[str, Outcome] = {}
    for one in (outcome for diagnosis in each for outcome in diagnosis.outcomes):
        before = outcomes.get(one.check)
        outcomes[one.check] = one if before is None else _both(before, one)
    return replace(
        each[0],
        duration=max(diagnosis.duration for diagnosis in each),
        outcomes=tuple(outcomes.values()),
        unreachable=None,
        listings=tuple(listing for diagnosis in each[1:] for listing in diagnosis.listings),
    )


def _ties(
    seen: Sequence[Seen], changes: Sequence[Change] = (), now: datetime | None = None
) -> "Sequence[Tie]":
    """Return what explains findings of a service, the first, by what it needs, which are the rest.

    A whole Prometheus knows of machines and of services, and not which of them runs where.
    """
    target, needs = seen[0].target, [one.target for one in seen[1:]]
    if target.kind is Kind.PROMETHEUS:
        return []
    from fettle.diagnosis.needed import Part, ties  # noqa: PLC0415 - for services alone

    reached = {name for one in (target, *needs) for name in one.calls}
    # What is needed by a way that nobody knows is needed itself.
    lost = tuple(need.name for need in needs if need.name not in reached)
    parts = [
        Part(
            one.target.name,
            _THINGS.get(one.target.kind, things.service)(one.target.name),
            (*one.target.calls, *lost) if one.target is target else one.target.calls,
            one.findings,
            one.away,
        )
        for one in seen
    ]
    return list(ties(parts, changes, now))


def _told(diagnosis: Diagnosis) -> Iterator[Outcome]:
    yield from diagnosis.outcomes
    if (gap := diagnosis.unreachable) is not None:
        yield Outcome("unreachable", unknown=(gap,))


def _renamed(outcome: Outcome, target: str) -> Outcome:
    """Return an outcome whose findings and figures name what they are of."""
    return replace(
        outcome,
        findings=tuple(_named_for(target, one) for one in outcome.findings),
        measurements=tuple(_named_for(target, one) for one in outcome.measurements),
    )


def _named_for(target: str, one: _NamedT) -> _NamedT:
    """Return a finding or a figure whose subject says of which target it is.

    Several may have the same subject; what is of a target as a whole is called as it is.
    """
    subject = one.subject or target
    own = subject == target or subject.startswith((f"{target}/", f"{target}:"))
    return replace(one, subject=subject if own else f"{target}/{subject}")


def _both(one: Outcome, other: Outcome) -> Outcome:
    found = sorted((*one.findings, *other.findings), key=lambda finding: -finding.severity)
    return Outcome(
        one.check,
        tuple(found),
        (*one.unknown, *other.unknown),
        tuple(dict.fromkeys((*one.notes, *other.notes))),
        (*one.measurements, *other.measurements),
    )


def _explained(
    diagnosis: Diagnosis, tied: "Sequence[Tie]" = (), beside: Sequence[Finding] = ()
) -> Diagnosis:
    """Return a diagnosis with the causes, recommendations and symptoms of all its findings.

    `beside` are findings that are not its own, and may explain some that are.
    """
    found = [finding for outcome in diagnosis.outcomes for finding in outcome.findings]
    behind = tuple(_of_own(causes.explain([*found, *beside], tied), found))
    return replace(
        diagnosis,
        causes=behind,
        recommendations=tuple(recommend.recommend(found, behind, diagnosis.target)),
        symptom_matches=tuple(symptoms.explain(diagnosis.symptoms, diagnosis.outcomes)),
    )


def _of_own(behind: Iterable[Cause], found: Sequence[Finding]) -> Iterator[Cause]:
    """Yield the causes of what was found, each for that alone."""
    own = {finding.key for finding in found}
    for cause in behind:
        if explains := tuple(key for key in cause.explains if key in own):
            yield replace(cause, explains=explains)
