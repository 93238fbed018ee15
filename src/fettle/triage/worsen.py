"""What an issue is once something has joined it: as bad and as urgent as the worst of it; pure.

Nobody is promised less: of two priorities the sooner one stands, with its escalation and its
promises.
"""

from dataclasses import replace

from fettle.model.classification import Classification

_MOST_SERVICES = 100


def worsened(was: Classification, joins: Classification) -> Classification:
    """Return what an issue is with something that joins it; the same where that adds nothing."""
    services = tuple(dict.fromkeys([*was.services, *joins.services]))[:_MOST_SERVICES]
    worse = joins.severity > was.severity
    as_soon = worse and joins.priority == was.priority
    sooner = joins if as_soon or joins.priority < was.priority else was
    return replace(
        joins if worse else was,
        services=services,
        priority=sooner.priority,
        escalation=sooner.escalation,
        sla=sooner.sla,
    )


def is_worse(made: Classification, than: Classification) -> bool:
    """Whether it is worse, or more urgent."""
    return made.severity > than.severity or made.priority < than.priority
