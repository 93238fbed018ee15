"""Tasks in the settings are taken as they are meant, or refused where they stand."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from fettle import settings, unit
from fettle.errors import BadSettings, NotFound
from fettle.maintenance.agenda import Agenda
from fettle.maintenance.settled import agenda_of, tried_of
from fettle.maintenance.words import schedule
from fettle.model.remedy import Call
from fettle.model.task import (
    ApplyFix,
    AskCheck,
    AskPerson,
    Automation,
    Category,
    Downtime,
    Frequency,
    RunCommand,
    RunSql,
)
from tests.maintenance.making import clock, hours, utc

DATABASE = '[[database]]\nname = "main-db"\nurl = "postgresql:///main"\n'
INDEX_CARE = """
[[task]]
id = "sunday-index-care"
name = "Index care"
description = "Rebuild what bloated during the week"
category = "performance"
frequency = "weekly"
automation = "partial"
[task.window]
start = "03:00"
timezone = "Europe/Berlin"
duration = "2h"
cutoff = "30m"
day_of_week = "sunday"
[task.procedure]
estimated_duration = "1h"
requires_downtime = false
continue_on_error = false
[[task.procedure.steps]]
name = "Rebuild invalid indexes"
fix = "repair_invalid_index"
target = "main-db"
timeout = "30m"
retries = 1
idempotent = true
on = "db-host"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def agenda(folder: Path, text: str, **environ: str) -> Agenda:
    file = folder / "fettle.toml"
    file.write_text(text, encoding="utf-8")
    return agenda_of(settings.load(file, environ))


def care(folder: Path, old: str = "", new: str = "", more: str = "") -> Agenda:
    """Return the agenda of the index care, with something changed in it."""
    assert old in INDEX_CARE
    return agenda(folder, DATABASE + INDEX_CARE.replace(old, new, 1) + more)


def test_a_task_is_taken_as_it_is_written(folder: Path) -> None:
    task = care(folder).find("sunday_index_care")

    assert (task.name, task.category, task.automation) == (
        *("Index care", Category.PERFORMANCE, Automation.PARTIAL),
    )
    assert schedule(task) == (
        "every Sunday at 03:00 Europe/Berlin, for 2 h; nothing begins in its last 30 min"
    )
    (step,) = task.procedure.steps
    assert step.act == ApplyFix("repair_invalid_index")
    assert (step.target, step.timeout, step.retries, step.idempotent, step.on) == (
        *("main-db", timedelta(minutes=30), 1, True, "db-host"),
    )
    assert not step.needs_downtime


STEPS = """
[[task.procedure.steps]]
name = "look"
check = "index-invalid"
target = "main-db"
[[task.procedure.steps]]
name = "run"
command = ["vacuumdb", "--all"]
[[task.procedure.steps]]
name = "call"
http = "https://hooks.example/done"
[[task.procedure.steps]]
name = "call with more"
http = { url = "https://hooks.example/x", method = "PUT", body = "{}", token = "${TOKEN}" }
[[task.procedure.steps]]
name = "ask the database"
sql = "select 1"
target = "main-db"
needs_downtime = true
[[task.procedure.steps]]
name = "ask somebody"
person = "read the report"
"""


def test_a_step_is_one_of_six_kinds(folder: Path) -> None:
    text = INDEX_CARE.replace("requires_downtime = false", 'downtime = "03:00-04:30"')
    task = agenda(folder, DATABASE + text + STEPS, TOKEN="s3cret").find("sunday-index-care")

    assert [step.act for step in task.procedure.steps[1:]] == [
        AskCheck("index_invalid"),
        RunCommand(("vacuumdb", "--all")),
        Call("POST", "https://hooks.example/done"),
        Call("PUT", "https://hooks.example/x", "{}", "s3cret"),
        RunSql("select 1"),
        AskPerson("read the report"),
    ]
    assert task.procedure.downtime == Downtime(clock("03:00"), clock("04:30"))
    assert all(step.needs_downtime for step in task.procedure.steps)
    assert "s3cret" not in repr(task)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('duration = "2h"', 'duration = "45m"', "it is open for 45 min, and the task takes 1 h"),
        ('duration = "2h"', 'duration = "0s"', "a window is open for some time"),
        ('duration = "2h"', 'duration = "8 days"', "a week at most"),
        ('cutoff = "30m"', 'cutoff = "2h"', "the cutoff is shorter than the window"),
        ("Europe/Berlin", "Europe/Berlyn", "'Europe/Berlyn' is no time zone"),
        ("Europe/Berlin", "../etc/passwd", "is no time zone"),
        ("Europe/Berlin", "", "is no time zone"),
        ('"03:00"', '"25:00"', "'25:00' is no time of day; write it like 09:00"),
        ('"sunday"', '"sonntag"', "window.day_of_week"),
        ('day_of_week = "sunday"', "day_of_month = 32", "window.day_of_month"),
        ('frequency = "weekly"', 'frequency = "hourly"', "frequency"),
        ('frequency = "weekly"', "", "frequency: it is required, or a rule"),
        ('frequency = "weekly"', 'frequency = "weekly"\nrule = "FREQ=DAILY"', "write one of them"),
        ('frequency = "weekly"', 'rule = "FREQ=SECONDLY"', "it would come every second"),
        ('frequency = "weekly"', 'rule = "FREQ=DAILY;BYMINUTE=0,1"', "it comes again after 1 min"),
        ('frequency = "weekly"', 'rule = "FREQ=HOURLY"', None),
        (
            'frequency = "weekly"',
            'rule = "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0,30"',
            "it comes again after 30 min; the task takes 1 h",
        ),
        (
            'frequency = "weekly"',
            'rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"',
            "no day fits all that this one says",
        ),
        (
            'frequency = "weekly"',
            'rule = "FREQ=HOURLY;INTERVAL=12;BYHOUR=4"',
            "no day fits all that this one says",
        ),
        (
            'frequency = "weekly"',
            'rule = "DTSTART:20260104 FREQ=DAILY;UNTIL=20260104T020000"',
            "no day fits all that this one says",
        ),
        ('frequency = "weekly"', 'rule = "RRULE:FREQ=NEVER"', "nothing that a task comes by"),
        ('"sunday-index-care"', '"sunday index care"', "is no id: letters, digits"),
        ('"repair_invalid_index"', '"repair_invalid_indx"', "did you mean repair_invalid_index?"),
        ('target = "main-db"', 'target = "main-bd"', "did you mean main-db?"),
        ('target = "main-db"', "", "target: it is required where there is a fix"),
        ('fix = "repair_invalid_index"', "", "it has none of them"),
        (
            'fix = "repair_invalid_index"',
            'fix = "repair_invalid_index"\nperson = "look"',
            "it has fix and person",
        ),
        ('fix = "repair_invalid_index"', 'check = "no_such_check"', "no check is called"),
        ('fix = "repair_invalid_index"', 'command = "vacuumdb --all"', "there is no shell"),
        ('fix = "repair_invalid_index"', 'http = "hooks.example"', "an address like https://"),
        ('fix = "repair_invalid_index"', 'http = { url = "https://a.b", token = "x" }', "a secret"),
        (
            'fix = "repair_invalid_index"',
            'command = ["pg_dump", "postgresql://a:secret@db/shop"]',
            "a secret stands in the file",
        ),
        ('timeout = "30m"', 'timeout = "0s"', "timeout"),
        ("retries = 1", "retries = -1", "retries"),
        ("idempotent = true", "idempotent = true\nneeds_downtime = true", "needs_downtime"),
        ("idempotent = true", "idempotant = true", "there is no such setting"),
        (
            "requires_downtime = false",
            'downtime = "02:00-04:00"',
            "02:00-04:00 does not lie in the window, which opens at 03:00 for 2 h",
        ),
        ('automation = "partial"', 'depends_on = ["sunday-index-cure"]', "depends_on: no task"),
        (
            'automation = "partial"',
            'depends_on = ["sunday_index_care"]',
            "wait for one another: sunday-index-care → sunday-index-care",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    folder: Path, old: str, new: str, said: str | None
) -> None:
    if said is None:
        assert care(folder, old, new).find("sunday-index-care").window.rule is not None
        return
    with pytest.raises(BadSettings) as refused:
        care(folder, old, new)
    assert said in refused.value.reason
    assert "sunday" in refused.value.reason


def test_a_task_without_steps_does_nothing_and_is_refused(folder: Path) -> None:
    head, _, _ = INDEX_CARE.partition("[[task.procedure.steps]]")

    with pytest.raises(BadSettings, match="a task has one step at least"):
        agenda(folder, head)


def test_two_steps_or_tasks_of_one_name_are_refused(folder: Path) -> None:
    _, _, step = INDEX_CARE.partition("[[task.procedure.steps]]")

    with pytest.raises(BadSettings, match="two steps are called Rebuild invalid indexes"):
        care(folder, more=f"[[task.procedure.steps]]{step}")
    twin = INDEX_CARE.replace("sunday-index", "sunday_index")
    with pytest.raises(BadSettings, match=r"\[\[task\]\]: two are called"):
        care(folder, more=twin)


def test_tasks_that_wait_for_one_another_are_refused(folder: Path) -> None:
    ring = ""
    for name, needs in (("a", "b"), ("b", "c"), ("c", "a")):
        ring += INDEX_CARE.replace("sunday-index-care", name).replace(
            "category =", f'depends_on = ["{needs}"]\ncategory ='
        )

    with pytest.raises(BadSettings, match="wait for one another: a → b → c → a"):
        agenda(folder, DATABASE + ring)


# Those that Fettle brings along


def test_the_guides_seven_are_there_with_their_times_and_one_of_our_own(folder: Path) -> None:
    found = {
        task.id: (
            task.frequency,
            schedule(task).partition(";")[0],
            task.automation.value,
            task.procedure.estimated_duration,
            len(task.procedure.steps),
        )
        for task in agenda(folder, "").tasks
    }

    quarters = "on day 1 of January, April, July and October at 09:00 UTC, for 6 h"
    assert found == {
        "daily-backup-verification": (
            *(Frequency.DAILY, "every day at 06:00 UTC, for 1 h", "full", hours(0.5), 4),
        ),
        "daily-log-rotation": (
            *(Frequency.DAILY, "every day at 02:00 UTC, for 30 min", "full", hours(0.25), 4),
        ),
        "weekly-security-scan": (
            *(Frequency.WEEKLY, "every Sunday at 03:00 UTC, for 3 h", "full", hours(2), 4),
        ),
        "weekly-performance-analysis": (
            *(Frequency.WEEKLY, "every Sunday at 05:00 UTC, for 2 h", "partial", hours(1), 5),
        ),
        "monthly-certificate-renewal": (
            Frequency.MONTHLY,
            "on day 1 of each month at 04:00 UTC, for 2 h",
            *("partial", hours(1), 5),
        ),
        "monthly-database-maintenance": (
            Frequency.MONTHLY,
            "on day 15 of each month at 02:00 UTC, for 4 h",
            *("partial", hours(3), 6),
        ),
        "quarterly-disaster-recovery-test": (Frequency.QUARTERLY, quarters, "manual", hours(4), 8),
        "weekly-updates": (
            *(Frequency.WEEKLY, "every Tuesday at 09:00 UTC, for 6 h", "partial", hours(2), 2),
        ),
    }
    upkeep = agenda(folder, "").find("monthly-database-maintenance")
    assert upkeep.procedure.downtime == Downtime(clock("02:00"), clock("05:00"))
    assert all(task.shipped for task in agenda(folder, "").tasks)


def test_one_of_them_is_changed_by_what_is_said_of_it(folder: Path) -> None:
    text = '[[task]]\nid = "daily_log_rotation"\nautomation = "partial"\n[task.window]\n'
    text += 'start = "04:30"\ntimezone = "Asia/Tokyo"\nduration = "1h"\nexclude = [2026-12-31]\n'
    task = agenda(folder, text).find("daily-log-rotation")

    assert schedule(task) == "every day at 04:30 Asia/Tokyo, for 1 h; not on 2026-12-31"
    assert task.automation is Automation.PARTIAL
    assert task.excluded == {date(2026, 12, 31)}
    assert task.procedure == unit.tasks()["daily-log-rotation"].task.procedure
    assert task.shipped


def test_one_of_them_can_come_by_another_rule_or_not_at_all(folder: Path) -> None:
    text = '[[task]]\nid = "daily-log-rotation"\nrule = "FREQ=DAILY;BYHOUR=2,14"\n'
    with pytest.raises(BadSettings, match="window: it is required where it comes by another rule"):
        agenda(folder, text)
    window = '[task.window]\nstart = "02:00"\nduration = "30m"\n'
    task = agenda(folder, text + window).find("daily-log-rotation")
    assert schedule(task) == "by FREQ=DAILY;BYHOUR=2,14 at 02:00, 14:00 UTC, for 30 min"

    off = agenda(folder, '[[task]]\nid = "daily-log-rotation"\nenabled = false\n')
    planned = off.plan(utc(2026, 1, 1), utc(2026, 2, 1))
    assert "daily-log-rotation" not in {one.task.id for one in planned}
    assert off.next_of(off.find("daily-log-rotation"), utc(2026, 1, 1)) is None


# Files and freezes


def test_a_folder_holds_more_tasks(folder: Path) -> None:
    (folder / "tasks").mkdir()
    (folder / "tasks" / "care.toml").write_text(INDEX_CARE, encoding="utf-8")
    named = DATABASE + '[maintenance]\ntasks = "tasks"\n'

    assert agenda(folder, named).find("sunday-index-care").name == "Index care"
    by_variable = agenda(folder, DATABASE, FETTLE_MAINTENANCE__TASKS="tasks")
    assert by_variable.find("sunday-index-care").name == "Index care"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[task]", "cannot be read"),
        ('[[database]]\nname = "x"', "holds nothing but [[task]]"),
        ('[[task]]\nid = "x"\ncolour = 1', "care.toml: [[task]] x: colour: there is no such"),
        ('[[task]]\nname = "x"', "care.toml: [[task]] x: id: it is required"),
        (INDEX_CARE + INDEX_CARE, "two are called"),
    ],
)
def test_a_file_that_is_wrong_is_named(folder: Path, text: str, said: str) -> None:
    (folder / "tasks").mkdir()
    (folder / "tasks" / "care.toml").write_text(text, encoding="utf-8")

    with pytest.raises(BadSettings) as refused:
        agenda(folder, '[maintenance]\ntasks = "tasks"\n')
    assert said in refused.value.reason


def test_a_folder_that_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(BadSettings, match="there is no folder upkeep"):
        agenda(folder, '[maintenance]\ntasks = "upkeep"\n')


def test_a_freeze_holds_from_its_first_day_to_its_last(folder: Path) -> None:
    text = '[[freeze]]\nname = "the end of the year"\nfrom = 2026-12-30\nto = 2026-12-31\n'
    text += 'timezone = "Europe/Berlin"\ncategories = ["infrastructure"]\n'
    found = agenda(folder, text + '[[rotation]]\nname = "app"\npaths = ["/var/log/app/*.log"]\n')
    starts = [
        (one.task.id, f"{one.start:%m-%d %H:%M}", one.reason)
        for one in found.plan(utc(2026, 12, 29), utc(2027, 1, 1))
    ]

    frozen = "frozen: the end of the year"
    assert [one for one in starts if one[0] == "daily-log-rotation"] == [
        ("daily-log-rotation", "12-29 02:00", None),
        ("daily-log-rotation", "12-30 02:00", frozen),
        ("daily-log-rotation", "12-31 02:00", frozen),
    ]
    assert {reason for id_, _, reason in starts if id_ == "weekly-security-scan"} <= {None}
    (freeze,) = found.freezes
    assert (freeze.start, freeze.end) == (utc(2026, 12, 29, 23), utc(2026, 12, 31, 23))


@pytest.mark.parametrize(
    ("freeze", "said"),
    [
        ("from = 2026-12-31\nto = 2026-12-30", "before it begins"),
        ("from = 2026-12-31T10:00:00\nto = 2026-12-31T10:00:00", "before it begins"),
        ('from = "soon"\nto = 2026-12-31', "is no moment; write it like 2026-12-24"),
        ("from = 2026-12-30", "it is required"),
        ("from = 2026-12-30\nto = 9999-12-31", "it lies between 1900 and 2400"),
        ('from = 2026-12-30\nto = 2026-12-31\ntasks = ["x"]', "tasks: no task is called x"),
        ('from = 2026-12-30\nto = 2026-12-31\ntargets = ["x"]', "targets: no target is called x"),
    ],
)
def test_a_freeze_that_cannot_be_is_refused(folder: Path, freeze: str, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        agenda(folder, f'[[freeze]]\nname = "sale"\n{freeze}\n')
    assert said in refused.value.reason
    assert "sale" in refused.value.reason


def test_a_file_is_tried_alone_and_without_its_targets(folder: Path) -> None:
    file = folder / "tried.toml"
    head, _, _ = INDEX_CARE.partition("[[task.procedure.steps]]")
    file.write_text(INDEX_CARE + head.replace("sunday-index-care", "other"), encoding="utf-8")

    found = tried_of(settings.load(file, {}))
    assert [task.id for task in found.tasks] == ["other", "sunday-index-care"]


def test_a_task_that_is_not_there_is_said_with_what_is_near(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"did you mean daily-log-rotation\?"):
        agenda(folder, "").find("daily-log-rotations")


@pytest.mark.parametrize(
    ("window", "frequency", "said"),
    [
        ("", 'frequency = "daily"', "every day at 03:00 UTC, for 2 h"),
        ("months = [6, 7]", 'frequency = "daily"', "every day in June and July"),
        ("", 'frequency = "weekly"', "every Monday at"),
        ('day_of_week = ["monday", "friday"]', 'frequency = "weekly"', "every Monday and Friday"),
        ("", 'frequency = "monthly"', "on day 1 of each month"),
        (
            "day_of_month = 31",
            'frequency = "monthly"',
            "on day 31 (of a shorter month on its last)",
        ),
        ('day_of_week = "sunday"', 'frequency = "monthly"', "on the first Sunday of each month"),
        (
            'day_of_week = "friday"\nday_of_month = 13',
            'frequency = "monthly"',
            "on day 13, where that is a Friday of each month",
        ),
        ("", 'frequency = "annual"', "on day 1 of January at"),
        ("", 'rule = "FREQ=MONTHLY;BYMONTHDAY=31"', "months without that day are left out"),
        ("", 'rule = "DTSTART:20260105 FREQ=WEEKLY;INTERVAL=2"', "from 2026-01-05 on at 03:00"),
    ],
)
def test_when_it_comes_is_said_as_people_say_it(
    folder: Path, window: str, frequency: str, said: str
) -> None:
    text = f'[[task]]\nid = "care"\n{frequency}\n[task.window]\nstart = "03:00"\nduration = "2h"\n'
    text += f'{window}\n[[task.procedure.steps]]\nname = "look"\nperson = "look"\n'

    assert said in schedule(agenda(folder, text).find("care"))


def test_the_documentations_example_is_a_task(folder: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "maintenance.md"
    examples = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)

    found = agenda(folder, "\n".join(examples), HOOK_TOKEN="x", DATABASE_URL="postgresql:///x")
    assert len(found.find("sunday-index-care").procedure.steps) == 5
    assert [freeze.name for freeze in found.freezes] == ["the Christmas sale"]
