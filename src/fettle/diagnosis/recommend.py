"""Recommendations: what to do first, how long it takes, and what happens otherwise.

At once, the database, room for what runs out, the application, what it runs on, what others run,
and the rest. Each says only what its findings give ground for, in their own names and statements.
Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model import command
from fettle.model.diagnosis import Cause, Priority, Recommendation
from fettle.model.finding import Finding
from fettle.model.quantity import say_count
from fettle.model.severity import Severity

Minutes = tuple[int, int]

# How long the work takes a person, from the least to the most: the first of a kind, and each
# further one, which needs no reading up any more. A fix is planned, read and applied.
_BY_FIX: tuple[Minutes, Minutes] = ((5, 15), (2, 5))
_BY_HAND: tuple[Minutes, Minutes] = ((30, 60), (10, 20))

_SLOW = frozenset({"slow_queries", "long_query"})
_LATE = "response_time_high"
_WAITS = (
    "See what {} waits for before it is given more: processors, memory and pools that are used up "
    "are among the findings, where anybody tells of them"
)
_CALLED_OFTEN = 1_000
_PLANNED = re.compile(
    r"\s*\(*\s*(?:select|insert|update|delete|merge|with|values)\b", re.IGNORECASE
)
_READS = re.compile(r"\s*\(*\s*(?:select|with|values)\b", re.IGNORECASE)
# Where the checks and the server cut a statement's text: the rest of one so long is not known.
_CUTS = frozenset({500, 1_023, 2_000, 10_000})


def recommend(
    findings: Sequence[Finding], causes: Sequence[Cause] = (), target: str = "TARGET"
) -> Iterator[Recommendation]:
    """Yield at most one recommendation of each category, the most urgent first."""
    ordered = sorted(findings, key=lambda finding: -finding.severity)
    given = [
        *_immediate(ordered, causes),
        *_database(ordered),
        *(advice for field in _FIELDS for advice in _field(ordered, field)),
        *_scaling(ordered, target),
    ]
    yield from sorted(given, key=lambda advice: _ORDER.index(advice.priority))
    told = {key for advice in given for key in advice.findings}
    yield from _rest([finding for finding in ordered if finding.key not in told])


def _immediate(findings: Sequence[Finding], causes: Sequence[Cause]) -> Iterator[Recommendation]:
    urgent = [finding for finding in findings if finding.severity >= Severity.HIGH]
    if not urgent:
        return
    keys = {finding.key for finding in urgent}
    causes = [cause for cause in causes if keys & set(cause.explains)]
    roots = [
        finding
        for cause in causes
        for finding in findings
        if finding.key in cause.explains and cause.subject in finding.about
    ]
    concerned = _distinct([*roots, *urgent])
    yield Recommendation(
        "immediate",
        "emergency",
        _urgent_title(urgent, causes),
        _listed(urgent),
        _actions(concerned),
        _time(concerned),
        _risk(urgent),
        tuple(finding.key for finding in concerned),
    )


def _urgent_title(urgent: Sequence[Finding], causes: Sequence[Cause]) -> str:
    keys = {finding.key for finding in urgent}
    behind = {cause.told: len(keys & set(cause.explains)) for cause in causes}
    root = max(behind, key=lambda told: behind[told], default=None)
    if root is not None and behind[root] > 1:
        return f"Begin with {root}: it is behind {behind[root]} of {len(urgent)} urgent findings"
    if len(urgent) == 1:
        return f"{urgent[0].title}: {urgent[0].subject}"
    counts = Counter(finding.severity for finding in urgent)
    said = " and ".join(f"{counts[severity]} {severity}" for severity in sorted(counts)[::-1])
    return f"Mend what is about to fail: {said}"


def _database(findings: Sequence[Finding]) -> Iterator[Recommendation]:
    """Yield the guide's lines for the database, those that have ground, and its other upkeep."""
    ours = [finding for finding in findings if finding.category == "database"]
    slow = [finding for finding in ours if finding.check in _SLOW]
    indexes = [finding for finding in ours if any(_indexing(finding))]
    full = [finding for finding in ours if finding.check == "connections_saturated"]
    cold = [finding for finding in ours if finding.check == "cache_hit_low"]
    repeated = [finding for finding in slow if any(_caching(finding))]
    upkeep = [finding for finding in ours if finding.severity == Severity.MEDIUM]
    upkeep = [finding for finding in upkeep if finding not in [*slow, *indexes, *full, *cold]]
    parts = (
        (slow, "slow statement", "slow statements", _explaining),
        (indexes, "missing index", "missing indexes", _indexing),
        (full, "full pool", "full pools", _pooling),
        (cold, "cold cache", "cold caches", _own),
        (repeated, "result worth keeping", "results worth keeping", _caching),
        (upkeep, "matter of upkeep", "matters of upkeep", _own),
    )
    concerned = _distinct(finding for part, *_ in parts for finding in part)
    if concerned:
        said = [say_count(len(part), one, many) for part, one, many, _ in parts if part]
        actions = [act for part, *_, line in parts for finding in part for act in line(finding)]
        yield Recommendation(
            "high",
            "database",
            f"Put the database in order: {', '.join(said)}",
            _listed(concerned),
            tuple(dict.fromkeys(actions)),
            _time(concerned),
            _risk(concerned),
            tuple(finding.key for finding in concerned),
        )


@dataclass(frozen=True)
class _Field:
    """A category beside the database's: what is said of it, and what lasts beyond today's cure.

    `lasting` are, by a finding's check, what keeps it from coming back; `{}` is its subject.
    """

    category: str
    priority: Priority
    title: str
    lasting: Mapping[str, str]


_APART = "Decide what works without {}: time limits, a pause after failures, something to show"
_FIELDS = (
    _Field(
        "application",
        "high",
        "Put the application in order",
        {
            "response_time_high": "Trace where the time of {} goes, and give each route a budget",
            "error_rate_high": "Let nothing of {} fail unseen: send its errors to fettle "
            "(fettle key create --kind errors)",
            "memory_growing": "Keep heap profiles of {}, from before and after each release",
            "memory_high": "Let {} hold no more than it is given: bound its caches and its workers",
            "restarts_frequent": "Keep the last words of {}: its log must outlive it",
            "objective_burning": "Agree on what waits while the budget of {} is used up",
            "pool_saturated": "Give {} a time limit for waiting, so that it fails early and little",
            "queue_growing": "Watch how long the first of {} waits, not only how many do",
            "site_down": "Run a second instance of {}: one answers while the other does not",
            "site_errors": "Ask {} after each deploy, and take the deploy back when it answers so",
            "site_slow": "Give {} a budget of time, and measure it at each release",
        },
    ),
    _Field(
        "infrastructure",
        "medium",
        "Put in order what it runs on",
        {
            "exporter_failing": "Let somebody be told when {} goes silent",
            "file_descriptors_low": "Set the limit of {} where it is started, and watch it",
            "cpu_saturated": "Know how much work {} can take: measure it before it is needed",
            "disk_full": "Decide what of {} is let go of, and when",
            "disk_slow": "Keep what is written all the time off {}",
            "certificate_expiring": "Let {} be renewed by itself, and watched by somebody else",
            "certificate_untrusted": "Let the certificate of {} come by ACME, chain and all",
            "domain_expiring": "Let {} be renewed by itself, and say who is told when it is not",
            "name_lookup_failing": "Keep the records of {} with two who serve them, and in version "
            "control",
            "name_lookup_slow": "Let machines that look up {} keep what they were told",
            "cdn_hit_rate_low": "Say of each answer of {} how long it may be kept",
            "edge_function_slow": "Give {} a budget of time, and measure it at each release",
            "edge_function_failing": "Let nothing of {} fail unseen: keep its log where errors are "
            "looked for",
        },
    ),
    _Field(
        "external",
        "medium",
        "Be ready for what others run to fail",
        {
            "dependency_unavailable": _APART,
            "dependency_slow": _APART,
            "dependency_troubled": _APART,
            "allowance_low": "Let {} be asked through one place that knows its limits",
        },
    ),
)
_ORDER = ("immediate", "high", "medium", "low")


def _field(findings: Sequence[Finding], field: _Field) -> Iterator[Recommendation]:
    """Yield what a category's findings ask for; what is low waits for the upkeep."""
    ours = [
        finding
        for finding in findings
        if finding.category == field.category and finding.severity >= Severity.MEDIUM
    ]
    if ours:
        kinds = Counter(finding.title or finding.check for finding in ours)
        said = ", ".join(
            f"{_small(kind)} ({n})" if n > 1 else _small(kind) for kind, n in kinds.items()
        )
        lasting = (
            field.lasting[finding.check].format(finding.subject)
            for finding in ours
            if finding.check in field.lasting
        )
        actions = [*(act for finding in ours for act in _own(finding)), *lasting]
        yield Recommendation(
            field.priority,
            field.category,
            f"{field.title}: {said}",
            _listed(ours),
            tuple(dict.fromkeys(actions)) or _actions(ours),
            _time(ours),
            _risk(ours),
            tuple(finding.key for finding in ours),
        )


def _small(title: str) -> str:
    """Return a title as a part of a sentence; an abbreviation stays as it is."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] == " " else title


def _explaining(finding: Finding) -> Iterator[str]:
    """Look at the plan: as the check says it, else for each statement in its evidence."""
    own = [action for action in finding.recommendations if "EXPLAIN" in action]
    yield from own
    statements = () if own else _statements(finding)
    for statement in statements:
        if _PLANNED.match(statement) and len(statement) not in _CUTS:
            yield (
                "See where its time goes (before PostgreSQL 16, write values for $1 and $2): "
                f"EXPLAIN (GENERIC_PLAN) {statement.strip().rstrip(';')};"
            )


def _indexing(finding: Finding) -> Iterator[str]:
    yield from (action for action in finding.recommendations if "CREATE INDEX" in action)


def _pooling(finding: Finding) -> Iterator[str]:
    yield (
        f"Let sessions share connections, with a pooler in transaction mode or smaller pools: "
        f"{finding.description}"
    )
    yield from _own(finding)


def _caching(finding: Finding) -> Iterator[str]:
    calls = max((finding.metrics.get(name, 0) for name in ("calls", "calls_count")), default=0)
    if calls >= _CALLED_OFTEN and any(map(_READS.match, _statements(finding))):
        yield (
            f"Keep the result for a while where it is asked for, if it may be seconds old: "
            f"{finding.subject} ({finding.description})"
        )


def _own(finding: Finding) -> Iterator[str]:
    """Do what the finding recommends, unless that is told already as what cannot wait."""
    if finding.severity < Severity.HIGH:
        yield from _actions([finding])


def _scaling(findings: Sequence[Finding], target: str) -> Iterator[Recommendation]:
    """Yield what asks for more room: what runs out, and, as the guide has it, slow answers."""
    full = [finding for finding in findings if finding.saturation]
    late = [finding for finding in findings if finding.check == _LATE]
    ours = [*full, *late]
    if not ours:
        return
    room = [f"Make room for {finding.subject}: {finding.description}" for finding in full]
    look = [_WAITS.format(finding.subject) for finding in late]
    checks = tuple(dict.fromkeys(finding.check for finding in ours))
    watch = f"Watch where it goes: {command.check_again(target, *checks)}"
    yield Recommendation(
        "medium",
        "scaling",
        f"Give room to what runs out: {_subjects(full)}"
        if full
        else f"See whether there is room enough for {_subjects(late)}",
        _listed(ours),
        tuple(dict.fromkeys([*room, *look, *(act for one in full for act in _own(one)), watch])),
        _time(ours),
        _risk(ours),
        tuple(finding.key for finding in ours),
    )


def _rest(findings: Sequence[Finding]) -> Iterator[Recommendation]:
    if findings:
        yield Recommendation(
            "low",
            "upkeep",
            f"When there is time: {say_count(len(findings), 'further finding')}",
            _listed(findings),
            _actions(findings),
            _time(findings),
            _risk(findings),
            tuple(finding.key for finding in findings),
        )


def _actions(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return what the findings themselves recommend; one that says nothing is named."""
    return tuple(
        dict.fromkeys(
            action
            for finding in findings
            for action in finding.recommendations or (f"See to {finding.subject}: {finding.title}",)
        )
    )


def _time(findings: Sequence[Finding]) -> tuple[timedelta, timedelta]:
    """Return the least and the most time: the first of each check's findings costs the most."""
    seen: set[str] = set()
    least = most = 0
    for finding in findings:
        first, further = _BY_FIX if finding.fixes else _BY_HAND
        low, high = further if finding.check in seen else first
        seen.add(finding.check)
        least, most = least + low, most + high
    return timedelta(minutes=least), timedelta(minutes=most)


def _risk(findings: Sequence[Finding]) -> str:
    """Return what happens otherwise: why the worst of the findings matter, each kind once."""
    impacts = dict.fromkeys(
        _first_sentence(finding.impact or finding.title) for finding in findings
    )
    return " ".join(list(impacts)[:3])


def _first_sentence(text: str) -> str:
    sentence = re.match(r".*?[.!?](?=\s|$)", text, re.DOTALL)
    return sentence[0] if sentence else f"{text}."


def _listed(findings: Sequence[Finding]) -> str:
    """Return a sentence that names the findings, by kind."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.title or finding.check, []).append(finding)
    return "; ".join(f"{title}: {_subjects(same)}" for title, same in kinds.items())


def _subjects(findings: Sequence[Finding]) -> str:
    names = list(dict.fromkeys(finding.subject for finding in findings))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _statements(finding: Finding) -> Iterator[str]:
    for row in finding.evidence:
        for name in ("query", "statement"):
            if isinstance(text := row.get(name), str):
                yield text


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    return list({finding.key: finding for finding in findings}.values())
