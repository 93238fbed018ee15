"""What changes a database waits until its backup is known to be good."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import FreshDatabase
from tests.frontends.api.conftest import SETTINGS, Api, worker
from tests.frontends.api.test_task_runs import (
    START,
    TASKS,
    api,
    came_to,
    environ,
    noted,
    shop,
    start,
)

__all__ = ["api", "environ", "shop"]
BACKUP = """
[[backup]]
name = "nightly"
kind = "pg_dump"
database = "main-db"
path = "{}/*.dump"
"""
ENDED = ("passed", "failed", "unknown", "refused")


@pytest.fixture
def settings_text(tmp_path: Path) -> str:
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "of-tonight.dump").touch()
    return SETTINGS + TASKS + BACKUP.format(backups)


async def test_nothing_is_changed_where_the_backup_was_not_good(
    api: Api,
    shop: FreshDatabase,
) -> None:
    api.clock.moment = START + timedelta(minutes=5)
    async with worker(api):
        verified = await start(api, "daily-backup-verification", reason="to know")
        verified = await came_to(api, verified["run"], *ENDED)
        run = await start(api, "index-care")
        ended = await came_to(api, run["run"], *ENDED)
    assert verified["status"] == "failed", verified
    assert (ended["status"], ended["prechecks"]["outcome"]) == ("refused", "failed"), ended
    assert "the backup nightly of main-db was not good" in str(ended["prechecks"])
    assert noted(shop) == []
