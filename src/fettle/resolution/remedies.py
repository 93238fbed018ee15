"""A team's remedies: which of them may cure an error, how far each may go, and what it would do.

Pure. What is filled into an address or a body is a number, an id, or a name of the settings, each
escaped for where it stands; nothing that came from outside ever is.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from fettle.errors import BadSettings, NotFound
from fettle.model.known_error import Catalogue
from fettle.model.quantity import say_share
from fettle.model.remedy import Call, Mode, Record, Remedy, RemedyKind
from fettle.resolution import catalogue
from fettle.resolution.guards import Limits
from fettle.resolution.recognise import Recogniser
from fettle.resolution.record import is_proven, wilson
from fettle.settings import Settings
from fettle.settings.solving import RemedySettings

_PLACEHOLDER: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_UNRESERVED: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986, 2.3
)


@dataclass(frozen=True)
class Known:
    """What the names in a remedy's settings may mean."""

    errors: Collection[str]
    fixes: Collection[str]
    checks: Collection[str]


def limits_of(settings: Settings) -> Limits:
    """Return how much is done at most."""
    given = settings.solving
    return Limits(given.most_an_hour, given.most_a_day, given.failures, given.pause, given.proof)


def remedies_of(settings: Settings, known: Known) -> tuple[Remedy, ...]:
    """Return the remedies of the settings; raises BadSettings for names that mean nothing."""
    databases = [one.name for one in settings.database]
    for given in settings.remedy:
        for wrong in _wrong(given, known, databases):
            raise BadSettings(f"[[remedy]] {given.name}: {wrong}")
    return tuple(map(_remedy, settings.remedy))


def _wrong(given: RemedySettings, known: Known, databases: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the names of a remedy."""
    for error in given.for_:
        if _plain(error) not in known.errors:
            yield f"for: no known error is called {error}; it is written first, as a file or a page"
    if given.fix is not None and _plain(given.fix) not in known.fixes:
        yield f"fix: no fix is called {given.fix}"
    if given.kind is RemedyKind.FIX and given.target not in databases:
        yield f"target: no [[database]] is called {given.target}"
    if given.check is None:
        return
    if _plain(given.check) not in known.checks:
        yield f"check: no check is called {given.check}"
    if (given.database or given.target) not in databases:
        yield f"database: no [[database]] is called {given.database or given.target}"


def _plain(id_: str) -> str:
    return id_.replace("-", "_")


def _remedy(given: RemedySettings) -> Remedy:
    does = undo = None
    if given.url is not None:
        does = Call(given.method, given.url, given.body, given.token, given.secret)
    if given.undo is not None:
        taken_back = given.undo
        undo = Call(taken_back.method, taken_back.url, taken_back.body, given.token, given.secret)
    return Remedy(
        given.name,
        given.kind,
        tuple(map(_plain, given.for_)),
        given.target,
        given.mode,
        given.cooldown,
        given.stays_away,
        given.settles,
        does=does,
        fix=None if given.fix is None else _plain(given.fix),
        undo=undo,
        probe=given.probe,
        check=None if given.check is None else _plain(given.check),
        database=(given.database or given.target) if given.check else None,
    )


def fitting(remedies: Sequence[Remedy], error: str, touched: Collection[str]) -> list[Remedy]:
    """Return the remedies for an error of something that touches these services and databases."""
    return [one for one in remedies if error in one.known and one.target in touched]


@dataclass(frozen=True)
class May:
    """How far a remedy may go by itself, and why no further than that."""

    mode: Mode
    why: str


def may_go(remedy: Remedy, record: Record, limits: Limits) -> May:
    """Return how far a remedy may go; an automatic one of little proof waits for a yes."""
    if remedy.mode is not Mode.AUTOMATIC:
        return May(remedy.mode, f"its mode is {remedy.mode}")
    told = f"{record.resolved} of {record.attempts} helped"
    low = wilson(record)[0] if record.attempts else 0.0
    if is_proven(record, limits.proof):
        return May(Mode.AUTOMATIC, f"{told}, at least {say_share(low)} by the Wilson interval")
    return May(
        Mode.APPROVE,
        f"it is automatic, and waits for a yes until enough is proven: {told}, which proves "
        f"{say_share(low)}, and {say_share(limits.proof)} it takes",
    )


@cache
def _shipped() -> Recogniser:
    return Recogniser(catalogue.shipped())


async def _nothing_written() -> None:
    """Look for nothing: where nobody writes, what is shipped is all."""


@dataclass(frozen=True)
class Cures:
    """What is known of errors, and what may be done about them.

    `read` returns what recognises them, which is another one once people wrote of others; after
    `look` it knows all that was kept before.
    """

    read: Callable[[], Recogniser] = _shipped
    remedies: tuple[Remedy, ...] = ()
    limits: Limits = field(default_factory=Limits)
    look: Callable[[], Awaitable[None]] = _nothing_written

    @property
    def known(self) -> Catalogue:
        """The known errors."""
        return self.read().catalogue

    def named(self, name: str) -> Remedy | None:
        """Return the remedy of that name; None where the settings have none."""
        return next((one for one in self.remedies if _plain(one.name) == _plain(name)), None)

    def remedy(self, name: str) -> Remedy:
        """Return the remedy of that name; raises NotFound."""
        if (found := self.named(name)) is not None:
            return found
        names = ", ".join(one.name for one in self.remedies)
        raise NotFound(
            f"no [[remedy]] is called {name}",
            remedy=f"one of {names}" if names else "write one into fettle.toml",
        )


# What it would do


def rendered(call: Call, given: Mapping[str, str]) -> Call:
    """Return a call with what its placeholders mean."""
    return replace(
        call,
        url=_with(call.url, given, _in_address),
        body=None if call.body is None else _with(call.body, given, _in_json),
    )


def shown(remedy: Remedy) -> str:
    """Return what a remedy does, as people may read it: of an address its host alone."""
    if remedy.does is None:
        return f"{remedy.fix} on {remedy.target}, planned and applied"
    return shown_call(remedy.does)


def shown_call(call: Call) -> str:
    """Return a call without what may be a secret."""
    scheme, _, rest = call.url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{call.method} {scheme}://{host}/…"


def _with(text: str, given: Mapping[str, str], escape: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: escape(given.get(found[1], "")), text)


def _in_address(value: str) -> str:
    return "".join(
        one if one in _UNRESERVED else "".join(f"%{byte:02X}" for byte in one.encode())
        for one in value
    )


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]
