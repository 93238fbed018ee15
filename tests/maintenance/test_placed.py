"""Steps are done where things are: once for each label of the workers that reach them."""

from collections.abc import Mapping
from typing import Any

import pytest

from fettle.errors import BadSettings
from fettle.maintenance.frozen import frozen, thawed
from fettle.maintenance.settled import tasks_of
from fettle.model.task import Placed, Task
from fettle.settings import Settings

TASK = "daily-backup-verification"


def task_with(*labels: str | None, on: str | None = None) -> Task:
    backups = [
        {"name": f"b{number}", "kind": "pg_dump", "path": "/b/x.dump", "on": label}
        for number, label in enumerate(labels)
    ]
    return task_of({"backup": backups, "task": [{"id": TASK, "on": on}]}, TASK)


def task_of(settings: Mapping[str, Any], id_: str) -> Task:
    return next(one for one in tasks_of(Settings.model_validate(settings)) if one.id == id_)


def places(task: Task) -> list[tuple[str | None, str | None]]:
    """Return the label of those who do each step, and of what it is about."""
    steps = thawed(frozen(task), task.id, {}).procedure.steps
    return [(one.on, None if one.placed is None else one.placed.label) for one in steps]


@pytest.mark.parametrize("labels", [(), (None,), (None, None)])
def test_where_nothing_is_said_there_is_one_of_each(labels: tuple[None, ...]) -> None:
    steps = task_with(*labels).procedure.steps
    assert [one.placed for one in steps] == [None] * 4
    assert [one.on for one in thawed(frozen(task_with(on="x")), TASK, {}).procedure.steps] == [
        "x"
    ] * 4


def test_each_label_has_its_steps_and_what_is_nobodys_there_is_one_of() -> None:
    task = task_with("db-1", "db-2", None, "db-1", on="rest")
    steps = thawed(frozen(task), TASK, {}).procedure.steps
    assert [one.name for one in steps[:3]] == [
        "Look whether the newest backup was completed on db-1",
        "Look whether the newest backup was completed on db-2",
        "Look whether the newest backup was completed",
    ]
    assert [one.on for one in steps[:3]] == ["db-1", "db-2", "rest"]
    assert steps[2].placed == Placed("Look whether the newest backup was completed", None)
    assert len(steps) == 10
    assert (steps[9].name, steps[9].on) == ("Record how the backups stand", "rest")


def test_what_an_earlier_version_has_kept_of_a_run_is_read() -> None:
    kept = frozen(task_with())
    kept = {name: value for name, value in kept.items() if name != "placed"}
    assert len(thawed(kept, TASK, {}).procedure.steps) == 4
    with pytest.raises(BadSettings, match="no task is called gone"):
        thawed({**kept, "unit": "gone"}, "gone", {})


def test_logs_are_rotated_where_they_are() -> None:
    rotations = [
        {"name": label, "paths": ["/var/log/shop/*.log"], "on": label} for label in ("web", "db")
    ]
    task = task_of({"rotation": rotations}, "daily-log-rotation")
    assert places(task) == [("web", "web"), ("db", "db")] * 4


def test_certificates_are_looked_after_where_their_files_are() -> None:
    certificates = [{"name": label, "files": ["/x.pem"], "on": label} for label in ("web", "mail")]
    own = [{**certificates[0], "hosts": ["shop.example"]}, certificates[1]]
    shop = {"name": "shop", "url": "https://shop.example/"}
    task = "monthly-certificate-renewal"
    assert (
        places(task_of({"certificate": own, "service": [shop]}, task))
        == [
            ("web", "web"),
            ("mail", "mail"),
        ]
        * 5
    )
    # what no [[certificate]] shows, and whole stores, are looked at by those who reach them
    others = {
        "certificate": certificates,
        "service": [shop, {"name": "inner", "url": "https://inner.example", "on": "net"}],
        "certificates": {"stores": ["/etc/letsencrypt"], "on": "store"},
    }
    assert [label for _, label in places(task_of(others, task))[:5]] == [
        "web",
        "mail",
        None,
        "net",
        "store",
    ]


def test_databases_are_tended_by_those_who_look_at_them() -> None:
    settings = {
        "database": [{"name": name, "url": f"postgresql:///{name}"} for name in ("a", "b")],
        "schedule": [
            {"name": name, "databases": [name], "on": f"by-{name}"} for name in ("a", "b")
        ],
    }
    task = task_of(settings, "monthly-database-maintenance")
    assert places(task) == [("by-a", "by-a"), ("by-b", "by-b")] * 5 + [(None, None)]
    assert [one.needs_downtime for one in task.procedure.steps[:4]] == [False, False, True, True]


def test_projects_and_machines_are_scanned_where_they_are() -> None:
    settings = {
        "project": [{"name": "shop", "path": "/srv/shop", "on": "web"}],
        "host": [{"name": "db", "on": "db"}],
        "service": [{"name": "inner", "url": "https://inner.example", "on": "net"}],
        "task": [{"id": "weekly-security-scan", "on": "rest"}],
    }
    task = task_of(settings, "weekly-security-scan")
    assert places(task) == [
        ("web", "web"),  # dependencies
        ("net", "net"),  # how databases and sites are exposed
        ("web", "web"),  # updates of packages
        ("db", "db"),
        ("rest", None),  # the report
    ]
