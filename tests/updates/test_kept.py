"""What a look ends of what was known before, and what stands because nobody could look."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

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
    UpdateCheck,
    UpdateType,
)
from fettle.model.update_kept import KeptOpen, KeptUpdate
from fettle.testing import START
from fettle.updates import kept

JINJA = Package(Ecosystem.PYPI, "jinja2")
ADVISORY = Advisory("GHSA-1", severity=Severity.CRITICAL)
NEWER = Update("jinja2-1", JINJA, "/srv/uv.lock", "2.4.1", "3.1.6", UpdateType.REGULAR, Level.MAJOR)
CLOSING = replace(NEWER, type=UpdateType.SECURITY, advisories=(ADVISORY,))
OPEN = Open(Installed(JINJA, "2.4.1", "/srv/uv.lock"), ADVISORY)
LATER = START + timedelta(days=1)
OK, FAILED, SKIPPED = SourceState.OK, SourceState.FAILED, SourceState.SKIPPED


def look(
    *updates: Update,
    dependencies: SourceState = OK,
    security: SourceState = OK,
    passed: tuple[Passed, ...] = (),
    open_: tuple[Open, ...] = (),
) -> UpdateCheck:
    sources = (
        SourceResult("dependencies", dependencies, LATER, 1, 1, passed),
        SourceResult("security", security, LATER, 1, 1, passed),
    )
    return UpdateCheck(LATER, updates, sources, open_)


def known(update: Update) -> KeptUpdate:
    return KeptUpdate(update, START, START)


PASSED = (Passed("jinja2 in /srv/uv.lock", "its registry did not answer"),)
RAISED = replace(NEWER, id="jinja2-2", current="3.1.6", version="3.1.7")


@pytest.mark.parametrize(
    ("before", "told", "over"),
    [
        pytest.param(NEWER, look(NEWER), False, id="still on offer"),
        pytest.param(NEWER, look(), True, id="taken, or withdrawn"),
        pytest.param(NEWER, look(dependencies=FAILED), False, id="nobody could look"),
        pytest.param(NEWER, look(passed=PASSED), False, id="nobody could look at that package"),
        pytest.param(NEWER, look(dependencies=SKIPPED), True, id="nobody is to look any more"),
        pytest.param(NEWER, look(RAISED), True, id="another version is in use"),
        pytest.param(NEWER, look(RAISED, dependencies=FAILED), True, id="it was taken meanwhile"),
        pytest.param(CLOSING, look(security=FAILED), False, id="nobody could ask for weaknesses"),
        pytest.param(CLOSING, look(), True, id="its weakness is withdrawn"),
        pytest.param(
            NEWER, UpdateCheck(LATER, (), ()), False, id="it was no part of what was looked at"
        ),
    ],
)
def test_an_update_is_over_when_somebody_looked_and_saw_it_no_more(
    before: Update, told: UpdateCheck, *, over: bool
) -> None:
    assert kept.over([known(before)], told) == ({before.id} if over else set())


@pytest.mark.parametrize(
    ("told", "over"),
    [
        (look(open_=(OPEN,)), False),
        (look(), True),
        (look(security=FAILED), False),
        (look(passed=PASSED), False),
    ],
)
def test_a_weakness_does_not_end_because_nobody_answered(told: UpdateCheck, *, over: bool) -> None:
    key = kept.key_of(OPEN)
    before = [KeptOpen(key, OPEN, START, START)]
    assert kept.over_open(before, told) == ({key} if over else set())


def test_what_an_update_closes_is_remembered_while_nobody_can_be_asked() -> None:
    before = {CLOSING.id: known(CLOSING)}
    (without,) = kept.remembering(look(NEWER, security=FAILED), before).updates
    (asked,) = kept.remembering(look(NEWER), before).updates
    assert (without.type, without.advisories) == (UpdateType.SECURITY, (ADVISORY,))
    assert (asked.type, asked.advisories) == (UpdateType.REGULAR, ())


def test_a_weakness_of_another_version_is_another_one() -> None:
    raised = replace(OPEN, installed=replace(OPEN.installed, version="3.0"))
    assert kept.key_of(OPEN) == kept.key_of(replace(OPEN))
    assert kept.key_of(OPEN) != kept.key_of(raised)


@pytest.mark.parametrize(
    ("where", "project"),
    [
        ("/srv/shop/uv.lock", "shop"),
        ("/srv/shop/web/package-lock.json", "web"),
        ("/srv/shopping/uv.lock", None),
        ("main-db", None),
    ],
)
def test_what_lies_in_a_projects_folder_is_the_projects(where: str, project: str | None) -> None:
    folders = {"shop": Path("/srv/shop"), "web": Path("/srv/shop/web")}
    assert kept.project_of(where, folders) == project
