"""A look for updates, as the tests of its reports show it."""

from dataclasses import replace
from datetime import timedelta

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
    Withdrawn,
)
from fettle.testing import START

LOCK = "/srv/shop/uv.lock"
JINJA = Package(Ecosystem.PYPI, "jinja2")
ANYIO = Package(Ecosystem.PYPI, "anyio")
GHSA = Advisory("GHSA-1", frozenset({"CVE-1"}), "templates run anything", Severity.CRITICAL)
CLOSES = Update(
    "u1", JINJA, LOCK, "2.4.1", "3.1.6", UpdateType.SECURITY, Level.MAJOR,
    START - timedelta(days=9), (GHSA,), (Raise(Package(Ecosystem.PYPI, "flask"), "1.0", "3.0"),),
    group="web", confidence=0.8, grounds=("9 days old",),
)  # fmt: skip
NEWER = Update(
    "u2", ANYIO, LOCK, "4.8.0", "4.9.0", UpdateType.REGULAR, Level.MINOR,
    held=("it is 2 days old, of 7 days",),
)  # fmt: skip
WHOLE = SourceResult(
    "dependencies", SourceState.OK, START, 2, 2, told_at=START, told_by="registries"
)
KNOWN = SourceResult("security", SourceState.OK, START, 2, 2, told_at=START, told_by="osv.example")
GONE = Withdrawn(ANYIO, "4.8.0", LOCK, "it was withdrawn: it waits for ever")
WITHDRAWN = SourceResult("dependencies", SourceState.OK, START, 2, 2, withdrawn=(GONE,))
UNNAMED = SourceResult(
    "security", SourceState.SKIPPED, START, reason="no advisories are named", remedy="name one"
)
PASSED = tuple(Passed(f"p{number} in uv.lock", "it is gone", "look again") for number in range(7))
PARTLY = SourceResult("security", SourceState.OK, START, 2, 9, PASSED)

HTTPX = Package(Ecosystem.PYPI, "httpx")
CORE = Package(Ecosystem.NPM, "@shop/core")
BASE = Package(Ecosystem.OCI, "registry.example:5000/shop/base")
LEAK = Advisory(
    "GHSA-2", summary="it tells its secrets", severity=Severity.MEDIUM,
    published_at=START - timedelta(days=3), url="https://osv.example/GHSA-2", told_by="osv.example",
    contradictions=("it is rated GHSA-2 medium, CVE-2 low: medium is taken",),
)  # fmt: skip
UNRATED = Advisory("GHSA-3", summary="it stops", told_by="osv.example")
ACCEPTED = "our own templates (until 2026-06-01)"


def check(*updates: Update, security: SourceResult = KNOWN, **given: object) -> UpdateCheck:
    told = UpdateCheck(START, updates, (WHOLE, security))
    return replace(told, **given)  # type: ignore[arg-type] # by name


def everything() -> UpdateCheck:
    """Return a look that has found one of each: closed, held, open, accepted, and not looked at."""
    held = replace(CLOSES, id="u3", advisories=(UNRATED,), held=("it is pinned to <3",), through=())
    core = Installed(CORE, "1.2.0", "/srv/shop/package-lock.json", development=True)
    digest = "12-slim@sha256:" + "a" * 64
    return check(
        CLOSES,
        replace(held, package=HTTPX, current="0.28.1", version="0.28.2"),
        NEWER,
        sources=(WITHDRAWN, PARTLY),
        open=(Open(core, LEAK),),
        accepted={(JINJA, "GHSA-1"): ACCEPTED},
        installed=(
            Installed(Package(Ecosystem.PYPI, "flask"), "1.0", LOCK, asks=">=1"),
            Installed(JINJA, "2.4.1", LOCK, direct=False, needed_by=("flask",)),
            Installed(JINJA, "2.4.1", "/srv/desk/requirements.txt"),
            Installed(HTTPX, "0.28.1", LOCK, origin="git"),
            Installed(ANYIO, "4.8.0", LOCK, direct=False, needed_by=("httpx",)),
            core,
            Installed(BASE, digest, "/srv/shop/Dockerfile:3"),
            Installed(Package(Ecosystem.POSTGRESQL, "postgresql"), "17.2", "main-db"),
            Installed(Package(Ecosystem.DEB, "openssl"), "1:3.0.1-1", "this machine"),
        ),
    )


def odd(text: str) -> UpdateCheck:
    """Return a look in which every text is one that somebody outside has chosen."""
    package = Package(Ecosystem.NPM, text)
    told = Advisory(
        text, frozenset({text}), text, Severity.LOW, url=f"https://{text}", told_by=text,
        contradictions=(text,),
    )  # fmt: skip
    update = replace(
        CLOSES, id=text, package=package, where=text, current=text, version=text,
        advisories=(told,), through=(Raise(package, text, text),), held=(text,), grounds=(text,),
    )  # fmt: skip
    installed = tuple(
        Installed(Package(kind, text), text, text, False, needed_by=(text,), origin=text)
        for kind in Ecosystem
    )
    passed = (Passed(text, text, text),)
    gone = tuple(Withdrawn(Package(kind, text), text, text, text) for kind in Ecosystem)
    failed = SourceResult(
        text, SourceState.FAILED, START, 0, 1, passed, text, text, START, text, gone
    )  # fmt: skip
    return UpdateCheck(
        START, (update, replace(update, type=UpdateType.REGULAR, advisories=())), (failed,),
        tuple(Open(one, told) for one in installed), {(package, text): text}, installed,
    )  # fmt: skip
