"""Causes: findings that one thing explains are tied together, the root first.

A finding says what it is about and what it blames, in the same words (`pid 4242`, `table
shop.orders`). A thing that is blamed explains whoever blames it, and the findings about itself. A
blamed thing that itself blames another is a link of the chain, and the chain's end is the root.
What is merely suspected counts when another finding is about it. What a service needs may explain
what was found of it, too (diagnosis.needed).
A cause is only ever stated with the evidence that led to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fettle.model.diagnosis import Cause
from fettle.model.finding import Finding

if TYPE_CHECKING:
    from fettle.diagnosis.needed import Tie

# A finding about the thing itself and one that blames it are two observations that agree; blame
# alone is one. Both are direct readings of the server's own state (pg_blocking_pids, xmin).
_SEEN_ITSELF = 0.95
_ONLY_BLAMED = 0.8


def explain(findings: Sequence[Finding], ties: "Sequence[Tie]" = ()) -> Iterator[Cause]:
    """Yield the causes, those that explain the most and the worst first."""
    blames = _edges(findings)
    roots: dict[str, list[Finding]] = {}
    tied: dict[str, list[Tie]] = {}
    for finding in findings:
        for thing in (*finding.blames, *(found for found in finding.suspects if found in blames)):
            for root in _roots(thing, blames, frozenset()):
                roots.setdefault(root, []).append(finding)
    for tie in ties:
        for root in _roots(tie.blames, blames, frozenset()):
            tied.setdefault(root, []).append(tie)
    causes = [
        _cause(root, roots.get(root, ()), tied.get(root, ()), findings)
        for root in dict.fromkeys([*roots, *tied])
    ]
    worst = {finding.key: finding.severity for finding in findings}
    causes.sort(
        key=lambda cause: (
            -max(worst[key] for key in cause.explains),
            -len(cause.explains),
            cause.subject,
        )
    )
    yield from causes


def _edges(findings: Sequence[Finding]) -> Mapping[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for finding in findings:
        for thing in finding.about:
            edges.setdefault(thing, set()).update(set(finding.blames) - {thing})
    return edges


def _roots(thing: str, blames: Mapping[str, set[str]], seen: frozenset[str]) -> set[str]:
    further = blames.get(thing, set()) - seen - {thing}
    if not further:
        return {thing}
    return set().union(*(_roots(other, blames, seen | {thing}) for other in further))


def _cause(
    root: str, blamed: Sequence[Finding], tied: "Sequence[Tie]", findings: Sequence[Finding]
) -> Cause:
    itself = [finding for finding in findings if root in finding.about]
    origins = [tie.origin for tie in tied if tie.origin is not None]
    near = [*itself, *blamed, *origins]
    explained = dict.fromkeys(one.key for one in [*near, *(tie.finding for tie in tied)])
    evidence = dict.fromkeys(
        [
            *(f"{one.subject}: {one.description}" for one in near),
            *(line for tie in tied for line in tie.evidence),
            *(f"{tie.finding.subject}: {tie.finding.description}" for tie in tied),
        ]
    )
    confidence = _SEEN_ITSELF if itself or (origins and not blamed) else _ONLY_BLAMED
    if tied:
        confidence *= max(tie.sure for tie in tied)
    named = (finding.names[root] for finding in findings if root in finding.names)
    return Cause(root, round(confidence, 2), tuple(explained), tuple(evidence), next(named, None))
