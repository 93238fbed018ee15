"""What of all that is newer is taken, by whom it was decided so: pure, and said in words.

An update that closes an advisory need not have been out for long, and may be of a higher level.
Pins, ignores and windows hold it like any other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase

from fettle.errors import UnreadableVersion
from fettle.model.quantity import say_duration
from fettle.model.update import Advisory, Ecosystem, Level, Package
from fettle.model.window import Window
from fettle.updates.versions import versions_of

_RANKS = {Level.DIGEST: 0, Level.PATCH: 0, Level.OTHER: 1, Level.MINOR: 1, Level.MAJOR: 2}
_SEPARATORS = re.compile(r"[-_.]+")
_ONLY_IN = "it is taken only in "
# Whose registries tell when a version came out; of the rest nobody waits for what is never told.
_DATED = (Ecosystem.PYPI, Ecosystem.NPM)


@dataclass(frozen=True)
class Terms:
    """On what terms updates of a package are taken; `windows` are names, `versions` is a pin."""

    level: Level = Level.MINOR
    security_level: Level = Level.MAJOR
    age: timedelta = timedelta(days=7)
    versions: str | None = None
    group: str = ""
    windows: tuple[str, ...] = ()
    prereleases: bool = False


@dataclass(frozen=True)
class Rule:
    """What is different for some packages; None leaves it as it is."""

    packages: tuple[str, ...]
    ecosystem: Ecosystem | None = None
    level: Level | None = None
    security_level: Level | None = None
    age: timedelta | None = None
    versions: str | None = None
    group: str | None = None
    windows: tuple[str, ...] | None = None
    prereleases: bool | None = None

    def fits(self, package: Package) -> bool:
        """Whether it is about a package."""
        if self.ecosystem not in (None, package.ecosystem):
            return False
        return any(_is_named(package, pattern) for pattern in self.packages)


@dataclass(frozen=True)
class Ignore:
    """What is accepted: versions of a package, or one advisory; and until when."""

    reason: str
    package: str = "*"
    advisory: str | None = None
    versions: str | None = None
    until: date | None = None

    def covers(self, package: Package, version: str, today: date) -> bool:
        """Whether an offered version of a package is not to be taken.

        What accepts an advisory keeps no version out: it is only no reason to take one.
        """
        if self.advisory is not None or not self._stands(package, today):
            return False
        return self.versions is None or is_in(package, version, self.versions)

    def accepts(self, package: Package, advisory: Advisory, today: date) -> bool:
        """Whether an advisory is accepted as it is, for a package."""
        names = {advisory.id, *advisory.aliases}
        return self.advisory in names and self._stands(package, today)

    def _stands(self, package: Package, today: date) -> bool:
        lapsed = self.until is not None and today > self.until
        return not lapsed and _is_named(package, self.package)

    @property
    def said(self) -> str:
        """Why, and until when."""
        until = "" if self.until is None else f" (until {self.until:%Y-%m-%d})"
        return f"{self.reason}{until}"


@dataclass(frozen=True)
class Policy:
    """On what terms updates are taken; of several rules that fit, the last that sets it."""

    terms: Terms = Terms()
    rules: tuple[Rule, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)

    def terms_of(self, package: Package) -> Terms:
        """Return the terms of a package."""
        settled = {name: getattr(self.terms, name) for name in Terms.__dataclass_fields__}
        for rule in self.rules:
            if rule.fits(package):
                told = {name: getattr(rule, name) for name in settled}
                settled |= {name: value for name, value in told.items() if value is not None}
        return Terms(**settled)


@dataclass(frozen=True)
class Change:
    """A version that comes with a change of a lock; `before` is None where it is new there.

    `closes` are the advisories that it closes and nobody has accepted.
    """

    package: Package
    before: str | None
    after: str
    released_at: datetime | None = None
    closes: tuple[Advisory, ...] = ()


def held(change: Change, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return each reason not to take a change now; none where it is worth taking."""
    terms = policy.terms_of(change.package)
    reasons = [
        _pinned(change, terms),
        *_ignored(change, policy, now.date()),
        _too_high(change, terms),
        _too_young(change, terms, now),
        _closed(terms, policy, now),
    ]
    return tuple(reason for reason in reasons if reason)


def closed(package: Package, policy: Policy, now: datetime) -> str | None:
    """Return that none of the windows of a package is open now; None where one is, or any time."""
    return _closed(policy.terms_of(package), policy, now)


def waits_for_window(reason: str) -> bool:
    """Whether that is all that holds an update: that none of its windows was open."""
    return reason.startswith(_ONLY_IN)


def young(changes: Sequence[Change], policy: Policy, now: datetime) -> tuple[str, ...]:
    """Return what of a whole change of a lock has not been out for long enough.

    What only comes along is judged like what is asked for. One that closes an advisory need not
    wait; what it brings along must.
    """
    said = (
        (one, _too_young(one, policy.terms_of(one.package), now))
        for one in changes
        if one.before != one.after
    )
    return tuple(f"{one.package.name} {one.after}: {reason}" for one, reason in said if reason)


def accepted(package: Package, advisory: Advisory, policy: Policy, today: date) -> str | None:
    """Return why an advisory is accepted for a package; None where it is not."""
    found = (one.said for one in policy.ignores if one.accepts(package, advisory, today))
    return next(found, None)


def is_in(package: Package, version: str, range_: str) -> bool:
    """Whether a version is in a range; what cannot be read is in none."""
    try:
        return versions_of(package.ecosystem).inside(version, range_)
    except UnreadableVersion:
        return False


def is_out(package: Package, version: str, range_: str) -> bool:
    """Whether a range keeps a version out; what cannot be read (`latest`) keeps none out."""
    try:
        return not versions_of(package.ecosystem).inside(version, range_)
    except UnreadableVersion:
        return False


def _is_named(package: Package, pattern: str) -> bool:
    """Whether a pattern names a package, written as its ecosystem lets one write it.

    A name of Python's is the same with any case and separator; a Debian one may have a machine's
    kind behind it (`libc6:i386`).
    """
    name = package.name
    if package.ecosystem is Ecosystem.PYPI:
        pattern = _SEPARATORS.sub("-", pattern).lower()
    elif package.ecosystem is Ecosystem.DEB and ":" not in pattern:
        name = name.partition(":")[0]
    return fnmatchcase(name, pattern)


def _pinned(change: Change, terms: Terms) -> str | None:
    if terms.versions is None or is_in(change.package, change.after, terms.versions):
        return None
    return f"it is pinned to {terms.versions}"


def _ignored(change: Change, policy: Policy, today: date) -> list[str]:
    return [
        f"it is ignored: {one.said}"
        for one in policy.ignores
        if one.covers(change.package, change.after, today)
    ]


def _too_high(change: Change, terms: Terms) -> str | None:
    # What a distribution changes within a release is its own decision, and has other levels.
    if change.before is None or change.package.ecosystem is Ecosystem.DEB:
        return None
    try:
        level = versions_of(change.package.ecosystem).level(change.before, change.after)
    except UnreadableVersion as error:
        return f"what it changes is not known: {error.reason}"
    highest = terms.security_level if change.closes else terms.level
    if _RANKS[level] <= _RANKS[highest]:
        return None
    return f"it is a {level.value} update, and {highest.value} ones are taken"


def _too_young(change: Change, terms: Terms, now: datetime) -> str | None:
    if change.closes or not terms.age:
        return None
    if change.released_at is None:
        if change.package.ecosystem not in _DATED:
            return None
        return f"when it came out is not told, and it must be {say_duration(terms.age)} old"
    age = now - change.released_at
    if age >= terms.age:
        return None
    return f"it is {say_duration(max(age, timedelta()))} old, of {say_duration(terms.age)}"


def _closed(terms: Terms, policy: Policy, now: datetime) -> str | None:
    """Return that none of its windows is open now."""
    windows = [policy.windows[name] for name in terms.windows]
    openings = [window.open_at(now) for window in windows]
    if not windows or any(one is not None and now < one.cutoff for one in openings):
        return None
    named = ", ".join(terms.windows)
    return f"{_ONLY_IN}{named}, which is not open now"
