"""How values are said on pages."""

import pytest

from fettle.frontends.report.issue_document import EntryDocument
from fettle.frontends.web import said


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", []),
        ("no code", [("no code", False)]),
        ("`df -h`", [("df -h", True)]),
        (
            "run `a` and `b c`.",
            [("run ", False), ("a", True), (" and ", False), ("b c", True), (".", False)],
        ),
        ("it`s only one", [("it`s only one", False)]),
        ("`a` and it`s", [("a", True), (" and it`s", False)]),
    ],
)
def test_what_stands_between_backticks_is_code(line: str, parts: list[tuple[str, bool]]) -> None:
    assert [(part.text, part.code) for part in said.code(line)] == parts


@pytest.mark.parametrize(
    ("moment", "field"),
    [
        ("2026-01-01T12:03:59Z", "2026-01-01T12:03"),
        ("2026-01-01T12:03:59+02:00", "2026-01-01T10:03"),
        ("2026-01-01T12:03", "2026-01-01T12:03"),
        ("tonight", ""),
        ("", ""),
    ],
)
def test_a_moment_stands_in_its_field_in_utc_to_the_minute(moment: str, field: str) -> None:
    assert said.minute(moment) == field


@pytest.mark.parametrize(
    ("event", "detail", "headline"),
    [
        ("note", {}, "note"),
        ("fix-done", {}, "fix done"),
        ("stage-done", {"stage": "root-cause"}, "root cause: done"),
        ("stage-skipped", {"stage": "test"}, "test: not needed"),
        ("stage-open", {"stage": "test"}, "test: not done"),
        ("runbook-step", {"done": "true"}, "step done"),
        ("runbook-step", {"done": "false"}, "step not done"),
        ("milestones", {}, "milestones set right"),
    ],
)
def test_an_entry_of_a_timeline_has_a_headline(
    event: str, detail: dict[str, str], headline: str
) -> None:
    entry: EntryDocument = {"at": "", "actor": "", "event": event, "text": "", "detail": detail}

    assert said.headline(entry) == headline
