"""Events of applications' errors, laid out with the groups that they are of, and joined to them.

In memory, and pure but for what it remembers: `flow.digest` lays it out and keeps what came of it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from fettle.intake.errors import grouping, states
from fettle.intake.errors.rules import GroupingRules
from fettle.intake.errors.states import Changed, News
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, GroupKey
from fettle.store.error_counts import KeyCounts
from fettle.store.errors import KnownKey, PlacedKey

_MOST_TAGS = 40  # of an event
_LONGEST_TAG, _LONGEST_VALUE = 100, 200
_PERSON_BYTES = 8


@dataclass(frozen=True)
class Came:
    """An event that waited, and what joins it."""

    id: int
    project: UUID
    project_name: str
    received_at: datetime
    event: ErrorEvent
    key: GroupKey

    @property
    def place(self) -> PlacedKey:
        """What its key is kept under."""
        return self.project, self.key.key, self.key.version


@dataclass
class Bug:
    """A group on the board: as it stands, and what is news of it, each with why, and its event."""

    group: ErrorGroup
    project_name: str
    latest: ErrorEvent
    new: bool = False
    news: dict[News, tuple[str, ErrorEvent]] = field(default_factory=dict)

    def become(self, changed: Changed, event: ErrorEvent) -> None:
        """Stand as an event has made it."""
        self.group, self.latest = changed.group, event
        if changed.news is not None:
            self.news[changed.news] = changed.why, event

    def number(self, id_: int) -> None:
        """Take the id under which it is kept."""
        self.group = replace(self.group, id=id_)


@dataclass
class KeyTally:
    """What came to a key; its `id` is 0 until it is kept."""

    key: GroupKey
    bug: Bug
    id: int
    first_seen: datetime
    last_seen: datetime
    number: int = 0
    first_release: str | None = None
    last_release: str | None = None

    def add(self, came: Came) -> None:
        """Count an event."""
        at, release = came.received_at, came.event.release
        self.number += 1
        self.first_seen, self.last_seen = min(self.first_seen, at), max(self.last_seen, at)
        self.first_release = self.first_release or release
        self.last_release = release or self.last_release

    @property
    def counts(self) -> KeyCounts:
        """What is to be added to the key."""
        return KeyCounts(
            self.id,
            self.number,
            self.first_seen,
            self.last_seen,
            self.first_release,
            self.last_release,
        )


class ErrorBoard:
    """What lies on it: keys with what came to them, and groups as they become."""

    def __init__(
        self,
        rules: GroupingRules,
        known: Mapping[PlacedKey, KnownKey],
        groups: Mapping[int, ErrorGroup],
        releases: Mapping[UUID, tuple[str, ...]],
    ) -> None:
        self._rules = rules
        self._known = known
        self._groups = groups
        self._releases = {project: list(names) for project, names in releases.items()}
        self._bugs: dict[int, Bug] = {}
        self.keys: dict[PlacedKey, KeyTally] = {}
        self.taken: list[tuple[Came, KeyTally]] = []
        self.new_releases: dict[tuple[UUID, str], datetime] = {}

    def take(self, came: Came) -> None:
        """Join an event to its group, or let it make one."""
        releases = self._with_release(came)
        tally = self.keys.get(came.place)
        if tally is None:
            tally = self.keys[came.place] = self._laid(came)
        if not tally.number and tally.bug.new:
            changed = self._first(came)
        else:
            changed = states.on_event(tally.bug.group, came.event, came.received_at, releases)
        tally.bug.become(changed, came.event)
        tally.add(came)
        self.taken.append((came, tally))

    @property
    def bugs(self) -> list[Bug]:
        """All groups on the board, each once, in the order in which they came to it."""
        return list({id(tally.bug): tally.bug for tally in self.keys.values()}.values())

    def hours(self) -> "Counter[tuple[int, datetime]]":
        """Return how many events came in which hour, by the ids of keys."""
        return Counter(
            (tally.id, came.received_at.replace(minute=0, second=0, microsecond=0))
            for came, tally in self.taken
        )

    def tags(self) -> "Counter[tuple[int, str, str]]":
        """Return how many events had which value of which tag, by the ids of keys."""
        return Counter(
            (tally.id, tag[:_LONGEST_TAG], value[:_LONGEST_VALUE])
            for came, tally in self.taken
            for tag, value in _tags(came.event)
        )

    def persons(self) -> set[tuple[int, bytes]]:
        """Return whose work was broken, by the ids of keys: a hash, and not who they are."""
        return {
            (tally.id, _person(came.project, came.event.user))
            for came, tally in self.taken
            if came.event.user
        }

    def _laid(self, came: Came) -> KeyTally:
        """Lay a key out with its group; a new one has one that the event makes."""
        at, known = came.received_at, self._known.get(came.place)
        if known is None:
            bug = Bug(self._first(came).group, came.project_name, came.event, new=True)
            return KeyTally(came.key, bug, 0, at, at)
        if known.group not in self._bugs:
            self._bugs[known.group] = Bug(self._groups[known.group], came.project_name, came.event)
        return KeyTally(came.key, self._bugs[known.group], known.id, at, at)

    def _first(self, came: Came) -> Changed:
        """Return the group that an event makes."""
        event = came.event
        title = grouping.title(event, self._rules)
        return states.first(came.project, event, came.received_at, title, grouping.culprit(event))

    def _with_release(self, came: Came) -> list[str]:
        """Return the releases of the event's project, its own among them, in their order."""
        releases, release = self._releases.setdefault(came.project, []), came.event.release
        if release and release not in releases:
            releases.append(release)
            self.new_releases[came.project, release] = came.received_at
        return releases


def _tags(event: ErrorEvent) -> Iterator[tuple[str, str]]:
    """Yield what events are told apart by: what every event has, then what the application adds."""
    plain = {
        "level": str(event.level),
        "release": event.release,
        "environment": event.environment,
        "server": event.server,
        "transaction": event.transaction,
        "logger": event.logger,
    }
    yield from ((name, value) for name, value in plain.items() if value)
    more = [(name, value) for name, value in event.tags.items() if name not in plain and value]
    yield from more[: _MOST_TAGS - len(plain)]


def _person(project: UUID, user: str) -> bytes:
    told = user.encode("utf-8", "replace")
    return hashlib.blake2b(told, digest_size=_PERSON_BYTES, key=project.bytes).digest()
