"""Whether a version is affected by an advisory, as OSV has it; and where its records disagree.

Source: OSV schema, "Evaluation". A version is affected that one of the lists or of the ranges of a
package has; what is not to be known is never taken as not affected.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key, lru_cache

from fettle.errors import UnreadableVersion
from fettle.model.update import Advisory, Affected, Ecosystem, Package
from fettle.updates.versions import Versions, in_order, versions_of

# Of two events at one version, what begins counts last: it is affected.
_LAST = ("fixed", "limit", "introduced", "last_affected")
_BEGINNING = "0"


@dataclass(frozen=True)
class Verdict:
    """Whether a version is affected, None where that is not to be known; `says` is what is odd."""

    affected: bool | None
    says: tuple[str, ...] = ()

    def told_with(self, advisory: Advisory) -> Advisory:
        """Return what was judged with what is odd about this version among its contradictions."""
        said = dict.fromkeys((*advisory.contradictions, *self.says))
        return replace(advisory, contradictions=tuple(said)) if self.says else advisory


def verdict(advisory: Advisory, package: Package, version: str) -> Verdict:
    """Judge one version; what the advisory's records disagree in is said, and the worst taken."""
    if advisory.withdrawn_at is not None:
        return Verdict(affected=False)
    by_record: dict[str, list[Verdict]] = {}
    for one in advisory.affected:
        if one.package == package:
            by_record.setdefault(one.told_by or advisory.id, []).append(_of_one(one, version))
    judged = {record: _worst(several) for record, several in by_record.items()}
    says = [sentence for one in judged.values() for sentence in one.says]
    yes = [record for record, one in judged.items() if one.affected]
    no = [record for record, one in judged.items() if one.affected is False]
    if yes and no:
        says.append(
            f"{', '.join(yes)} has {package.name} {version} affected, and {', '.join(no)} has it "
            "not: it is taken as affected"
        )
    return Verdict(_worst(list(judged.values())).affected, tuple(dict.fromkeys(says)))


def _worst(several: Sequence[Verdict]) -> Verdict:
    """Affected before not known before not affected; nothing said of a package is the latter."""
    said = {one.affected for one in several}
    affected = True if True in said else None if None in said else False
    return Verdict(affected, tuple(sentence for one in several for sentence in one.says))


def _of_one(one: Affected, version: str) -> Verdict:
    if version in one.versions:
        return Verdict(affected=True)
    rules = versions_of(one.package.ecosystem)
    try:
        if _is_listed(one, version):
            return Verdict(affected=True)
    except UnreadableVersion as error:
        return Verdict(None, (error.reason,))
    if not one.ranges and not one.versions:
        return Verdict(None, (f"{one.told_by} tells no versions of {one.package.name}",))
    return _worst([_in_range(rules, range_, version) for range_ in one.ranges])


def _is_listed(one: Affected, version: str) -> bool:
    """Whether a version is in a list, however either writes it."""
    rules = versions_of(one.package.ecosystem)
    rules.order(version, version)
    listed, key = _listed(one.package.ecosystem, one.versions), cmp_to_key(rules.order)
    place = bisect_left(listed, key(version), key=key)
    return place < len(listed) and rules.order(listed[place], version) == 0


@lru_cache(4096)
def _listed(ecosystem: Ecosystem, versions: frozenset[str]) -> list[str]:
    return in_order(versions_of(ecosystem), versions)


def _in_range(rules: Versions, range_: Sequence[tuple[str, str]], version: str) -> Verdict:
    try:
        return Verdict(_is_in(rules, range_, version))
    except UnreadableVersion as error:
        return Verdict(None, (f"a range cannot be judged: {error.reason}",))


def _is_in(rules: Versions, range_: Sequence[tuple[str, str]], version: str) -> bool:
    limits = [at for kind, at in range_ if kind == "limit"]
    if limits and not any(at == "*" or rules.order(version, at) < 0 for at in limits):
        return False
    affected = False
    for kind, at in _in_order(rules, [one for one in range_ if one[0] != "limit"]):
        compared = 1 if (kind, at) == ("introduced", _BEGINNING) else rules.order(version, at)
        if kind == "introduced" and compared >= 0:
            affected = True
        elif (kind == "fixed" and compared >= 0) or (kind == "last_affected" and compared > 0):
            affected = False
    return affected


def _in_order(rules: Versions, events: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return events from the lowest version on, however the record has them."""

    def compared(a: tuple[str, str], b: tuple[str, str]) -> int:
        beginnings = [one == ("introduced", _BEGINNING) for one in (a, b)]
        if any(beginnings):
            return int(beginnings[1]) - int(beginnings[0])
        return rules.order(a[1], b[1]) or _LAST.index(a[0]) - _LAST.index(b[0])

    return sorted(events, key=cmp_to_key(compared))
