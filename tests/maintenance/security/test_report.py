"""A scan says what it found and what it did not look at, and never that there is nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from fettle.maintenance.security import packages, report
from fettle.model.security import (
    Advisory,
    Audited,
    Look,
    Looked,
    Packages,
    Skipped,
    Waiting,
    Weakness,
)
from fettle.model.severity import Severity
from fettle.model.work import Outcome

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
LOOKED = Looked("dependencies", "shop", "3 packages")
SKIPPED = Skipped("packages", "this machine", "apt is not there", "apt-get update")
GRAVE = Weakness("sites", "shop", Severity.CRITICAL, "everybody may read /.env", "refuse it")
_NONE = "no weakness was found in what was looked at"
MILD = Weakness("sites", "shop", Severity.LOW, "no policy", "a policy")


@pytest.mark.parametrize(
    ("look", "outcome", "says"),
    [
        (Look((), (LOOKED,)), Outcome.PASSED, _NONE),
        (Look((MILD,), (LOOKED,)), Outcome.PASSED, "1 weakness (1 low)"),
        (Look((), (), (SKIPPED,)), Outcome.UNKNOWN, "nothing was looked at; 1 thing could not"),
        (
            Look((), (LOOKED,), (SKIPPED,)),
            Outcome.UNKNOWN,
            f"{_NONE}; 1 thing could not be looked at: this machine (apt is not there)",
        ),
        (Look((GRAVE, MILD), (LOOKED,), (SKIPPED,)), Outcome.FAILED, "2 weaknesses (1 critical, "),
        (Look(), Outcome.UNKNOWN, "nothing was looked at"),
        (Look(unset=(SKIPPED,)), Outcome.UNKNOWN, "nothing was looked at; apt is not there"),
        (Look((), (LOOKED,), (), (SKIPPED,)), Outcome.PASSED, f"{_NONE}; apt is not there"),
    ],
)
def test_what_was_not_looked_at_is_never_clean(look: Look, outcome: Outcome, says: str) -> None:
    told = report.told(look, Severity.HIGH)
    assert told.outcome is outcome
    assert told.says.startswith(says)


def test_the_gravest_comes_first_with_what_closes_it() -> None:
    told = report.told(Look((MILD, GRAVE), (LOOKED,)), Severity.HIGH)
    assert told.remedy == "everybody may read /.env: refuse it"
    whole = report.report(Look((MILD, GRAVE), (LOOKED,), (SKIPPED,)))
    assert whole.sections[0].table is not None
    assert [row[0] for row in whole.sections[0].table.rows] == ["critical", "low"]
    assert "they are not free of weaknesses" in whole.sections[-1].sentences[0]


def test_what_a_step_keeps_is_read_again() -> None:
    look = Look((GRAVE,), (LOOKED,), (SKIPPED,), (SKIPPED,))
    assert report.read(report.kept(look), "a step") == look
    assert report.read(None, "a step").skipped[0].reason == "the step came to no end"


def test_what_is_more_than_is_kept_is_told_as_such() -> None:
    many = Look((MILD,) * 1500 + (GRAVE,), (LOOKED,))
    again = report.read(report.kept(many), "a step")
    assert (len(again.weaknesses), again.weaknesses[0]) == (1000, GRAVE)
    assert again.skipped[0].reason == "501 milder weaknesses are not told"


def test_an_auditor_that_left_something_out_did_not_look_at_it() -> None:
    advisory = Advisory("jinja2", "2.4.1", "CVE-1", "", None, ("3.1.6",))
    audited = Audited("shop", "pip-audit", "req.txt", 2, (advisory,), ("own: not on the index",))
    look = packages.of_audits([audited])
    assert [one.severity for one in look.weaknesses] == [Severity.HIGH]
    assert [(one.subject, one.reason) for one in look.skipped] == [
        ("shop: req.txt: own", "not on the index")
    ]
    empty = packages.of_audits([Audited("shop", "npm", "package-lock.json", 0)])
    assert not empty.looked
    assert empty.skipped[0].reason == "npm found no package to audit"


@pytest.mark.parametrize(("hours", "looked"), [(47, True), (49, False)])
def test_lists_that_are_old_are_no_look(hours: int, looked: bool) -> None:
    listed = NOW - timedelta(hours=hours)
    waiting = (Waiting("openssl", "1", "2", "Debian-Security:12/stable-security", True),)
    look = packages.of_packages(Packages(waiting, listed, 3), NOW, timedelta(days=2))
    assert bool(look.looked) is looked
    assert bool(look.skipped) is not looked
    assert len(look.weaknesses) == 1


def test_what_is_accepted_fails_nothing_and_is_told_with_the_reason() -> None:
    known = {"shop: everybody may read /.env": "a decoy", "this machine": "it has no apt"}
    look = report.accept(Look((GRAVE, MILD), (LOOKED,), (SKIPPED,)), known.get)
    told = report.told(look, Severity.HIGH)
    assert (told.outcome, told.says) == (Outcome.PASSED, "1 weakness (1 low); 2 accepted")
    again = report.read(told.detail, "a step")
    assert again == look
    (section,) = (one for one in report.report(again).sections if one.title == "What is accepted")
    assert section.table is not None
    assert [row[-1] for row in section.table.rows] == ["a decoy", "it has no apt"]
