"""What the settings say about intake."""

from collections.abc import Callable

from fettle.errors import BadSettings
from fettle.intake import network
from fettle.intake.errors.rules import GroupingRules, GroupRule
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.errors.terms import Terms, TermsFor
from fettle.intake.hear import Limits
from fettle.intake.hush import Inhibition, Muting
from fettle.intake.mapping import HookOptions, Template
from fettle.model.silence import Matcher
from fettle.settings import Settings
from fettle.settings.application_errors import GroupRuleSettings
from fettle.settings.server import HookSettings, InhibitSettings
from fettle.settings.windows import WindowSettings


def options_of(settings: Settings) -> Callable[[str], HookOptions]:
    """Return what gives the options of a hook by its name; those of nobody for an unknown one."""
    known = {one.name: _options(one) for one in settings.hook}
    nothing = HookOptions()
    return lambda name: known.get(name, nothing)


def limits_of(settings: Settings) -> Limits:
    """Return what counts as flapping, and as late."""
    given = settings.intake
    return Limits(given.flapping, given.flapping_within, given.calm, given.reopen_within)


def mutings_of(settings: Settings) -> tuple[Muting, ...]:
    """Return the windows in which alerts open no issues; raises BadSettings."""
    return tuple(map(_muting, settings.window))


def inhibitions_of(settings: Settings) -> tuple[Inhibition, ...]:
    """Return the rules by which an alert makes others no news; raises BadSettings.

    The last one is our own, where so much is watched that it can hold.
    """
    own = tuple(_inhibition(place, one) for place, one in enumerate(settings.inhibit, 1))
    many = len(settings.database) + len(settings.outside) >= network.FEWEST
    return (*own, network.INHIBITION) if many else own


def grouping_of(settings: Settings) -> GroupingRules:
    """Return a team's own rules of what errors are one bug; raises BadSettings."""
    rules = settings.errors.group
    return GroupingRules(tuple(_group_rule(place, one) for place, one in enumerate(rules, 1)))


def terms_of(settings: Settings) -> TermsFor:
    """Return what gives the terms on which an application's errors are taken."""
    errors = settings.errors
    usual = Terms(Scrubbing(errors.scrub, errors.scrub_names), errors.rate, errors.burst)
    own = {
        one.name: Terms(
            Scrubbing((*errors.scrub, *one.scrub), (*errors.scrub_names, *one.scrub_names)),
            one.rate or errors.rate,
            one.burst or errors.burst,
        )
        for one in errors.project
    }

    def of(*names: str) -> Terms:
        return next((own[name] for name in names if name in own), usual)

    return of


def _muting(given: WindowSettings) -> Muting:
    try:
        window = given.window()
    except ValueError as error:
        raise BadSettings(f"[[window]] {given.name}: {error}") from None
    return Muting(given.name, window, frozenset(given.services))


def _inhibition(place: int, given: InhibitSettings) -> Inhibition:
    try:
        when, mute = (tuple(map(Matcher.parse, one)) for one in (given.when, given.mute))
    except ValueError as error:
        raise BadSettings(
            f"[[inhibit]] {place}: {error}", remedy='write them like "alertname=DatabaseDown"'
        ) from None
    return Inhibition(when, mute, given.equal)


def _group_rule(place: int, given: GroupRuleSettings) -> GroupRule:
    try:
        when = tuple(map(Matcher.parse, given.when))
    except ValueError as error:
        raise BadSettings(
            f"[[errors.group]] {place}: {error}", remedy='write them like "type=ConnectionError"'
        ) from None
    return GroupRule(when, given.fingerprint, given.title)


def _options(hook: HookSettings) -> HookOptions:
    given = hook.template.model_dump(exclude_none=True)
    severities = {word.casefold(): severity for word, severity in hook.severities.items()}
    return HookOptions(hook.service, hook.labels, severities, Template(**given), hook.signed)
