"""The services of the settings, found in what is said of trouble."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fettle.model.service import Service, Tier
from fettle.triage.phrases import Phrases
from fettle.triage.reading import tokens

_WORST_FIRST = (Tier.CRITICAL, Tier.IMPORTANT, Tier.INTERNAL)


@dataclass(frozen=True)
class Affected:
    """The services that trouble is about.

    `named` were named, or need directly what was named and is no service itself; `behind` need
    one of those, however far.
    """

    named: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    tier: Tier | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All services; names are compared as words, in small letters, `-` and `_` as spaces."""

    services: tuple[Service, ...] = ()

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, ...], str]:
        """Every name that can stand in a text, and the thing it means."""
        names = {_words(name): name for service in self.services for name in service.depends_on}
        for service in self.services:
            names |= {_words(also): service.name for also in service.also}
        names |= {_words(service.name): service.name for service in self.services}
        return {words: name for words, name in names.items() if words}

    @cached_property
    def _phrases(self) -> Phrases[str]:
        return Phrases(self._by_name.items())

    @cached_property
    def _services(self) -> Mapping[str, Service]:
        return {service.name: service for service in self.services}

    @cached_property
    def _needed_by(self) -> Mapping[str, tuple[str, ...]]:
        needed: dict[str, tuple[str, ...]] = {}
        for service in self.services:
            for other in dict.fromkeys(service.depends_on):
                name = self._by_name.get(_words(other), other)
                needed[name] = (*needed.get(name, ()), service.name)
        return needed

    def affected(
        self, texts: Sequence[str], service: str | None = None, labels: Iterable[str] = ()
    ) -> Affected:
        """Return what a report is about: the service it names, its labels' values, its words."""
        said: dict[str, str] = {}
        if service:
            name = self._by_name.get(_words(service), service)
            said[name] = f"the source names the service {name}"
        for label in labels:
            if (labelled := self._by_name.get(_words(label))) is not None:
                said.setdefault(labelled, f"a label names {labelled}")
        if self.services:
            for text in texts:
                for _, _, (name, *_) in self._phrases.found(tokens(text)):
                    said.setdefault(name, f"the text names {name}")
        return self._affected(said)

    def needs(self, service: str) -> Iterator[str]:
        """Yield all that a service needs, directly or through others, each once; nearest first."""
        waiting = [self._by_name.get(_words(service), service)]
        seen = set(waiting)
        for name in waiting:
            known = self._services.get(name)
            for other in known.depends_on if known else ():
                need = self._by_name.get(_words(other), other)
                if need not in seen:
                    seen.add(need)
                    waiting.append(need)
                    yield need

    def _affected(self, said: Mapping[str, str]) -> Affected:
        named: dict[str, str] = {}
        for name, evidence in said.items():
            own = self._services.get(name)
            needing = () if own is not None else self._needed_by.get(name, ())
            for one in needing or (name,):
                named.setdefault(one, f"{evidence}, and {one} needs it" if needing else evidence)
        behind = tuple(self._behind(named))
        tiers = [self._services[name].tier for name in (*named, *behind) if name in self._services]
        tier = next((tier for tier in _WORST_FIRST if tier in tiers), None)
        return Affected(tuple(named), behind, tier, tuple(self._said(named, behind)))

    def _behind(self, named: Iterable[str]) -> Iterator[str]:
        seen = set(named)
        waiting = list(named)
        for name in waiting:
            for other in self._needed_by.get(name, ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
                    yield other

    def _said(self, named: Mapping[str, str], behind: Sequence[str]) -> Iterator[str]:
        for name, evidence in named.items():
            service = self._services.get(name)
            known = f" (tier {service.tier})" if service else ", which is not in the catalogue"
            yield f"{evidence}{known}"
        for name in behind:
            service = self._services[name]
            yield f"{name} (tier {service.tier}) depends on {' or '.join(self._why(name, named))}"

    def _why(self, name: str, named: Mapping[str, str]) -> list[str]:
        needs = [self._by_name.get(_words(one), one) for one in self._services[name].depends_on]
        direct = [need for need in needs if need in named]
        return direct or ["what depends on it"]


def _words(name: str) -> tuple[str, ...]:
    return tuple(tokens(name))
