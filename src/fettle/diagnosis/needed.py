"""What a service needs may explain what was found of it: ties between findings of several targets.

A service is slow or fails; at the same time something that it needs, however far, is in trouble of
a kind that whoever calls it feels. The deepest such thing that nothing deeper explains is the
origin. So is what runs out of room at the service itself, what it needs and cannot be reached, and
what was deployed just before where nothing else explains it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.diagnosis.calls import Calls
from fettle.diagnosis.symptoms import WAYS
from fettle.model.finding import Finding, Unknown
from fettle.model.incident import Change
from fettle.model.quantity import say_duration
from fettle.model.severity import Severity

# How whoever calls something feels what was found of it. These want to be explained, too.
FELT: Mapping[str, str] = {
    "response_time_high": "whoever calls it waits for it",
    "site_slow": "whoever calls it waits for it",
    "dependency_slow": "whoever calls it waits for it",
    "edge_function_slow": "whoever calls it waits for it",
    "queue_growing": "what it is given waits",
    "pool_saturated": "whoever calls it waits for a turn",
    "objective_burning": "too many of its answers are bad",
    "requests_abandoned": "whoever calls it gives up waiting",
    "error_rate_high": "its failures are passed on",
    "edge_function_failing": "its failures are passed on",
    "site_errors": "its failures are passed on",
    "site_down": "nothing that needs it works",
    "dependency_unavailable": "nothing that needs it works",
    "dependency_troubled": "it says itself that it is in trouble",
}
# What explains such things, and is not explained by what is needed.
_OUTSIDE: Mapping[str, str] = {
    "name_lookup_failing": "whoever calls it does not find it",
    "name_lookup_slow": "whoever calls it looks for it first",
    "certificate_untrusted": "whoever calls it does not believe that it is it",
    "allowance_low": "it refuses what is asked too often",
    "restarts_frequent": "it does not answer while it starts",
    "cdn_hit_rate_low": "what it does not answer reaches whoever is behind it",
    "cpu_saturated": "whatever runs there waits for the processor",
    "memory_high": "whatever runs there waits for memory, or is ended",
    "disk_slow": "whatever reads or writes there waits",
    "disk_full": "nothing more can be written there",
    "file_system_read_only": "nothing can be written there",
    "file_descriptors_low": "it can open nothing more",
}
# What is acute in a database. Others of its findings are upkeep, which makes nothing slow today.
_ACUTE = (
    "blocked_sessions",
    "ddl_queue",
    "connections_saturated",
    "idle_in_transaction",
    "long_transaction",
    "long_query",
    "slow_queries",
    "cache_hit_low",
    "sequence_exhaustion",
    "transaction_id_wraparound",
    "multixact_wraparound",
)
_SHOWN = {check: why for way in reversed(WAYS) for check, why in way.shows.items()}
HURTS: Mapping[str, str] = {**FELT, **_OUTSIDE, **{check: _SHOWN[check] for check in _ACUTE}}

# Each call between the two makes it less sure that the one explains the other; so does every other
# origin that might.
_A_CALL = 0.85
_A_DEPLOY = 0.6
_AGO = timedelta(hours=1)


@dataclass(frozen=True)
class Part:
    """What was found of one target: its name, the thing that it is, and what it calls itself.

    `away` says why it could not be reached, if so.
    """

    name: str
    thing: str
    calls: tuple[str, ...]
    findings: Sequence[Finding]
    away: Unknown | None = None


@dataclass(frozen=True)
class Tie:
    """A finding that something explains: which thing, what was found of that, why, how surely."""

    finding: Finding
    blames: str
    origin: Finding | None
    evidence: tuple[str, ...]
    sure: float


@dataclass(frozen=True)
class _Origin:
    part: Part
    path: Sequence[str]


def ties(
    parts: Sequence[Part], changes: Sequence[Change] = (), now: datetime | None = None
) -> Iterator[Tie]:
    """Yield what explains each finding that is felt; `now` is when all were looked at."""
    known = {part.name: part for part in parts}
    calls = Calls((part.name, other) for part in parts for other in part.calls)
    for part in parts:
        felt = list(_felt(part))
        origins = list(_origins(part.name, known, calls))
        own = [one for one in part.findings if _is_room(one)]
        for finding in felt:
            room = [one for one in own if one is not finding]
            found = [*_through(finding, origins), *_of_room(finding, part, room)]
            if not found:
                looked = all(name in known for name in part.calls)
                found = list(_of_deploys(finding, part, changes, now, looked=looked))
            for tie in found:
                yield Tie(
                    tie.finding, tie.blames, tie.origin, tie.evidence, tie.sure / len(found) ** 0.5
                )


def _felt(part: Part) -> Iterator[Finding]:
    yield from (one for one in _hurting(part) if one.check in FELT)


def _hurting(part: Part) -> Iterator[Finding]:
    yield from (
        one for one in part.findings if one.check in HURTS and one.severity >= Severity.MEDIUM
    )


def _is_room(finding: Finding) -> bool:
    """Whether something that a service works with is used up."""
    ours = finding.saturation or finding.check in _OUTSIDE
    return ours and finding.severity >= Severity.HIGH


def _origins(name: str, known: Mapping[str, Part], calls: Calls) -> Iterator[_Origin]:
    """Yield the deepest of what something needs that is in trouble, each by its shortest way."""
    paths = calls.paths(name)
    troubled = {
        other
        for other in paths
        if other != name and other in known and (known[other].away or any(_hurting(known[other])))
    }
    for other in paths:
        deeper = calls.paths(other).keys() & troubled - {other, name}
        circle = {one for one in deeper if other in calls.paths(one)}
        if other in troubled and not deeper - circle:
            yield _Origin(known[other], paths[other])


def _through(finding: Finding, origins: Sequence[_Origin]) -> Iterator[Tie]:
    for origin in origins:
        part, path = origin.part, " → ".join(origin.path)
        sure = _A_CALL ** (len(origin.path) - 1)
        needs = f"{origin.path[0]} needs it: {path}"
        if part.away is not None:
            away = f"{part.name} could not be reached: {part.away.reason}"
            yield Tie(finding, part.thing, None, (away, needs), sure)
        for found in _hurting(part):
            evidence = (f"{needs}; {HURTS[found.check]}",)
            for thing in found.blames or found.about[:1] or (part.thing,):
                yield Tie(finding, thing, found, evidence, sure)


def _of_room(finding: Finding, part: Part, room: Sequence[Finding]) -> Iterator[Tie]:
    for found in room:
        why = HURTS.get(found.check, "it runs out of it")
        evidence = (f"at the same time, at {part.name} itself: {why}",)
        yield Tie(finding, (*found.about, part.thing)[0], found, evidence, _A_CALL)


def _of_deploys(
    finding: Finding,
    part: Part,
    changes: Sequence[Change],
    now: datetime | None,
    *,
    looked: bool,
) -> Iterator[Tie]:
    """Yield what went live just before, where nothing that is needed explains a finding.

    `looked` says that all that is needed was looked at with it.
    """
    needs = (
        f"nothing that {part.name} needs is known to be in trouble"
        if looked
        else f"what {part.name} needs was not looked at with it"
    )
    for change in changes:
        ago = timedelta(seconds=round(now.timestamp() - change.at)) if now else timedelta()
        if change.subject == part.name and timedelta() <= ago <= _AGO:
            when = f"{change.what} went live {say_duration(ago)} before {part.name} was looked at"
            sure = _A_DEPLOY if looked else _A_DEPLOY / 2
            yield Tie(finding, f"{change.what} of {part.name}", None, (when, needs), sure)
