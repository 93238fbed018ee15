"""Advisories that are one vulnerability, told by several: joined by their ids and aliases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from fettle.model.update import Advisory

# Whose id a vulnerability goes by, where several have told it: those with the most to say first.
_FIRST = ("GHSA-", "PYSEC-", "MAL-", "CVE-")
_EVER = datetime.min.replace(tzinfo=UTC)


def joined(advisories: Iterable[Advisory]) -> tuple[Advisory, ...]:
    """Return each vulnerability once, in the order in which it was told first.

    Of what disagrees the cautious is taken, and said: the worst severity; withdrawn only where all
    have withdrawn it.
    """
    return tuple(_one(group) for group in _groups(advisories))


def _groups(advisories: Iterable[Advisory]) -> Iterator[list[Advisory]]:
    """Yield those that share a name, directly or by others between them."""
    group_of: dict[str, list[Advisory]] = {}
    for one in advisories:
        names = {one.id, *one.aliases}
        found = {id(group): group for name in names if (group := group_of.get(name)) is not None}
        group = next(iter(found.values()), [])
        for other in list(found.values())[1:]:
            group.extend(other)
        group.append(one)
        for member in group:
            group_of.update(dict.fromkeys({member.id, *member.aliases}, group))
    yield from {id(group): group for group in group_of.values()}.values()


def _one(group: Sequence[Advisory]) -> Advisory:
    """Return a vulnerability as its records have it together."""
    told = sorted(group, key=lambda one: one.modified_at or _EVER)
    records = list({one.id: one for one in told}.values())  # of one told twice, the newer
    if len(records) == 1:
        return records[0]
    records.sort(key=lambda one: (_place(one.id), one.id))
    standing = [one for one in records if one.withdrawn_at is None]
    first = (standing or records)[0]
    names = {name for one in records for name in (one.id, *one.aliases)}
    return replace(
        first,
        aliases=frozenset(names - {first.id}),
        summary=next((one.summary for one in records if one.summary), ""),
        severity=max((one.severity for one in standing if one.severity is not None), default=None),
        affected=tuple(affected for one in standing for affected in one.affected),
        published_at=min(filter(None, (one.published_at for one in records)), default=None),
        modified_at=max(filter(None, (one.modified_at for one in records)), default=None),
        url=next((one.url for one in (first, *records) if one.url), None),
        told_by=", ".join(sorted({one.told_by for one in records if one.told_by})),
        contradictions=tuple(_contradictions(records, standing)),
    )


def _place(id_: str) -> int:
    return next((place for place, begins in enumerate(_FIRST) if id_.startswith(begins)), 99)


def _contradictions(records: Sequence[Advisory], standing: Sequence[Advisory]) -> Iterator[str]:
    if standing and len(standing) < len(records):
        gone = ", ".join(one.id for one in records if one not in standing)
        still = ", ".join(one.id for one in standing)
        yield f"{gone} is withdrawn, and {still} is not: it is taken as standing"
    rated = {one.id: one.severity for one in standing if one.severity is not None}
    if len(set(rated.values())) > 1:
        said = ", ".join(f"{id_} {severity.label}" for id_, severity in rated.items())
        yield f"it is rated {said}: {max(rated.values()).label} is taken"
