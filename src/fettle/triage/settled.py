"""What the settings say about triage."""

from fettle.errors import BadSettings
from fettle.model.classification import Priority, Sla
from fettle.model.service import Service
from fettle.settings import Settings
from fettle.settings.triage import ClassSettings
from fettle.triage import policy
from fettle.triage.case import Limits, Policy
from fettle.triage.catalogue import Catalogue
from fettle.triage.policy import IssueClass, Promise


def policy_of(settings: Settings) -> Policy:
    """Return the services, the team's own classes and the limits; raises BadSettings."""
    services = tuple(
        Service(one.name, one.tier, one.team, one.url, one.also, one.depends_on)
        for one in settings.service
    )
    given = settings.triage
    limits = Limits(given.confidence, given.many_users, given.most_users)
    return Policy(Catalogue(services), tuple(map(_class, settings.class_)), limits)


def _class(given: ClassSettings) -> IssueClass:
    if given.name in policy.FIXED:
        raise BadSettings(
            f"[[class]] {given.name}: this is one of the fixed classes",
            remedy="give it another name",
        )
    priority = given.priority or _priority(given)
    usual = policy.BY_PRIORITY[priority]
    sla = Sla(
        given.response or usual.sla.response,
        given.resolution or usual.sla.resolution,
        given.update or usual.sla.update,
        usual.sla.hours,
    )
    promise = Promise(given.escalation or usual.escalation, sla)
    return IssueClass(given.name, given.severity, priority, given.category, promise, given.match)


def _priority(given: ClassSettings) -> Priority:
    urgency = policy.urgency_of(given.severity, None)
    return policy.priority_of(policy.impact_of(given.severity), urgency)
