"""Causes: findings that one thing explains are tied together, the root first.

A finding says what it is about and what it blames, in the same words (`pid 4242`, `table
shop.orders`). A thing that is blamed explains whoever blames it, and the findings about itself. A
blamed thing that itself blames another is a link of the chain, and the chain's end is the root.
What is merely suspected counts when another finding is about it.
A cause is only ever stated with the evidence that led to it.
"""

from collections.abc import Iterator, Mapping, Sequence

from fettle.model.diagnosis import Cause
from fettle.model.finding import Finding

# A finding about the thing itself and one that blames it are two observations that agree; blame
# alone is one. Both are direct readings of the server's own state (pg_blocking_pids, xmin).
_SEEN_ITSELF = 0.95
_ONLY_BLAMED = 0.8


def explain(findings: Sequence[Finding]) -> Iterator[Cause]:
    """Yield the causes, those that explain the most and the worst first."""
    blames = _edges(findings)
    roots: dict[str, list[Finding]] = {}
    for finding in findings:
        for thing in (*finding.blames, *(found for found in finding.suspects if found in blames)):
            for root in _roots(thing, blames, frozenset()):
                roots.setdefault(root, []).append(finding)
    causes = [_cause(root, blamed, findings) for root, blamed in roots.items()]
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


def _cause(root: str, blamed: Sequence[Finding], findings: Sequence[Finding]) -> Cause:
    itself = [finding for finding in findings if root in finding.about]
    explained = dict.fromkeys(finding.key for finding in [*itself, *blamed])
    evidence = dict.fromkeys(
        f"{finding.subject}: {finding.description}" for finding in [*itself, *blamed]
    )
    confidence = _SEEN_ITSELF if itself else _ONLY_BLAMED
    named = (finding.names[root] for finding in findings if root in finding.names)
    return Cause(root, confidence, tuple(explained), tuple(evidence), next(named, None))
