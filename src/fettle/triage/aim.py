"""Which databases trouble may be about, and why; pure. The surest grounds come first.

1. Its signal names the database: in a label, or in its words.
2. It speaks of a database, or is of the class for slow ones: then those that its services need, or
   all there are where no service is known.
3. A service that it is about needs the database, unless what is wrong is a page's look, a text, or
   nothing that hurries.
"""

from collections.abc import Iterator, Sequence

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


def aims(
    case: Case, made: Classification, databases: Sequence[str], catalogue: Catalogue
) -> list[Aim]:
    """Return the databases that a case may be about, each once."""
    if not databases:
        return []
    found: dict[str, Aim] = {}
    for aim in _grounds(case, made, databases, catalogue):
        found.setdefault(aim.database, aim)
    return list(found.values())


def _grounds(
    case: Case, made: Classification, databases: Sequence[str], catalogue: Catalogue
) -> Iterator[Aim]:
    yield from _named(case, databases)
    needed = list(_needed(made.services, databases, catalogue))
    if made.class_ == policy.DATABASE_SLOW or _speaks_of_one(case):
        why = "it speaks of a database"
        yield from (Aim(aim.database, f"{why}, and {aim.why}") for aim in needed)
        if not needed:
            yield from (Aim(name, f"{why}, and names none") for name in databases)
    elif made.class_ not in _ELSEWHERE and made.severity >= Severity.MEDIUM:
        yield from needed


def _named(case: Case, databases: Sequence[str]) -> Iterator[Aim]:
    by_words = {tuple(tokens(name)): name for name in databases}
    for label, value in case.labels.items():
        if (name := by_words.get(tuple(tokens(value)))) is not None:
            yield Aim(name, f"the label {label} names {name}")
    phrases = Phrases((words, name) for words, name in by_words.items() if words)
    for text in case.texts:
        for _, _, (name, *_) in phrases.found(tokens(text)):
            yield Aim(name, f"the text names {name}")


def _speaks_of_one(case: Case) -> bool:
    reading = merged([read(text) for text in case.texts])
    return reading.has(Sign.DATABASE) or reading.has(Sign.QUEUED)


def _needed(
    services: Sequence[str], databases: Sequence[str], catalogue: Catalogue
) -> Iterator[Aim]:
    """Yield the databases that services need, of themselves or through others."""
    by_words = {tuple(tokens(name)): name for name in databases}
    for service in services:
        for need in catalogue.needs(service):
            if (name := by_words.get(tuple(tokens(need)))) is not None:
                yield Aim(name, f"{service} needs {name}")
