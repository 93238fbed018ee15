"""JUnit XML: a Diagnosis for a pipeline, one test suite for each target, one test for each check.

A check fails on a finding of medium or worse; what could not be looked at is skipped, never
passed. The rest is in the test's output.
"""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from fettle.frontends.report.as_json import moment
from fettle.frontends.report.visible import visible, visible_lines
from fettle.model import command
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Finding
from fettle.model.severity import Severity


def write(diagnoses: Sequence[Diagnosis], verbose: bool) -> str:
    """Return the document."""
    root = ET.Element("testsuites", name="fettle")
    for diagnosis in diagnoses:
        root.append(_suite(diagnosis, verbose=verbose))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{sum(one.duration.total_seconds() for one in diagnoses):.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _suite(diagnosis: Diagnosis, *, verbose: bool) -> ET.Element:
    target = visible(diagnosis.target)
    suite = ET.Element("testsuite", name=target)
    cases = [_case(diagnosis, outcome, verbose=verbose) for outcome in diagnosis.outcomes]
    if diagnosis.unreachable is not None:
        cases.insert(0, _connection(diagnosis))
    for case in cases:
        case.set("classname", f"fettle.{target}")
        suite.append(case)
    suite.set("tests", str(len(cases)))
    for count, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(name) is not None for case in cases)))
    suite.set("timestamp", moment(diagnosis.started_at))
    suite.set("time", f"{diagnosis.duration.total_seconds():.3f}")
    return suite


def _connection(diagnosis: Diagnosis) -> ET.Element:
    """Return the test that is there only when the target could not be reached."""
    case = ET.Element("testcase", name="connection", time="0")
    gap = diagnosis.unreachable
    reason = visible(gap.reason) if gap else ""
    error = ET.SubElement(case, "error", message=reason, type="unreachable")
    error.text = visible(gap.remedy) if gap and gap.remedy else None
    return case


def _case(diagnosis: Diagnosis, outcome: Outcome, *, verbose: bool) -> ET.Element:
    case = ET.Element("testcase", name=visible(outcome.check), time="0")
    accepted = {entry.finding.key for entry in diagnosis.accepted}
    open_ = [finding for finding in outcome.findings if finding.key not in accepted]
    bad = [finding for finding in open_ if finding.severity >= Severity.MEDIUM]
    if bad:
        worst = max(finding.severity for finding in bad)
        message = "; ".join(f"{finding.subject}: {finding.description}" for finding in bad)
        failure = ET.SubElement(case, "failure", message=visible(message), type=str(worst))
        failure.text = _text(line for one in bad for line in _told(diagnosis, one, verbose=verbose))
    elif outcome.unknown:
        reasons = "; ".join(gap.reason for gap in outcome.unknown)
        ET.SubElement(case, "skipped", message=visible(reasons))
    if lines := list(_output(diagnosis, outcome, verbose=verbose)):
        ET.SubElement(case, "system-out").text = _text(iter(lines))
    return case


def _told(diagnosis: Diagnosis, finding: Finding, *, verbose: bool) -> Iterator[str]:
    yield f"{finding.severity}: {finding.subject}"
    yield f"  {finding.description}"
    for row in finding.evidence[: None if verbose else 5]:
        yield "  " + ", ".join(f"{name} {value}" for name, value in row.items())
    yield from (f"  → {recommendation}" for recommendation in finding.recommendations)
    for fix in finding.fixes:
        yield f"  {command.fix_plan(diagnosis.target, fix, finding.subject)}"


def _output(diagnosis: Diagnosis, outcome: Outcome, *, verbose: bool) -> Iterator[str]:
    """Yield what makes no test fail: small findings, accepted ones, gaps and notes."""
    accepted = {entry.finding.key: entry for entry in diagnosis.accepted}
    for finding in outcome.findings:
        if (entry := accepted.get(finding.key)) is not None:
            until = f" until {entry.until:%Y-%m-%d}" if entry.until else ""
            yield f"accepted{until}: {finding.subject}: {entry.reason}"
        elif finding.severity < Severity.MEDIUM:
            yield from _told(diagnosis, finding, verbose=verbose)
    for gap in outcome.unknown:
        yield f"could not look: {gap.reason}"
        if gap.remedy:
            yield f"  → {gap.remedy}"
    yield from (f"note: {note.text}" for note in outcome.notes)


def _text(lines: Iterator[str]) -> str:
    return "\n" + "\n".join(part for line in lines for part in visible_lines(line)) + "\n"
