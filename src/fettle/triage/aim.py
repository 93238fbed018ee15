"""Which targets trouble may be about, and why; pure. The surest grounds come first.

1. Its signal names the target: in a label, or in its words. What is no database is only looked at
   for its words where rule 3 would look at it, too.
2. It speaks of a database, or is of the class for slow ones: then those that its services need, or
   all there are where no service is known.
3. It is about a service that is watched, or one that needs the target, unless what is wrong is a
   page's look, a text, or nothing that hurries. What speaks of a database is not about what else
   its services need.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fettle.model.classification import Classification
from fettle.model.investigation import Aim
from fettle.model.severity import Severity
from fettle.triage import policy
from fettle.triage.case import Case
from fettle.triage.catalogue import Catalogue
from fettle.triage.phrases import Phrases
from fettle.triage.reading import merged, read, tokens
from fettle.triage.signs import Sign

_ELSEWHERE = (policy.UI_RENDERING, policy.DOCUMENTATION)


@dataclass(frozen=True)
class Sights:
    """What can be looked at, by its name: databases, and all else that is watched."""

    databases: Sequence[str] = ()
    others: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.databases or self.others)

    @cached_property
    def by_words(self) -> Mapping[tuple[str, ...], str]:
        """The names, by their words."""
        named = ((tuple(tokens(name)), name) for name in (*self.others, *self.databases))
        return {words: name for words, name in named if words}

    @cached_property
    def phrases(self) -> Phrases[str]:
        """The names, to be found in what is said."""
        return Phrases(self.by_words.items())


def aims(case: Case, made: Classification, sights: Sights, catalogue: Catalogue) -> list[Aim]:
    """Return the targets that a case may be about, each once."""
    if not sights:
        return []
    found: dict[str, Aim] = {}
    for aim in _grounds(case, made, sights, catalogue):
        found.setdefault(aim.target, aim)
    return list(found.values())


def _grounds(
    case: Case, made: Classification, sights: Sights, catalogue: Catalogue
) -> Iterator[Aim]:
    matters = made.class_ not in _ELSEWHERE and made.severity >= Severity.MEDIUM
    yield from _labelled(case, sights)
    yield from (aim for aim in _said(case, sights) if matters or aim.target in sights.databases)
    needed = list(_needed(made.services, sights, catalogue))
    slow = made.class_ == policy.DATABASE_SLOW
    of_database = bool(sights.databases) and (slow or _speaks_of_one(case))
    if of_database:
        why = "it speaks of a database"
        databases = [aim for aim in needed if aim.target in sights.databases]
        yield from (Aim(aim.target, f"{why}, and {aim.why}") for aim in databases)
        if not databases:
            yield from (Aim(name, f"{why}, and names none") for name in sights.databases)
    if matters:
        yield from _about(made.services, sights)
        if not of_database:
            yield from needed


def _labelled(case: Case, sights: Sights) -> Iterator[Aim]:
    for label, value in case.labels.items():
        if (name := sights.by_words.get(tuple(tokens(value)))) is not None:
            yield Aim(name, f"the label {label} names {name}")


def _said(case: Case, sights: Sights) -> Iterator[Aim]:
    for text in case.texts:
        for _, _, (name, *_) in sights.phrases.found(tokens(text)):
            yield Aim(name, f"the text names {name}")


def _speaks_of_one(case: Case) -> bool:
    reading = merged([read(text) for text in case.texts])
    return reading.has(Sign.DATABASE) or reading.has(Sign.QUEUED)


def _about(services: Sequence[str], sights: Sights) -> Iterator[Aim]:
    """Yield the services themselves, as far as they are watched."""
    for service in services:
        if (name := sights.by_words.get(tuple(tokens(service)))) is not None:
            yield Aim(name, f"it is about {name}")


def _needed(services: Sequence[str], sights: Sights, catalogue: Catalogue) -> Iterator[Aim]:
    """Yield what services need, of themselves or through others."""
    for service in services:
        for need in catalogue.needs(service):
            if (name := sights.by_words.get(tuple(tokens(need)))) is not None:
                yield Aim(name, f"{service} needs {name}")
