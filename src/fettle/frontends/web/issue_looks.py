"""What an issue is looked at by, as its page shows it: targets, and what can be planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.flow.error_news import SOURCE
from fettle.flow.reproduce import ASKED, Way, ways
from fettle.frontends.report.alert_document import AlertDocument
from fettle.frontends.report.check_document import FindingDocument
from fettle.frontends.report.investigation_document import FixOfIssueDocument
from fettle.frontends.report.issue_document import EntryDocument, IssueDocument
from fettle.frontends.web.shell import Look
from fettle.frontends.web.targets import paths_of
from fettle.intake import checked
from fettle.model.issue import Issue
from fettle.triage.stages import REPRODUCED

_OPEN = ("waiting", "approved")
_ERRORS, _ANSWERS = 3, 3


@dataclass(frozen=True)
class Sought:
    """What an issue can be looked at by.

    `aims` are the targets that would be looked at, where nothing was yet; `others` all that can be
    looked at beside those that are shown. `paths` are the pages of all targets, by their names,
    `databases` those whose fixes can be planned, `planned` the fixes and findings that a plan waits
    for, `errors` the pages of the applications' errors that it tells of. `ways` show the trouble
    again, `answers` are what they came to at last, the latest first, and `asking` is whether a
    worker has not answered yet.
    """

    aims: Sequence[str]
    others: Sequence[str]
    watched: Sequence[str]
    databases: Sequence[str]
    paths: Mapping[str, str]
    planned: frozenset[tuple[str, str]]
    errors: Sequence[str]
    ways: Sequence[Way]
    answers: Sequence[EntryDocument]
    asking: bool

    def fixes(self, target: str, finding: FindingDocument) -> Sequence[str]:
        """Return the fixes of a finding that can be planned, and are not yet."""
        if target not in self.databases:
            return ()
        return [fix for fix in finding["fixes"] if (fix, finding["key"]) not in self.planned]

    def page_of(self, alert: AlertDocument) -> str | None:
        """Return our own page of what an alert tells of: an application's error, a target."""
        if (error := _error(alert)) is not None:
            return error
        if checked.is_of_a_check(alert["source"]):
            return self.paths.get(alert["source"].removeprefix(checked.source("")))
        return None


async def sought(look: Look, issue: Issue, document: IssueDocument) -> Sought:
    """Return what an issue can be looked at by."""
    serving = look.serving
    asking = serving.asking
    databases, others = asking.sights.databases, asking.sights.others
    diagnosis = document["diagnosis"]
    shown = [one["target"] for one in diagnosis["looks"]] if diagnosis else []
    aims = []
    if not shown and not issue.status.is_end:
        aims = [one.target for one in await asking.aims_of(look.connection, issue)]
    watched = (*others, *databases)

    def of_event(event: str) -> Sequence[EntryDocument]:
        return [entry for entry in document["timeline"] if entry["event"] == event]

    answers = of_event(REPRODUCED)
    return Sought(
        aims,
        [name for name in watched if name not in (*shown, *aims)],
        watched,
        databases,
        paths_of(serving.targets),
        frozenset(map(_planned, filter(_is_open, document["fixes"]))),
        [path for alert in document["alerts"] if (path := _error(alert)) is not None],
        [] if issue.status.is_end else await _ways(look, document),
        answers[: -_ANSWERS - 1 : -1],
        asking=len(of_event(ASKED)) > len(answers),
    )


async def _ways(look: Look, document: IssueDocument) -> Sequence[Way]:
    known = document["known"]
    remedies = [one["remedy"] for one in known["remedies"]] if known else []
    errors = [int(alert["key"]) for alert in document["alerts"] if _error(alert) is not None]
    return await ways(look.connection, look.serving.solver, remedies, errors[:_ERRORS])


def _error(alert: AlertDocument) -> str | None:
    """Return the page of the application's error that an alert tells of."""
    own = alert["source"] == SOURCE and alert["key"].isdecimal()
    return f"/errors/{alert['key']}" if own else None


def _is_open(one: FixOfIssueDocument) -> bool:
    return one["plan"]["state"] in _OPEN


def _planned(one: FixOfIssueDocument) -> tuple[str, str]:
    plan = one["plan"]["plan"]
    return plan["fix"], plan["finding"]["key"]
