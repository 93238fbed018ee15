"""The policy of updates, as the settings have it."""

from fettle.errors import BadSettings
from fettle.model.update import Level
from fettle.settings import Settings
from fettle.settings.updates import UpdateIgnoreSettings, UpdateRuleSettings
from fettle.updates.policy import Ignore, Policy, Rule, Terms


def policy_of(settings: Settings) -> Policy:
    """Return the policy; raises BadSettings for a window that is none."""
    given = settings.updates
    policy = Policy(
        Terms(
            Level(given.level),
            Level(given.security_level),
            given.age,
            windows=given.windows,
            prereleases=given.prereleases,
        ),
        tuple(map(_rule, given.rule)),
        tuple(map(_ignore, given.ignore)),
        {one.name: one.window() for one in settings.window},
    )
    named = {*given.windows, *(name for rule in policy.rules for name in rule.windows or ())}
    if unknown := sorted(named - set(policy.windows)):
        raise BadSettings(f"[updates] windows: there is no [[window]] called {', '.join(unknown)}")
    return policy


def _rule(given: UpdateRuleSettings) -> Rule:
    return Rule(
        given.packages,
        given.ecosystem,
        None if given.level is None else Level(given.level),
        None if given.security_level is None else Level(given.security_level),
        given.age,
        given.versions,
        given.group,
        given.windows,
        given.prereleases,
    )


def _ignore(given: UpdateIgnoreSettings) -> Ignore:
    return Ignore(given.reason, given.package, given.advisory, given.versions, given.until)
