"""How visits of people to pages went: counts by the day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fettle.model.field import Beacon, Counts, added, bucket_of
from fettle.model.measurement import Profile
from fettle.store import statements
from fettle.store.pool import Pool
from fettle.store.statements import Connection, storable
from fettle.store.together import Together

REST = "*"  # the pages beyond the most that are told apart

_SIZE = 500  # bytes of a visit, about


@dataclass(frozen=True)
class Visited:
    """A visit to a page of a site, of which so many pages are told apart."""

    site: str
    most_pages: int
    day: date
    beacon: Beacon


class Visits(Together[Visited]):
    """Keeps visits: one commit, and one sync of the disk, for all that are told of at once."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, keep, lambda _: _SIZE, "visits")


def visited(site: str, most_pages: int, at: datetime, beacon: Beacon) -> Visited:
    """Return a visit as it is kept: of who it was, and at what time of the day, nothing is."""
    return Visited(site, most_pages, at.date(), beacon)


async def keep(connection: Connection, visits: Sequence[Visited]) -> None:
    """Keep visits, all or none."""
    async with connection.transaction():
        ids = await _enter(connection, visits)
        counts: dict[tuple[int, str, str, date], list[int]] = {}
        for one in visits:
            page = ids[one.site, storable(one.beacon.page)]
            for metric, value in one.beacon.figures.items():
                place = page, str(one.beacon.profile), metric, one.day
                bucket = bucket_of(metric, value)
                counts[place] = added(counts.get(place, ()), [*[0] * bucket, 1])
        rows = [
            {"page": page, "profile": profile, "metric": metric, "day": str(day), "counts": many}
            for (page, profile, metric, day), many in counts.items()
        ]
        await statements.run(connection, "field/add", added=statements.json(rows))


async def _enter(
    connection: Connection, visits: Sequence[Visited]
) -> Mapping[tuple[str, str], int]:
    """Return the ids of the pages that visits were to, those beyond the most all the same one."""
    pages: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in visits:
        pages[one.site, one.most_pages].add(storable(one.beacon.page))
    ids: dict[tuple[str, str], int] = {}
    for (site, most), names in sorted(pages.items()):
        rows = await statements.run(
            connection, "field/enter", site=site, pages=sorted(names), most=most
        )
        known = {row["page"]: row["id"] for row in rows}
        ids.update({(site, name): known.get(name, known[REST]) for name in names})
    return ids


async def days(
    connection: Connection, site: str, page: str, profile: Profile, since: date
) -> Mapping[str, Mapping[date, Counts]]:
    """Return how the visits to a page went, by figure and day.

    The store may be older than the tables for it.
    """
    (row,) = await statements.run(connection, "field/is_there")
    if not row["is_there"]:
        return {}
    rows = await statements.run(
        connection, "field/days", site=site, page=storable(page), profile=profile, since=since
    )
    found: dict[str, dict[date, Counts]] = defaultdict(dict)
    for row in rows:
        found[row["metric"]][row["day"]] = row["counts"]
    return found


async def visited_most(
    connection: Connection, site: str, since: date, limit: int
) -> Mapping[tuple[str, Profile], Mapping[str, Mapping[date, Counts]]]:
    """Return how the pages went that most visit, those first: by page and profile, figure and day.

    The store may be older than the tables for it.
    """
    (row,) = await statements.run(connection, "field/is_there")
    if not row["is_there"]:
        return {}
    rows = await statements.run(
        connection, "field/visited_most", site=site, since=since, limit=limit
    )
    found: dict[tuple[str, Profile], dict[str, dict[date, Counts]]] = {}
    for row in rows:
        metrics = found.setdefault((row["page"], Profile(row["profile"])), defaultdict(dict))
        metrics[row["metric"]][row["day"]] = row["counts"]
    return found
