"""What a shell completes beside commands and options: the ids of units."""

from collections.abc import Iterable

import click


def checks(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of checks that begin so."""
    from fettle import unit

    return _beginning(unit.checks(), incomplete)


def units(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of units that begin so."""
    from fettle import unit

    tasks = [id_.replace("-", "_") for id_ in unit.tasks()]
    others = [*unit.sources(), *unit.optimisations()]
    return _beginning([*unit.checks(), *unit.fixes(), *tasks, *others], incomplete)


def fixes(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of fixes, and the names of troubles, that begin so."""
    from fettle import unit
    from fettle.resolution.plan import troubles

    return _beginning([*unit.fixes(), *troubles(unit.fixes())], incomplete)


def _beginning(ids: Iterable[str], incomplete: str) -> list[str]:
    return [id_ for id_ in ids if id_.startswith(incomplete.replace("-", "_"))]
