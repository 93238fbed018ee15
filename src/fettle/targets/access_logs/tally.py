"""What lines of an access log come to: requests, failures and durations of each route.

One entry of a dictionary is counted up for each line, and what it means is worked out later, once
for all that are the same: that is what makes it fast.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fettle.targets.access_logs.formats import Row
from fettle.targets.access_logs.moments import seconds
from fettle.targets.access_logs.routes import NOT_FOUND, NOT_HTTP, REST, Routes
from fettle.targets.access_logs.sketch import Sketch

_MOST_ROUTES = 2_000  # held; half as many are kept when there are more
_MOST_KINDS = 4_000  # of one route: a status and a duration
_MOST_TARGETS = 50_000
_BACK_S = 60.0  # lines are written when a request ends: some seconds back are usual
_UNSERVED = frozenset((400, 404, 405, 410, 414, 444))
GAVE_UP = 499  # nginx: the client went away before it was answered


@dataclass
class Route:
    """What was asked of a route, and what came of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: Sketch = field(default_factory=Sketch)
    kinds: dict[tuple[object, object], int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return self.statuses.total()

    @property
    def failed(self) -> int:
        """How many the service failed to answer, by its own fault."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def fold(self, parts: float) -> None:
        """Work out what was counted up."""
        for (status, took), count in self.kinds.items():
            self.statuses[_status(status)] += count
            if (seconds := _seconds(took, parts)) is not None:
                self.took.add(seconds, count)
        self.kinds.clear()

    def join(self, other: "Route") -> None:
        """Count what another has; both are folded."""
        self.statuses.update(other.statuses)
        self.took.join(other.took)


@dataclass
class Tally:
    """Sums up rows; those before `since` (seconds since 1970) are passed over."""

    since: float | None = None
    first: float | None = None
    last: float | None = None
    lines: int = 0
    unread: int = 0
    undated: int = 0
    left_out: int = 0
    went_back: int = 0
    example: bytes = b""
    dropped: int = 0
    _routes: dict[str, Route] = field(default_factory=dict)
    _targets: dict[object, Route] = field(default_factory=dict)
    _names: Routes = field(default_factory=Routes)
    _parts: float = 1.0
    _before: float | None = None

    def add(self, rows: Iterable[Row], parts: float) -> None:
        """Count rows, `took` of which is in one second's `parts`."""
        if parts != self._parts:
            self._fold()
            self._parts = parts
        before: object = object()
        inside: bool | None = False
        targets = self._targets
        for when, request, status, took in rows:
            if when != before:
                before, inside = when, self._dated(when)
            if not inside:
                self.left_out += inside is None
                continue
            route = targets.get(request)
            if route is None:
                route = self._route(request, status)
            kind = (status, took)
            kinds = route.kinds
            kinds[kind] = kinds.get(kind, 0) + 1
        self._bound()

    def miss(self, line: bytes) -> None:
        """Count a line that nobody understands."""
        self.unread += 1
        self.example = self.example or line[:200]

    def routes(self) -> Mapping[str, Route]:
        """Return what each route comes to; those with the most requests first."""
        self._fold()
        joined: dict[str, Route] = {}
        for name, route in self._routes.items():
            known = joined.setdefault(self._names.again(name), Route())
            known.join(route)
        order = sorted(joined.items(), key=lambda pair: -pair[1].requests)
        return dict(order)

    def _dated(self, when: object) -> bool | None:
        """Note the time of a line, and return whether it is of those that count.

        None: where only some count, whether one without a time does nobody knows.
        """
        at = seconds(when)
        if at is None:
            self.undated += 1
            return True if self.since is None else None
        if self.since is not None and at < self.since:
            return False
        if self._before is not None and at < self._before - _BACK_S:
            self.went_back += 1
        self._before = at
        self.first = at if self.first is None else min(at, self.first)
        self.last = at if self.last is None else max(at, self.last)
        return True

    def _route(self, request: object, status: object) -> Route:
        text = request.decode("utf-8", "replace") if isinstance(request, bytes) else str(request)
        served = _status(status) not in _UNSERVED
        name = self._names.of(text, served=served)
        if not served and name != NOT_HTTP and name not in self._routes:
            return self._routes.setdefault(NOT_FOUND, Route())
        if len(self._targets) >= _MOST_TARGETS:
            self._targets.clear()
        route = self._routes.get(name)
        if route is None:
            route = self._routes[name] = Route()
        self._targets[request] = route
        return route

    def _bound(self) -> None:
        """Keep what is held within bounds, whatever the lines say."""
        for route in self._routes.values():
            if len(route.kinds) > _MOST_KINDS:
                route.fold(self._parts)
        if len(self._routes) <= _MOST_ROUTES:
            return
        kept = self.routes()
        rest = Route()
        for name in list(kept)[_MOST_ROUTES // 2 :]:
            rest.join(kept[name])
        self.dropped += max(0, len(kept) - _MOST_ROUTES // 2)
        self._routes = dict(list(kept.items())[: _MOST_ROUTES // 2])
        self._routes.setdefault(REST, Route()).join(rest)
        self._targets.clear()

    def _fold(self) -> None:
        for route in self._routes.values():
            route.fold(self._parts)


def _status(status: object) -> int:
    try:
        return int(status)  # type: ignore[call-overload, no-any-return] # whatever stands there
    except (TypeError, ValueError):
        return 0


def _seconds(took: object, parts: float) -> float | None:
    """Return how long a request took; None where that is not said."""
    if isinstance(took, bytes):
        took = took.decode("ascii", "replace")
    if isinstance(took, str):
        took, parts = _spelt(took, parts)
    if isinstance(took, bool) or not isinstance(took, int | float):
        return None
    value = float(took) / parts
    return value if 0 <= value < 1e7 else None


def _spelt(took: str, parts: float) -> tuple[float | None, float]:
    """Read `0.123`, `12ms`, `1.5s`, or several attempts of nginx, `0.1, 0.2 : 0.3`."""
    for unit, divisor in (("ms", 1e3), ("us", 1e6), ("µs", 1e6), ("ns", 1e9), ("s", 1.0)):
        if took.endswith(unit):
            return _number(took.removesuffix(unit)), divisor
    attempts = [_number(one) for one in took.replace(" : ", ", ").split(", ")]
    known = [one for one in attempts if one is not None]
    return (sum(known) if known else None), parts


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
