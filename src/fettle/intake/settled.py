"""What the settings say about intake."""

from collections.abc import Callable

from fettle.intake.mapping import HookOptions, Template
from fettle.settings import Settings
from fettle.settings.server import HookSettings


def options_of(settings: Settings) -> Callable[[str], HookOptions]:
    """Return what gives the options of a hook by its name; those of nobody for an unknown one."""
    known = {one.name: _options(one) for one in settings.hook}
    nothing = HookOptions()
    return lambda name: known.get(name, nothing)


def _options(hook: HookSettings) -> HookOptions:
    given = hook.template.model_dump(exclude_none=True)
    severities = {word.casefold(): severity for word, severity in hook.severities.items()}
    return HookOptions(hook.service, hook.labels, severities, Template(**given))
