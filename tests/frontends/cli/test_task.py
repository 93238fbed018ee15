"""`fettle task` as a shell user calls it."""

import json
from pathlib import Path
from typing import Any

import icalendar
import pytest

from fettle import unit
from tests.frontends.cli.calling import Called, fettle
from tests.maintenance.test_settled import INDEX_CARE
from tests.schemas import validate

DAYS = ("--from", "2026-03-07T00:00:00Z", "--to", "2026-03-10T00:00:00Z")
NEW_YORK = INDEX_CARE.replace("Europe/Berlin", "America/New_York").replace("03:00", "02:30")
TRIED = NEW_YORK.replace('frequency = "weekly"', 'frequency = "daily"').replace(
    'day_of_week = "sunday"', "exclude = [2026-03-09]"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tried.toml").write_text(TRIED, encoding="utf-8")
    return tmp_path


def plan(folder: Path, *more: str) -> Called:
    return fettle("task", "plan", "--tasks", "tried.toml", *DAYS, *more, cwd=folder)


def document(called: Called) -> dict[str, Any]:
    assert (called.code, called.err) == (0, "")
    found: dict[str, Any] = json.loads(called.out)
    return validate(found)


def test_a_file_of_tasks_is_planned_in_the_promised_shape(folder: Path) -> None:
    found = document(plan(folder, "--format", "json"))

    assert found["occurrences"] == [
        {
            "task": "sunday-index-care",
            "local": "2026-03-07T02:30",
            "start": "2026-03-07T07:30:00Z",
            "cutoff": "2026-03-07T09:00:00Z",
            "end": "2026-03-07T09:30:00Z",
            "state": "planned",
            "reason": None,
        },
        {
            "task": "sunday-index-care",
            "local": "2026-03-08T02:30",
            "start": "2026-03-08T07:30:00Z",  # 03:30 in New York
            "cutoff": "2026-03-08T09:00:00Z",
            "end": "2026-03-08T09:30:00Z",
            "state": "planned",
            "reason": None,
        },
        {
            "task": "sunday-index-care",
            "local": "2026-03-09T02:30",
            "start": "2026-03-09T06:30:00Z",
            "cutoff": "2026-03-09T08:00:00Z",
            "end": "2026-03-09T08:30:00Z",
            "state": "skipped",
            "reason": "2026-03-09 is excluded",
        },
    ]


def test_a_plan_is_read_day_by_day(folder: Path) -> None:
    assert plan(folder).out.splitlines() == [
        "Saturday, 2026-03-07",
        "  07:30-09:30    sunday-index-care (02:30 local)",
        "",
        "Sunday, 2026-03-08",
        "  07:30-09:30    sunday-index-care (02:30 local)",
        "",
        "Monday, 2026-03-09",
        "  06:30-08:30    sunday-index-care (02:30 local): skipped, 2026-03-09 is excluded",
        "",
        "Times are UTC.",
    ]


def test_a_plan_is_a_calendar_too(folder: Path) -> None:
    calendar = icalendar.Calendar.from_ical(plan(folder, "--format", "ics").out)
    first, _, last = calendar.walk("VEVENT")

    assert first["uid"] == "20260307T023000-sunday-index-care@fettle"
    assert f"{first.decoded('dtstart'):%H:%M} {first.decoded('dtend'):%H:%M}" == "07:30 09:30"
    assert (str(first["summary"]), str(first["status"])) == ("Index care", "CONFIRMED")
    assert str(last["status"]) == "CANCELLED"
    assert "Skipped: 2026-03-09 is excluded" in str(last["description"])


def test_tasks_are_listed_and_shown(folder: Path) -> None:
    listed = validate(json.loads(fettle("task", "list", "--format", "json", cwd=folder).out))
    assert listed["items"][0]["id"] == "daily-backup-verification"
    done = {one["id"]: one["runs"] for one in listed["items"]}
    assert all(done[one.id] is one.runs for one in unit.tasks().values())

    text = fettle("task", "list", cwd=folder).out
    assert "weekly-security-scan              every Sunday at 03:00 UTC, for 3 h" in text
    assert "daily-log-rotation                not planned; it would come every day at 02:00" in text
    assert "There is nothing for it to do: the settings have no [[rotation]]." in text
    shown = fettle("task", "show", "monthly_database_maintenance", cwd=folder).out
    assert "downtime    needed, 02:00-05:00" in shown
    assert "and goes on where one fails:\n  1. Look at the tables' statistics" in shown
    file = ("--tasks", "tried.toml")
    mine = fettle("task", "show", "sunday-index-care", *file, cwd=folder).out
    assert "     fix repair_invalid_index on main-db\n" in mine
    assert "tried 2 times at most, by workers labelled db-host" in mine
    as_json = fettle("task", "show", "sunday-index-care", *file, "--format", "json", cwd=folder)
    assert validate(json.loads(as_json.out))["window"]["timezone"] == "America/New_York"


def test_a_plan_of_named_tasks_has_no_other(folder: Path) -> None:
    days = ("--days", "3", "--format", "json")
    found = document(fettle("task", "plan", "daily_log_rotation", *days, cwd=folder))

    assert [one["task"] for one in found["occurrences"]] == ["daily-log-rotation"] * 3
    nothing = "there is nothing for it to do: the settings have no [[rotation]]"
    assert {one["reason"] for one in found["occurrences"]} == {nothing}


def test_a_plan_of_all_leaves_out_what_has_nothing_to_do(folder: Path) -> None:
    found = document(fettle("task", "plan", "--days", "30", "--format", "json", cwd=folder))

    assert {one["task"] for one in found["occurrences"]} >= {"weekly-security-scan"}
    assert "daily-log-rotation" not in {one["task"] for one in found["occurrences"]}


def test_its_page_is_explained(folder: Path) -> None:
    page = fettle("explain", "daily-backup-verification", cwd=folder).out

    assert page.startswith("daily-backup-verification: Backups that cannot be restored are found")
    assert "Could not check when\n" in page
    assert "    3. Restore the backup into a throw-away cluster\n" in page
    assert "Tasks:\n  daily-backup-verification " in fettle("explain", cwd=folder).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "--to", "2026-01-01", "--days", "3"), "either --to or --days"),
        (
            ("plan", "--from", "2026-01-02", "--to", "2026-01-01"),
            "it ends at 2026-01-01 00:00, not after",
        ),
        (("plan", "--from", "soon"), "'soon' is no moment"),
        (("plan", "--from", "2026-01-01", "--to", "2200-01-01"), "36,525 days at most"),
        (("plan", "--from", "9999-12-31", "--days", "30"), "no calendar goes that far"),
        (("plan", "--from", "0001-01-02", "--days", "3"), "the years from 1970 to 2400"),
        (("plan", "--days", "0"), "0 is not in the range"),
        (("plan", "no-such-task"), "there is no task no-such-task"),
        (("show", "daily-log"), "did you mean daily-log-rotation?"),
        (("plan", "--tasks", "tried.toml", "--server", "http://127.0.0.1:1"), "either --tasks"),
        (("plan", "--tasks", "missing.toml"), "does not exist"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    called = fettle("task", *arguments, cwd=folder)

    assert called.code == 64
    assert called.out == ""
    assert said in called.err


def test_a_task_that_is_wrong_is_named_with_its_file(folder: Path) -> None:
    (folder / "tried.toml").write_text(TRIED.replace("America/New_York", "Mars/Base"), "utf-8")
    called = plan(folder)

    assert called.code == 64
    assert called.err == (
        "fettle: tried.toml: [[task]] sunday-index-care: window.timezone: 'Mars/Base' is no time "
        "zone; write it like Europe/Berlin\n"
    )


def test_the_fast_writer_writes_what_the_document_says(folder: Path) -> None:
    """Lines are written by hand, a million in some seconds: they are those of the document."""
    from fettle import settings  # noqa: PLC0415 - of this test alone
    from fettle.frontends.report.task_document import lines_of, of_occurrence  # noqa: PLC0415
    from fettle.maintenance.settled import tried_of  # noqa: PLC0415
    from tests.maintenance.making import utc  # noqa: PLC0415

    agenda = tried_of(settings.load(folder / "tried.toml", {}))
    start, end = utc(2026, 1, 1), utc(2027, 1, 1)
    found = json.loads("".join(lines_of(start, end, agenda.expected(start, end))))

    wanted = [of_occurrence(one) for one in agenda.expected(start, end)]
    assert found["occurrences"] == wanted
    assert len(wanted) == 365
