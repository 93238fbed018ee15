"""Updates are looked for by a clock; what that told is kept, and critical weaknesses are issues."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from fettle.engine.engine import Engine
from fettle.flow import update_looks
from fettle.flow.advised import KnownOrAsked
from fettle.flow.update_looks import Keeping, Looks
from fettle.model.security import Audited, Skipped
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Installed,
    Level,
    Open,
    Package,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.model.update_kept import Kept
from fettle.settings import Settings
from fettle.store import update_checks
from fettle.store.update_checks import WantedUpdates
from fettle.testing import START
from tests.flow.filing import Filing

JINJA = Package(Ecosystem.PYPI, "jinja2")
ADVISORY = Advisory("GHSA-1", summary="Anything can be run", severity=Severity.CRITICAL)
NEWER = Update(
    "jinja2-1", JINJA, "/srv/shop/uv.lock", "2.4.1", "3.1.6", UpdateType.REGULAR, Level.MAJOR
)
CLOSING = replace(NEWER, type=UpdateType.SECURITY, advisories=(ADVISORY,))
OPEN = Open(Installed(JINJA, "2.4.1", "/srv/shop/uv.lock"), ADVISORY)
DAY = timedelta(days=1)
URL = "https://ops.example"


def settings(**updates: object) -> Settings:
    given: dict[str, Any] = {
        "project": [{"name": "shop", "path": "/srv/shop"}],
        "service": [{"name": "shop"}],
        "updates": updates,
    }
    return Settings.model_validate(given)


def told(
    at: datetime,
    *updates: Update,
    open_: tuple[Open, ...] = (),
    security: SourceState = SourceState.OK,
    accepted: Mapping[tuple[Package, str], str] | None = None,
) -> UpdateCheck:
    sources = (
        SourceResult("dependencies", SourceState.OK, at, 1, 1),
        SourceResult("security", security, at, 1, 1, reason="nobody answered"),
    )
    return UpdateCheck(at, updates, sources, open_, accepted or {})


async def keep(filing: Filing, look: UpdateCheck, id_: UUID | None = None) -> bool:
    how = Keeping(id_ or uuid4(), "fettle", settings(), URL)
    async with filing.pool.connection() as connection, connection.transaction():
        return await update_looks.keep(connection, look, how)


async def known(filing: Filing) -> Kept:
    async with filing.pool.connection() as connection:
        found = await update_checks.known(connection)
    assert found is not None
    return found


async def test_what_was_told_is_read_back_with_since_when_it_is_known(filing: Filing) -> None:
    whole = replace(
        CLOSING,
        released_at=START - DAY,
        held=("it is pinned",),
        confidence=0.5,
        grounds=("it is young",),
        notes="What is new\0",
    )
    first = told(START, whole, open_=(OPEN,), accepted={(JINJA, "GHSA-1"): "not reachable"})
    await keep(filing, first)
    await keep(filing, replace(first, at=START + DAY))

    found = await known(filing)
    (update,) = found.updates
    (weakness,) = found.open
    assert update.update == replace(whole, notes="What is new\ufffd")
    assert (update.first_seen, update.last_seen) == (START, START + DAY)
    assert (update.project, update.accepted) == ("shop", {"GHSA-1": "not reachable"})
    assert (weakness.open, weakness.accepted) == (OPEN, "not reachable")
    assert found.as_told.accepted == first.accepted
    assert found.check.sources == first.sources
    assert (found.check.number, found.check.new, found.check.security) == (2, 0, 1)


async def test_the_same_look_is_kept_once_and_an_older_one_changes_nothing(filing: Filing) -> None:
    id_ = uuid4()
    assert await keep(filing, told(START, NEWER), id_)
    assert not await keep(filing, told(START, NEWER), id_)
    assert not await keep(filing, told(START - DAY))
    assert [one.update.id for one in (await known(filing)).updates] == [NEWER.id]


async def test_what_is_taken_is_gone_and_what_comes_back_is_known_since_then(
    filing: Filing,
) -> None:
    await keep(filing, told(START, NEWER))
    await keep(filing, told(START + DAY))
    async with filing.pool.connection() as connection:
        gone = await update_checks.find_update(connection, NEWER.id)
    assert (await known(filing)).updates == []
    assert gone.gone_at == START + DAY

    await keep(filing, told(START + 2 * DAY, NEWER))
    (back,) = (await known(filing)).updates
    assert (back.first_seen, back.gone_at) == (START, None)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (WantedUpdates(), ["high", "low", "newer", "held"]),
        (WantedUpdates(type=UpdateType.SECURITY), ["high", "low"]),
        (WantedUpdates(worst=Severity.HIGH), ["high"]),
        (WantedUpdates(held=True), ["held"]),
        (WantedUpdates(held=False, type=UpdateType.REGULAR), ["newer"]),
        (WantedUpdates(ecosystem=Ecosystem.NPM), ["low"]),
        (WantedUpdates(project="shop"), ["high", "low", "held"]),
        (WantedUpdates(package="jinja2"), ["high"]),
        (WantedUpdates(cursor="low"), ["newer", "held"]),
    ],
)
async def test_updates_come_security_first_and_are_narrowed(
    filing: Filing, wanted: WantedUpdates, ids: list[str]
) -> None:
    low = replace(ADVISORY, severity=Severity.LOW)
    high = replace(ADVISORY, severity=None)
    found = (
        replace(NEWER, id="held", package=Package(Ecosystem.PYPI, "zz"), held=("it is young",)),
        replace(NEWER, id="newer", package=Package(Ecosystem.PYPI, "aa"), where="/srv/x/uv.lock"),
        replace(CLOSING, id="low", package=Package(Ecosystem.NPM, "cookie"), advisories=(low,)),
        replace(CLOSING, id="high", advisories=(high,)),
    )
    await keep(filing, told(START, *found))
    async with filing.pool.connection() as connection:
        read = await update_checks.updates(connection, wanted)
    assert [one.update.id for one in read] == ids


# What issues tell of


async def test_a_critical_weakness_with_a_fix_is_told_once_and_until_it_is_over(
    filing: Filing,
) -> None:
    await keep(filing, told(START, CLOSING))
    await keep(filing, told(START + DAY, CLOSING))
    (signal,) = await filing.filed()
    assert signal.firing
    assert signal.severity is Severity.CRITICAL
    assert signal.service == "shop"
    assert signal.title == "jinja2 2.4.1 has a critical weakness; 3.1.6 closes it"
    assert "GHSA-1: Anything can be run" in signal.text
    assert signal.url == f"{URL}/updates/jinja2-1"

    await keep(filing, told(START + 2 * DAY))
    _, over = await filing.filed()
    assert (over.key, over.firing) == (signal.key, False)


@pytest.mark.parametrize(
    "look",
    [
        told(START + DAY, NEWER, security=SourceState.FAILED),
        told(START + DAY, security=SourceState.FAILED),
        told(START + DAY, open_=(OPEN,)),
    ],
    ids=["nobody answered", "nobody answered, and nothing is newer", "its fix is withdrawn"],
)
async def test_it_is_not_over_because_nobody_knows(filing: Filing, look: UpdateCheck) -> None:
    await keep(filing, told(START, CLOSING))
    await keep(filing, look)
    assert [one.firing for one in await filing.filed()] == [True]


@pytest.mark.parametrize(
    "look",
    [
        told(START, NEWER),
        told(START, open_=(OPEN,)),
        told(START, replace(CLOSING, advisories=(replace(ADVISORY, severity=Severity.HIGH),))),
        told(START, CLOSING, accepted={(JINJA, "GHSA-1"): "not reachable"}),
    ],
    ids=["only newer", "nothing closes it", "high", "accepted"],
)
async def test_what_is_no_such_weakness_opens_no_issue(filing: Filing, look: UpdateCheck) -> None:
    await keep(filing, look)
    assert await filing.filed() == []


# For who judges locks


@dataclass
class Asked:
    """Those who publish advisories: asked about which files; implements model.security.Advised."""

    files: list[str] = field(default_factory=list)

    async def audit(self, project: str, folder: Path, file: str) -> Audited | Skipped:  # noqa: ARG002
        self.files.append(file)
        return Skipped("dependencies", file, "nobody answers")


async def test_a_lock_that_the_newest_look_has_read_is_not_asked_about_again(
    filing: Filing,
) -> None:
    seen = replace(told(START, CLOSING), installed=(Installed(JINJA, "2.4.1", NEWER.where),))
    await keep(filing, seen)
    asked = Asked()
    known = KnownOrAsked(filing.pool, filing.clock, settings(), asked)
    first = await known.audit("shop", Path("/srv/shop"), "uv.lock")
    other = await known.audit("shop", Path("/srv/shop"), "poetry.lock")
    filing.clock.moment += 2 * DAY
    late = await known.audit("shop", Path("/srv/shop"), "uv.lock")

    assert isinstance(first, Audited)
    assert (first.packages, [one.id for one in first.advisories]) == (1, ["GHSA-1"])
    assert isinstance(other, Skipped)
    assert isinstance(late, Skipped)
    assert asked.files == ["poetry.lock", "uv.lock"]


# By a clock


@dataclass
class Looked:
    """What is looked for: how often, and what it tells."""

    filing: Filing
    times: int = 0
    made: list[UUID] = field(default_factory=list)

    async def look(self) -> UpdateCheck:
        self.times += 1
        return told(self.filing.clock.now(), NEWER)


def looks(filing: Filing, looked: Looked, **updates: object) -> Looks:
    engine = Engine(filing.pool, filing.clock)
    return Looks(filing.pool, engine, filing.clock, settings(**updates), looked.look, URL)


async def due(filing: Filing) -> list[datetime]:
    return [one.due_at for one in await filing.timers() if one.kind == update_looks.TIMER]


async def prepare(filing: Filing, **updates: object) -> None:
    async with filing.pool.connection() as connection:
        await update_looks.prepare(connection, settings(**updates), filing.clock)


async def started(filing: Filing) -> list[UUID]:
    async with filing.pool.connection() as connection:
        engine = Engine(filing.pool, filing.clock)
        return [one.id for one in await engine.newest(connection) if one.name == update_looks.LOOK]


async def test_it_is_looked_for_soon_and_then_as_often_as_the_settings_say(
    filing: Filing,
) -> None:
    made = looks(filing, Looked(filing), every="6h", on="apps")
    await prepare(filing, every="6h")
    (first,) = await due(filing)
    assert START < first <= START + timedelta(minutes=10)

    await filing.pass_(timedelta(minutes=10), made.timers)
    assert len(await started(filing)) == 1
    (again,) = await due(filing)
    assert timedelta(hours=5) < again - filing.clock.moment <= timedelta(hours=6)


async def test_a_look_that_has_not_ended_is_not_made_twice(filing: Filing) -> None:
    made = looks(filing, Looked(filing))
    await prepare(filing)
    await filing.pass_(timedelta(minutes=10), made.timers)
    await filing.pass_(2 * DAY, made.timers)
    assert len(await started(filing)) == 1
    assert len(await due(filing)) == 1


async def test_after_a_restart_it_is_due_as_long_after_the_last_look(filing: Filing) -> None:
    await keep(filing, told(START, NEWER))
    await prepare(filing)
    assert await due(filing) == [START + DAY]
    await prepare(filing, every="0s")
    assert await due(filing) == []


async def test_a_server_that_is_started_time_and_again_looks_all_the_same(
    filing: Filing,
) -> None:
    await prepare(filing)
    (first,) = await due(filing)
    filing.clock.moment += timedelta(minutes=4)
    await prepare(filing)
    assert await due(filing) == [first]


async def test_a_worker_that_goes_on_for_another_looks_once(filing: Filing) -> None:
    looked, id_ = Looked(filing), uuid4()
    made = looks(filing, looked)
    await made.looked(id_, "user:ada")
    await made.looked(id_, "user:ada")
    assert looked.times == 1
    assert (await known(filing)).check.actor == "user:ada"


@pytest.mark.parametrize(
    ("age", "every", "counts"),
    [(DAY, "1d", True), (2 * DAY, "1d", False), (timedelta(hours=1), "0s", False)],
)
def test_a_look_counts_until_the_next_is_late(age: timedelta, every: str, *, counts: bool) -> None:
    assert update_looks.counts(START - age, START, settings(every=every)) is counts


def test_projects_are_known_by_their_folders() -> None:
    assert update_looks.folders(settings()) == {"shop": Path("/srv/shop")}
