"""Updates of what the shop is made of: what is on offer, what was tried, and what was applied."""

import hashlib
import platform
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from fettle.demonstration.teller import Teller
from fettle.flow import update_looks
from fettle.flow.update_looks import Keeping
from fettle.model.rehearsal import (
    Came,
    HowApplied,
    Isolation,
    Judged,
    Proof,
    Rehearsal,
    RunState,
    TestsState,
    Trial,
    UpdateRun,
    Verdict,
    Wanted,
)
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Installed,
    Level,
    Open,
    Package,
    Passed,
    Raise,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
)
from fettle.store import updates

_PROJECT, _FOLDER = "shop", "/srv/shop"
_IDS = UUID("6f1d4a52-6c5e-4c7e-9f0e-5d8c1b6f2a10")
_PYTHON, _NODE = f"{_FOLDER}/uv.lock", f"{_FOLDER}/storefront/package-lock.json"
_TOLD_BY = "osv.shop.example"
_DAY = timedelta(days=1)
_BASE, _LANDED = "5c1e0f7a" * 5, "b73d92e4" * 5


async def offer(teller: Teller) -> None:
    """Let updates be looked for on two days, and psycopg be raised between them."""
    now = teller.clock.now()
    await _look(teller, now - _DAY, (*_updates(now), _psycopg(now)))
    await _rehearsed(teller, now - timedelta(hours=20))
    await _look(teller, now - timedelta(minutes=35), _updates(now))


async def _look(teller: Teller, at: datetime, found: tuple[Update, ...]) -> None:
    settings, url = teller.serving.settings, teller.serving.url
    told = UpdateCheck(at, found, _sources(at), (_open(),))
    how = Keeping(uuid5(_IDS, f"look {len(found)}"), "fettle", settings, url)
    async with teller.serving.pool.connection() as connection, connection.transaction():
        await update_looks.keep(connection, told, how)


def _updates(now: datetime) -> tuple[Update, ...]:
    sandbox = Advisory(
        "GHSA-cpwx-vrp4-4pq7",
        frozenset({"CVE-2025-27516"}),
        "The sandbox can be left through the attr filter",
        Severity.HIGH,
        published_at=now - 9 * _DAY,
        told_by=_TOLD_BY,
    )
    cookies = Advisory(
        "GHSA-pxg6-pf52-xh8x",
        frozenset({"CVE-2024-47764"}),
        "Names of cookies may hold what ends them",
        Severity.LOW,
        published_at=now - 41 * _DAY,
        told_by=_TOLD_BY,
    )
    return (
        replace(
            _one(Ecosystem.PYPI, "jinja2", "3.1.4", "3.1.6", now - 9 * _DAY, Level.PATCH),
            type=UpdateType.SECURITY,
            advisories=(sandbox,),
            confidence=0.91,
            grounds=("out for 9 days", "a patch release", "3 of 3 of its releases passed here"),
            notes="- The attr filter looks attributes up as the sandbox does.\n"
            "- Templates that are compiled ahead are the same for the same source.",
        ),
        replace(
            _one(Ecosystem.NPM, "cookie", "0.6.0", "0.7.2", now - 40 * _DAY, Level.MINOR),
            type=UpdateType.SECURITY,
            advisories=(cookies,),
            through=(Raise(Package(Ecosystem.NPM, "express"), "4.21.0", "4.21.1"),),
            confidence=0.84,
            grounds=("out for 40 days", "express asks for it, and is raised with it"),
        ),
        replace(
            _one(Ecosystem.PYPI, "httpx", "0.27.2", "0.28.1", now - 30 * _DAY, Level.MINOR),
            confidence=0.78,
            grounds=("out for 30 days", "a minor release below 1.0 may change anything"),
        ),
        replace(
            _one(Ecosystem.PYPI, "django", "4.2.16", "5.2.8", now - 22 * _DAY, Level.MAJOR),
            held=("it is a major release: [updates] level is minor",),
            confidence=0.52,
            grounds=("out for 22 days", "a major release"),
        ),
        replace(
            _one(Ecosystem.NPM, "vite", "6.0.3", "6.0.7", now - 2 * _DAY, Level.PATCH),
            held=("it has been out for 2 days, of 7 days",),
            confidence=0.6,
            grounds=("out for 2 days", "a patch release"),
        ),
        _one(Ecosystem.POSTGRESQL, "postgresql", "17.5", "17.7", now - 14 * _DAY, Level.MINOR),
    )


def _psycopg(now: datetime) -> Update:
    return _one(Ecosystem.PYPI, "psycopg", "3.2.3", "3.2.12", now - 12 * _DAY, Level.PATCH)


def _one(
    ecosystem: Ecosystem, name: str, current: str, version: str, released_at: datetime, level: Level
) -> Update:
    places = {Ecosystem.PYPI: _PYTHON, Ecosystem.NPM: _NODE}
    where = places.get(ecosystem, "main-db")
    digest = hashlib.sha256(f"{where} {name} {version}".encode()).hexdigest()[:8]
    return Update(
        f"{name}-{version.replace('.', '-')}-{digest}",
        Package(ecosystem, name),
        where,
        current,
        version,
        UpdateType.REGULAR,
        level,
        released_at,
    )


def _open() -> Open:
    known = Advisory(
        "GHSA-p8p7-x288-28g6",
        frozenset({"CVE-2023-28155"}),
        "Redirects may lead where requests are not meant to go",
        Severity.MEDIUM,
        told_by=_TOLD_BY,
    )
    return Open(Installed(Package(Ecosystem.NPM, "request"), "2.88.2", _NODE), known)


def _sources(at: datetime) -> tuple[SourceResult, ...]:
    git = Passed(f"labels in {_PYTHON}", "it comes from git, and no registry offers it")
    ok, registries = SourceState.OK, "registries"
    return (
        SourceResult("dependencies", ok, at, 341, 342, (git,), told_at=at, told_by=registries),
        SourceResult(
            "images",
            SourceState.SKIPPED,
            at,
            reason="no Dockerfile and no file of compose is in a project",
        ),
        SourceResult("platform", ok, at, 2, 2, told_at=at, told_by="main-db"),
        SourceResult("security", ok, at, 341, 342, (git,), told_at=at, told_by=_TOLD_BY),
    )


async def _rehearsed(teller: Teller, at: datetime) -> None:
    """Let psycopg pass its rehearsal, and be applied."""
    one = _psycopg(at)
    wanted = Wanted(one.id, one.package, one.version, "uv.lock", one.current)
    rehearsal = Rehearsal(
        str(uuid5(_IDS, "rehearsal")),
        _PROJECT,
        _FOLDER,
        _BASE,
        (wanted,),
        "user:ada",
        Isolation.BUBBLEWRAP,
        at,
        machine=platform.node(),
    )
    trials = (
        Trial((), TestsState.PASSED, "418 passed in 96.20s", _BASE, 97.1),
        Trial((wanted.id,), TestsState.PASSED, "418 passed in 95.74s", _LANDED, 96.8),
    )
    judged = Judged(Verdict.PASSED, (wanted.id,), {}, _LANDED, "its tests pass with it")
    before, after = (hashlib.sha256(text).hexdigest() for text in (b"before", b"after"))
    run = UpdateRun(
        str(uuid5(_IDS, "run")),
        rehearsal.id,
        _PROJECT,
        _FOLDER,
        HowApplied.IN_PLACE,
        _BASE,
        _LANDED,
        (wanted,),
        "user:ada",
        at + timedelta(minutes=6),
        machine=platform.node(),
    )
    came = Came(
        RunState.DONE,
        verified=True,
        says="its own check passes, and main-db is no worse",
        before=Proof({"uv.lock": before}, {".venv": before}),
        after=Proof({"uv.lock": after}, {".venv": after}),
    )
    async with teller.serving.pool.connection() as connection, connection.transaction():
        await updates.begin_rehearsal(connection, rehearsal)
        for trial in trials:
            await updates.note_trial(connection, rehearsal.id, trial)
        await updates.end_rehearsal(connection, rehearsal.id, judged, at + timedelta(minutes=4))
        await updates.begin_run(connection, run)
        await updates.end_run(connection, run.id, came, at + timedelta(minutes=7))
