"""How often targets are looked at and from where, and that each has a name of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from fettle.errors import BadSettings
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import PrometheusApi
from fettle.settings import catalogue

if TYPE_CHECKING:
    from fettle.settings import Settings


def outside(settings: "Settings") -> Iterator[Target]:
    """Yield every target that is no database, with its own rhythm, label and questions."""
    said: dict[str, tuple[timedelta | None, str | None]] = {}
    said |= {one.name: (one.every, catalogue.label(one, settings)) for one in settings.service}
    said |= {one.name: (one.every, one.on) for one in settings.dependency}
    said |= {one.name: (one.every, one.on) for one in settings.prometheus}
    said |= {one.name: (one.every, one.on) for one in settings.host}
    said |= {one.name: (one.every, None) for one in settings.cdn}
    said |= {one.name: (one.every, None) for one in settings.edge}
    skipped = {one.name: one.skip for one in settings.service}
    skipped |= {one.name: one.skip for one in settings.prometheus}
    skipped |= {one.name: one.skip for one in settings.host}
    found = list(catalogue.outside(settings))
    own = set(_shared(found))
    for target in found:
        every, on = said.get(target.name, (None, None))
        if every is None and target.kind is Kind.PROMETHEUS and own & set(_asked(target)):
            every = timedelta()  # what it tells of a service is looked at with the service
        yield replace(target, every=every, on=on, skip=skipped.get(target.name, ()))


def _shared(found: Sequence[Target]) -> Iterator[str]:
    """Yield the addresses of each Prometheus that services and dependencies have for their own."""
    for target in found:
        if target.kind in (Kind.SERVICE, Kind.DEPENDENCY):
            yield from _asked(target)


def _asked(target: Target) -> Iterator[str]:
    return (point.url for point in target.watchpoints if isinstance(point, PrometheusApi))


def refuse_twins(settings: "Settings") -> None:
    """Refuse names of targets that cannot be told apart: `-` and `_` are equal.

    Raises BadSettings: people and issues call each target by its name alone.
    """
    known: dict[str, str] = {}
    kinds = [(one.name, Kind.DATABASE) for one in settings.database]
    for name, kind in [*kinds, *((one.name, one.kind) for one in settings.outside)]:
        if name.startswith("/"):
            raise BadSettings(f"[[{kind}]] {name}: a name does not begin with /")
        other = known.setdefault(name.replace("-", "_"), kind)
        if other != kind:
            raise BadSettings(
                f"[[{other}]] and [[{kind}]]: two are called {name}",
                remedy=f"give one of them another name, like {name}-{kind}",
            )
