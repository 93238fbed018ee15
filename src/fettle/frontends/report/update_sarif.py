"""SARIF 2.1.0: a look for updates, for dashboards of code scanning.

A result is a weakness of something in use, where it stands, or a note that it was withdrawn; what
is only newer is a result as well, of a kind that fails nothing. What was not looked at is a
notification of the tool, so that a run without results is not taken for one that has seen
everything.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
"""

from collections.abc import Iterator
from urllib.parse import quote

import fettle
from fettle.frontends.report.address import address
from fettle.frontends.report.as_json import moment
from fettle.frontends.report.sarif import LEVELS, RANKS, SCHEMA, Json
from fettle.frontends.report.update_document import with_security
from fettle.frontends.report.visible import visible
from fettle.model.severity import Severity
from fettle.model.update import (
    Advisory,
    Ecosystem,
    Package,
    SourceResult,
    SourceState,
    Update,
    UpdateCheck,
    UpdateType,
    is_whole,
)

NEWER = "newer-version"
WITHDRAWN = "withdrawn-version"
# Whose things stand in files; the rest is on a machine or in a database.
_IN_FILES = (Ecosystem.PYPI, Ecosystem.NPM, Ecosystem.OCI)
# What dashboards sort weaknesses by, from 0 to 10: the middle of what CVSS calls by that word.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}


def log(check: UpdateCheck) -> Json:
    """Return the log of a look, as a mapping."""
    results = [*_closed(check), *_open(check), *_withdrawn(check), *_newer(check)]
    rules = list(_rules(check))
    places = {str(rule["id"]): place for place, rule in enumerate(rules)}
    for result in results:
        result["ruleIndex"] = places[str(result["ruleId"])]
    driver = {"name": "Fettle", "version": fettle.__version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "fettle/updates/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(check)],
        "results": results,
        "properties": {"whole": is_whole(with_security(check))},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(check: UpdateCheck) -> Iterator[Json]:
    """Yield each weakness once; and the rules of what is withdrawn, and only newer, if any is."""
    known = [advisory for one in check.updates for advisory in one.advisories]
    known += [one.advisory for one in check.open]
    for advisory in {one.id: one for one in known}.values():
        yield _rule(advisory)
    if check.withdrawn:
        text = {"text": "A version in use was withdrawn, or its registry does not have it."}
        yield {"id": WITHDRAWN, "name": "WithdrawnVersion", "shortDescription": text}
    if any(one.type is UpdateType.REGULAR for one in check.updates):
        text = {"text": "A newer version is on offer."}
        yield {"id": NEWER, "name": "NewerVersion", "shortDescription": text}


def _rule(advisory: Advisory) -> Json:
    title = visible(advisory.summary or advisory.id) or "A weakness"
    names = ", ".join(sorted(advisory.aliases))
    told = [title, f"Also called {names}." if names else "", *advisory.contradictions]
    rule: Json = {
        "id": visible(advisory.id),
        "name": "KnownWeakness",
        "shortDescription": {"text": title},
        "fullDescription": {"text": visible(" ".join(filter(None, told)))},
        "properties": {
            "security-severity": _SCORES[_severity(advisory)],
            "tags": ["security", "vulnerability"],
        },
    }
    if advisory.url and (url := address(advisory.url)):
        rule["helpUri"] = url
    return rule


def _closed(check: UpdateCheck) -> Iterator[Json]:
    for update in check.updates:
        for advisory in update.advisories:
            says = f"{_named(update)} is closed by {update.version}."
            if update.through:
                raised = ", ".join(f"{one.package.name} {one.version}" for one in update.through)
                says += f" To be raised for it: {raised}."
            if update.held:
                says += f" It is held: {'; '.join(update.held)}."
            place = update.package, update.where
            yield _weakness(check, advisory, place, update.current, says)


def _open(check: UpdateCheck) -> Iterator[Json]:
    for one in check.open:
        installed = one.installed
        says = f"{installed.package.name} {installed.version}: nothing on offer closes it."
        place = installed.package, installed.where
        yield _weakness(check, one.advisory, place, installed.version, says)


def _withdrawn(check: UpdateCheck) -> Iterator[Json]:
    for one in check.withdrawn:
        key = f"{one.where}/{one.package.ecosystem.value}/{one.package.name}/{one.version}"
        yield {
            "ruleId": WITHDRAWN,
            "level": "note",
            "message": {"text": visible(f"{one.package.name} {one.version}: {one.reason}.")},
            "locations": [_location(one.package, one.where)],
            "partialFingerprints": {"fettle/withdrawn/v1": visible(key)},
            "properties": {"package": visible(one.package.name), "version": visible(one.version)},
        }


def _newer(check: UpdateCheck) -> Iterator[Json]:
    for update in check.updates:
        if update.type is not UpdateType.REGULAR:
            continue
        held = f" It is held: {'; '.join(update.held)}." if update.held else ""
        yield {
            "ruleId": NEWER,
            "level": "none",
            "kind": "informational",
            "message": {"text": visible(f"{_named(update)}: {update.version} is on offer.{held}")},
            "locations": [_location(update.package, update.where)],
            "partialFingerprints": {"fettle/update/v1": visible(update.id)},
            "properties": {"update": visible(update.id), "confidence": update.confidence},
        }


def _weakness(
    check: UpdateCheck, advisory: Advisory, place: tuple[Package, str], version: str, says: str
) -> Json:
    package, where = place
    severity = _severity(advisory)
    title = advisory.summary or advisory.id
    key = f"{where}/{package.ecosystem.value}/{package.name}/{version}/{advisory.id}"
    result: Json = {
        "ruleId": visible(advisory.id),
        "level": LEVELS[severity],
        "rank": RANKS[severity],
        "message": {"text": visible(f"{says} {title}")},
        "locations": [_location(package, where)],
        "partialFingerprints": {"fettle/weakness/v1": visible(key)},
        "properties": {"package": visible(package.name), "version": visible(version)},
    }
    if (reason := check.accepted.get((package, advisory.id))) is not None:
        accepted = {"kind": "external", "status": "accepted", "justification": visible(reason)}
        result["suppressions"] = [accepted]
    return result


def _severity(advisory: Advisory) -> Severity:
    """Return how bad it is; what nobody has rated counts as high."""
    return Severity.HIGH if advisory.severity is None else advisory.severity


def _named(update: Update) -> str:
    return f"{update.package.name} {update.current}"


def _location(package: Package, where: str) -> Json:
    """Return a place: the file and the line, as far as there are any, and the package in it."""
    name = visible(f"{where}/{package.name}")
    logical = {"name": visible(package.name), "fullyQualifiedName": name, "kind": "package"}
    location: Json = {"logicalLocations": [logical]}
    if package.ecosystem in _IN_FILES:
        file, line = _file_and_line(where)
        uri = quote(file, errors="replace")
        location["physicalLocation"] = {
            "artifactLocation": {"uri": f"file://{uri}" if file.startswith("/") else uri},
            "region": {"startLine": line},
        }
    return location


def _file_and_line(where: str) -> tuple[str, int]:
    """Split what an image is named in: `Dockerfile:3`, or `compose.yaml: shop`."""
    file, colon, behind = where.rpartition(":")
    if colon and behind.isdecimal() and len(behind) < 9:
        return file, max(int(behind), 1)
    return (file if colon and behind.startswith(" ") else where), 1


def _invocation(check: UpdateCheck) -> Json:
    failed = any(one.state is SourceState.FAILED for one in check.sources)
    return {
        "executionSuccessful": not failed,
        "endTimeUtc": moment(check.at),
        "toolExecutionNotifications": [
            notification for one in with_security(check) for notification in _notifications(one)
        ],
    }


def _notifications(source: SourceResult) -> Iterator[Json]:
    """Yield what a source did not look at."""
    if source.state is not SourceState.OK:
        level = "error" if source.state is SourceState.FAILED else "warning"
        reason = source.reason or "no reason is told"
        yield _notification(source, level, f"{source.state.value}: {reason}", source.remedy)
    for one in source.passed:
        yield _notification(source, "warning", f"{one.subject}: {one.reason}", one.remedy)


def _notification(source: SourceResult, level: str, says: str, remedy: str | None) -> Json:
    text = "\n".join(visible(one) for one in (says, remedy) if one)
    return {"level": level, "descriptor": {"id": source.source}, "message": {"text": text}}
