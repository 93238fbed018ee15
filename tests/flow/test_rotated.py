"""A log that Fettle follows is rotated: that it is followed on is seen where that is kept."""

import os
from datetime import timedelta
from pathlib import Path

from fettle.flow.follow import Following
from fettle.settings import Settings
from fettle.settings.logs import LogSettings
from fettle.targets.rotation.logrotate import followed_in, rotations_of
from tests.flow.filing import Filing


async def test_a_new_file_is_followed_once_a_worker_has_it(filing: Filing, tmp_path: Path) -> None:
    log, pattern = tmp_path / "app.log", str(tmp_path / "*.log")
    log.write_text("a line\n")
    followed = LogSettings(name="app", paths=(pattern,), service="shop")
    follower = Following(filing.pool, filing.clock, followed, 10, str)
    settings = Settings.model_validate(
        {
            "rotation": [{"name": "app", "paths": [pattern]}],
            "log": [{"name": "app", "paths": [pattern]}],
        }
    )
    port = rotations_of(settings, filing.clock, {}, tmp_path, followed_in(filing.pool))
    await follower.once()
    assert [one.follows for one in await port.followers("app")] == [True]

    os.rename(log, f"{log}.1")  # noqa: PTH104 - as logrotate does
    log.write_text("")
    assert [one.follows for one in await port.followers("app")] == [False]
    filing.clock.moment += timedelta(seconds=1)
    await follower.once()
    assert [one.follows for one in await port.followers("app")] == [True]
    await follower.stop()
