"""SARIF 2.1.0: a Diagnosis for code-scanning dashboards and editors, one run for each target.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0. What is found has no line in a
file, so a result's place is a logical location: the object in the database.
"""

from collections.abc import Iterator, Mapping, Sequence

import fettle
from fettle import unit
from fettle.frontends.report.as_json import dumped, moment
from fettle.frontends.report.as_json import finding as as_json
from fettle.frontends.report.visible import visible
from fettle.model import command
from fettle.model.diagnosis import Accepted, Diagnosis
from fettle.model.finding import Finding, Unknown
from fettle.model.page import Page
from fettle.model.severity import Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, object]
Pages = Mapping[str, Page]

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# From 0 to 100, for viewers that sort by it.
RANKS = {severity: 25.0 * severity for severity in Severity}


def write(diagnoses: Sequence[Diagnosis], verbose: bool) -> str:
    """Return the log; the rules' texts are the pages of the installed checks."""
    pages = {id_: check.page for id_, check in unit.checks().items()}
    return dumped(log(diagnoses, pages, verbose=verbose), indent=2) + "\n"


def log(diagnoses: Sequence[Diagnosis], pages: Pages, *, verbose: bool) -> Json:
    """Return the log as a mapping."""
    runs = [_run(diagnosis, pages, verbose=verbose) for diagnosis in diagnoses]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def _run(diagnosis: Diagnosis, pages: Pages, *, verbose: bool) -> Json:
    rules = list(_rules(diagnosis, pages))
    places = {str(rule["id"]): place for place, rule in enumerate(rules)}
    driver = {"name": "Fettle", "version": fettle.__version__, "rules": rules}
    results = [
        *(_result(diagnosis, found, None, verbose=verbose) for found in diagnosis.findings),
        *(_result(diagnosis, one.finding, one, verbose=verbose) for one in diagnosis.accepted),
        *_gone(diagnosis),
    ]
    for result in results:
        result["ruleIndex"] = places[str(result["ruleId"])]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"fettle/{visible(diagnosis.target)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(diagnosis)],
        "results": results,
        "properties": {"target": visible(diagnosis.target), "status": diagnosis.status},
    }


def _rules(diagnosis: Diagnosis, pages: Pages) -> Iterator[Json]:
    """Yield the page of every check that was asked, and of those that results are left from."""
    found = {one.check: one for outcome in diagnosis.outcomes for one in outcome.findings}
    gone = diagnosis.change.gone if diagnosis.change else ()
    asked = [outcome.check for outcome in diagnosis.outcomes]
    for check in dict.fromkeys([*asked, *found, *(key.partition(":")[0] for key in gone)]):
        page = pages.get(check)
        if page is None and check in found:
            page = Page(found[check].title, {"Why it matters": found[check].impact})
        yield _rule(check, page or Page(check.replace("_", " "), {}))


def _rule(check: str, page: Page) -> Json:
    title = visible(page.title or check)
    why = visible(page.sections.get("Why it matters", ""))
    rest = [(label, text) for label, text in page.sections.items() if text]
    return {
        "id": check,
        "name": "".join(word.capitalize() for word in check.split("_")),
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": why or f"{title}."},
        "help": {"text": "\n\n".join(f"{label}: {text}" for label, text in rest) or title},
    }


def _result(
    diagnosis: Diagnosis, finding: Finding, accepted: Accepted | None, *, verbose: bool
) -> Json:
    result: Json = {
        "ruleId": finding.check,
        "level": LEVELS[finding.severity],
        "rank": RANKS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(diagnosis, finding.subject)],
        "partialFingerprints": {"fettle/key/v1": visible(finding.key)},
        "properties": {
            **as_json(finding, None if verbose else 5),
            "fix_plans": [
                command.fix_plan(diagnosis.target, fix, finding.subject) for fix in finding.fixes
            ],
        },
    }
    if diagnosis.change is not None:
        result["baselineState"] = _state(diagnosis, finding.key)
    if accepted is not None:
        until = f" (until {accepted.until:%Y-%m-%d})" if accepted.until else ""
        reason = visible(accepted.reason) + until
        suppression = {"kind": "external", "status": "accepted", "justification": reason}
        result["suppressions"] = [suppression]
    return result


def _message(finding: Finding) -> str:
    told = f"{finding.subject}: {finding.description}"
    return "\n".join(visible(text) for text in (told, *finding.recommendations))


def _location(diagnosis: Diagnosis, subject: str) -> Json:
    whole = f"{diagnosis.target}/{subject}"
    logical = {"name": visible(subject), "fullyQualifiedName": visible(whole), "kind": "resource"}
    return {"logicalLocations": [logical]}


def _state(diagnosis: Diagnosis, key: str) -> str:
    change = diagnosis.change
    if change is not None and key in change.new:
        return "new"
    return "updated" if change is not None and key in change.worse else "unchanged"


def _gone(diagnosis: Diagnosis) -> Iterator[Json]:
    """Yield what was there the last time and is not any more."""
    for key in diagnosis.change.gone if diagnosis.change else ():
        check, _, subject = key.partition(":")
        yield {
            "ruleId": check,
            "level": "none",
            "kind": "pass",
            "message": {"text": f"{visible(subject)}: not found any more"},
            "locations": [_location(diagnosis, subject)],
            "partialFingerprints": {"fettle/key/v1": visible(key)},
            "baselineState": "absent",
        }


def _invocation(diagnosis: Diagnosis) -> Json:
    return {
        "executionSuccessful": diagnosis.unreachable is None,
        "startTimeUtc": moment(diagnosis.started_at),
        "endTimeUtc": moment(diagnosis.started_at + diagnosis.duration),
        "toolExecutionNotifications": [
            _notification(check, gap, asked=gap is not diagnosis.unreachable)
            for check, gap in diagnosis.unknown
        ],
    }


def _notification(check: str, gap: Unknown, *, asked: bool) -> Json:
    remedy = f"\n{visible(gap.remedy)}" if gap.remedy else ""
    notification: Json = {
        "level": "warning" if asked else "error",
        "descriptor": {"id": check},
        "message": {"text": f"{check}: {visible(gap.reason)}{remedy}"},
    }
    if asked:
        notification["associatedRule"] = {"id": check}
    return notification
