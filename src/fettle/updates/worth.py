"""Which updates there are, of what is in use, on offer and known of it; and what holds each.

Of something that advisories are about there is one update: the smallest version that closes them.
An advisory that somebody has accepted is no reason to take one. Of the rest there is the newest
that nothing holds, and what is newer and of a higher level, with what holds it. What no version
closes is no update (updates.weaknesses).
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from fettle.errors import UnreadableVersion
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Installed,
    Level,
    Offers,
    Package,
    Release,
    Update,
    UpdateType,
    security_first,
)
from fettle.updates import lifecycles
from fettle.updates.advisories import joined, verdict
from fettle.updates.ancestors import Tree, Way
from fettle.updates.candidates import candidates, is_newer, release_of, until_newest
from fettle.updates.confidence import Step, confidence
from fettle.updates.history import Here
from fettle.updates.policy import Change, Policy, accepted, held, is_in, is_out
from fettle.updates.quarantine import why_held
from fettle.updates.versions import in_order, versions_of

_NO_SIGN = re.compile(r"[^A-Za-z0-9.]+")


def updates_of(
    installed: Sequence[Installed],
    offers: Mapping[Package, Offers],
    advisories: Sequence[Advisory],
    policy: Policy,
    now: datetime,
    here: Here | None = None,
) -> tuple[Update, ...]:
    """Return the updates, security first; each once, however often it is in one place.

    `here` is how others went here.
    """
    about: dict[Package, list[Advisory]] = {}
    for advisory in joined(advisories):
        for package in dict.fromkeys(affected.package for affected in advisory.affected):
            about.setdefault(package, []).append(advisory)
    known = _Known(offers, about, policy, now, Tree(installed, offers), here or Here())
    found: dict[str, Update] = {}
    for one in installed:
        if one.origin == "registry":
            for update in _Judged(one, known).updates():
                found[update.id] = _together(found.get(update.id), update)
    return tuple(security_first(list(found.values())))


@dataclass(frozen=True)
class _Known:
    """What is known besides what is in use."""

    offers: Mapping[Package, Offers]
    about: Mapping[Package, Sequence[Advisory]]
    policy: Policy
    now: datetime
    tree: Tree
    here: Here


@dataclass
class _Judged:
    """One thing that is in use, judged by all that is known."""

    one: Installed
    known: _Known
    says: list[str] = field(default_factory=list)
    _left_by: dict[str, set[str]] = field(default_factory=dict)

    def updates(self) -> Iterator[Update]:
        """Yield its updates."""
        one, known = self.one, self.known
        if not versions_of(one.package.ecosystem).is_readable(one.version):
            return
        offered = known.offers.get(one.package)
        terms = known.policy.terms_of(one.package)
        found = () if offered is None else candidates(one, offered, terms)
        closing = self._closing(found, offered)
        if closing is not None:
            yield closing
        elif offered is not None:
            yield from self._newer(until_newest(one, offered, found), offered)

    @cached_property
    def _here(self) -> list[Advisory]:
        """What affects it now."""
        return self._affecting(self.one.version)[0]

    @cached_property
    def _accepted(self) -> set[str]:
        """The ids of what is known of its package, and is accepted as it is."""
        policy, today = self.known.policy, self.known.now.date()
        about = self.known.about.get(self.one.package, ())
        return {
            each.id for each in about if accepted(self.one.package, each, policy, today) is not None
        }

    def _affecting(self, version: str) -> tuple[list[Advisory], set[str]]:
        """Return what affects a version, and the ids of what may, which cannot be judged."""
        affecting, unjudged = [], set()
        for advisory in self.known.about.get(self.one.package, ()):
            judged = verdict(advisory, self.one.package, version)
            if judged.affected is None:
                unjudged.add(advisory.id)
            elif judged.affected:
                affecting.append(judged.told_with(advisory))
        return affecting, unjudged

    def _left(self, release: Release) -> set[str]:
        """Return the ids of what affects a release, and of what may: it closes neither."""
        if release.version not in self._left_by:
            affected, unjudged = self._affecting(release.version)
            self._left_by[release.version] = unjudged | {one.id for one in affected}
        return self._left_by[release.version]

    def _closing(self, found: Sequence[Release], offered: Offers | None) -> Update | None:
        """Return the smallest version that closes as much as can be closed; None for nothing."""
        here = {each.id for each in self._here} - self._accepted
        if not here:
            return None
        if offered is None:
            found = list(self._named_by(self._here))
        best: tuple[int, bool, Release] | None = None
        for release in found:
            left = self._left(release) - self._accepted
            if here <= left:
                continue
            place = len(left), bool(self._held(release, here - left)), release
            if best is None or place[:2] < best[:2]:
                best = place
            if best[:2] == (0, False):
                break
        return None if best is None else self._update(best[2], offered)

    def _named_by(self, affecting: Sequence[Advisory]) -> Iterator[Release]:
        """Yield the versions that advisories have fixed: nobody tells what is on offer."""
        fixed = {
            version
            for advisory in affecting
            for affected in advisory.affected
            if affected.package == self.one.package
            for range_ in affected.ranges
            for kind, version in range_
            if kind == "fixed"
        }
        rules = versions_of(self.one.package.ecosystem)
        self.says.append("what is on offer is not known: it is what the advisory names")
        for version in in_order(rules, fixed):
            if is_newer(rules, self.one.version, version):
                yield Release(version)

    def _newer(self, found: Sequence[Release], offered: Offers) -> Iterator[Update]:
        """Yield the newest that nothing holds; and what is newer, and held, where that is more.

        One that is held since it was worse here alone is told as well: it would be taken else.
        """
        digests = [each for each in found if self._level(each) is Level.DIGEST]
        yield from (self._update(each, offered) for each in digests)
        # digests are the first: no later than what is in use
        free, beyond, worse = self._newest(found[len(digests) :])
        if free is not None:
            if beyond is not None:
                said = ", ".join(self._held(beyond))
                self.says.append(f"{beyond.version} is newer, and is held: {said}")
            yield self._update(free, offered)
        if beyond is not None and (
            free is None or (self.one.direct and self._level(beyond) is not self._level(free))
        ):
            self.says.clear()
            yield self._update(beyond, offered)
        if worse is not None:
            self.says.clear()
            yield self._update(worse, offered)

    def _newest(
        self, found: Sequence[Release]
    ) -> tuple[Release | None, Release | None, Release | None]:
        """Return the newest that nothing holds; of those after it the newest that is held.

        And the newest that is held for nothing but that it was worse here.
        """
        beyond = worse = None
        for each in reversed(found):
            if not self._is_open(each):
                continue
            if not (reasons := self._held(each)):
                return each, beyond, worse
            if reasons == self._quarantined(each):
                worse = worse or each
            else:
                beyond = beyond or each
        return None, beyond, worse

    def _is_open(self, release: Release) -> bool:
        """Whether those who ask for it let a version in, and it has no advisory that is new."""
        known = {one.id for one in self._here} | self._accepted
        return self._fits_others(release) and self._left(release) <= known

    def _fits_others(self, release: Release) -> bool:
        """Whether those who ask for it let a version in, as far as that is known."""
        if self.one.direct:
            return True
        ranges = (range_ for _, range_ in self.known.tree.ranges(self.one))
        return not any(is_out(self.one.package, release.version, one) for one in ranges if one)

    def _held(self, release: Release, closes: Collection[str] = ()) -> tuple[str, ...]:
        one = self.one
        closed = tuple(each for each in self._here if each.id in closes)
        change = Change(one.package, one.version, release.version, release.released_at, closed)
        return (*held(change, self.known.policy, self.known.now), *self._quarantined(release))

    def _quarantined(self, release: Release) -> tuple[str, ...]:
        """Return why it is held since it was worse here."""
        one = self.one
        return why_held(self.known.here.quarantined, one.package, release.version, one.where)

    def _level(self, release: Release) -> Level:
        try:
            rules = versions_of(self.one.package.ecosystem)
            return rules.level(self.one.version, release.version)
        except UnreadableVersion:
            return Level.OTHER

    def _update(self, release: Release, offered: Offers | None) -> Update:
        one, known = self.one, self.known
        left = self._left(release)
        closes = [each for each in self._here if each.id not in left]
        urgent = {each.id for each in closes} - self._accepted
        step = Step(
            one.package.ecosystem,
            one.version,
            release,
            self._level(release),
            release_of(one.version, offered),
        )
        sure, grounds = confidence(step, known.now, known.here.tried.get(one.package))
        way = Way() if one.direct or not urgent else known.tree.way(one, release.version)
        return Update(
            id_of(one, release.version),
            one.package,
            one.where,
            one.version,
            release.version,
            UpdateType.SECURITY if urgent else UpdateType.REGULAR,
            step.level,
            release.released_at,
            tuple(closes),
            way.raises,
            known.policy.terms_of(one.package).group,
            self._held(release, urgent),
            sure,
            (*grounds, *self._odd(release, way), *self.says),
            None if offered is None else offered.notes_url or offered.source_url,
        )

    def _odd(self, release: Release, way: Way) -> Iterator[str]:
        """Yield what there is to know before it is taken."""
        one, today = self.one, self.known.now.date()
        if told := lifecycles.kept_up(one.package.ecosystem, one.version, today):
            yield told
        asks = one.asks
        if one.direct and asks and not asks.startswith("="):
            inside = is_in(one.package, release.version, asks)
            if not inside:
                yield f"the project asks for {asks}, which has to be raised"
        if way.says:
            yield f"whether an ancestor is to be raised is not known: {'; '.join(way.says)}"


def id_of(one: Installed, version: str) -> str:
    """Return what an update is called by: the same for its place, its package and its version."""
    parts = (one.where, one.package.ecosystem.value, one.package.name, version)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    plain = version.partition(":")[0] if one.package.ecosystem is not Ecosystem.DEB else version
    name = _NO_SIGN.sub("-", f"{one.package.name}-{plain.partition('@')[0]}").strip("-")
    return f"{name[:60]}-{digest}"


def _together(one: Update | None, other: Update) -> Update:
    """Join what is in use in one place in two versions, and to be raised to one: as the older."""
    if one is None:
        return other
    rules = versions_of(one.package.ecosystem)
    first, second = (one, other) if rules.order(one.current, other.current) <= 0 else (other, one)
    return replace(
        first,
        type=UpdateType.SECURITY
        if UpdateType.SECURITY in (one.type, other.type)
        else UpdateType.REGULAR,
        advisories=tuple(
            {each.id: each for each in (*first.advisories, *second.advisories)}.values()
        ),
        through=tuple(dict.fromkeys((*first.through, *second.through))),
        held=tuple(dict.fromkeys((*first.held, *second.held))),
        grounds=tuple(dict.fromkeys((*first.grounds, *second.grounds))),
    )
