"""A lock is judged by what the newest look has seen of it, and only by that."""

from dataclasses import replace
from uuid import UUID

import pytest

from fettle.model.security import Advisory as Told
from fettle.model.security import Audited
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Installed,
    Level,
    Open,
    Package,
    Passed,
    SourceResult,
    SourceState,
    Update,
    UpdateType,
)
from fettle.model.update_kept import CheckRecord, Kept, KeptOpen, KeptUpdate
from fettle.testing import START
from fettle.updates.audited import audited

WHERE, OTHER = "/srv/shop/uv.lock", "/srv/wiki/uv.lock"
JINJA = Package(Ecosystem.PYPI, "jinja2")
KNOWN = Advisory("GHSA-1", summary="Anything can be run", severity=Severity.CRITICAL)
CLOSING = Update(
    "jinja2-1", JINJA, WHERE, "2.4.1", "3.1.6", UpdateType.SECURITY, Level.MAJOR,
    advisories=(KNOWN,),
)  # fmt: skip
OPEN = Open(Installed(Package(Ecosystem.PYPI, "request"), "2.88", WHERE), KNOWN)
PASSED = Passed(f"labels in {WHERE}", "it comes from git")


def kept(state: SourceState = SourceState.OK, *passed: Passed) -> Kept:
    source = SourceResult("security", state, START, 8, 9, passed, told_by="osv.example")
    check = CheckRecord(
        UUID(int=1),
        1,
        START,
        "fettle",
        1,
        0,
        1,
        1,
        whole=False,
        sources=(source,),
        locks={WHERE: 9},
    )
    return Kept(
        check,
        [
            KeptUpdate(CLOSING, START, START),
            KeptUpdate(replace(CLOSING, where=OTHER), START, START),
        ],
        [KeptOpen("1", OPEN, START, START)],
    )


def test_what_was_seen_of_a_lock_is_told_with_what_closes_it() -> None:
    told = audited(kept(SourceState.OK, PASSED), "shop", "uv.lock", WHERE)
    assert told == Audited(
        "shop",
        "advisories of osv.example, as they were seen at 2026-01-01 12:00 UTC",
        "uv.lock",
        8,
        (
            Told("jinja2", "2.4.1", "GHSA-1", KNOWN.summary, Severity.CRITICAL, ("3.1.6",)),
            Told("request", "2.88", "GHSA-1", KNOWN.summary, Severity.CRITICAL),
        ),
        (f"labels in {WHERE}: it comes from git",),
    )


@pytest.mark.parametrize("state", [SourceState.FAILED, SourceState.SKIPPED])
def test_where_nobody_could_ask_nothing_is_known(state: SourceState) -> None:
    assert audited(kept(state), "shop", "uv.lock", WHERE) is None


def test_a_lock_that_was_not_read_is_not_known() -> None:
    assert audited(kept(), "shop", "poetry.lock", "/srv/shop/poetry.lock") is None
