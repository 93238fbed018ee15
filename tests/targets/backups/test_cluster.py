"""Throw-away clusters: how they are left by whoever has used them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fettle.targets.backups import scratch
from fettle.targets.backups.cluster import made, served
from fettle.targets.backups.programs import Programs
from fettle.targets.backups.scratch import Scratch
from tests.maintenance.tasks.backing_up import run, scratch_root
from tests.servers import Server


@pytest.fixture
def root() -> Iterator[Path]:
    with scratch_root() as made_root:
        yield made_root


async def _used(place: Scratch, server: Server) -> str:
    """Make a cluster and use it; return how its control file says that it was left."""
    programs = Programs(server.major, server.programs)
    await made(place, programs, os.environ)
    async with served(place, programs, os.environ) as cluster, cluster.connected("postgres"):
        pass
    told = run([programs["pg_controldata"], str(place.data)], {"LC_ALL": "C"})
    state = next(line for line in told.splitlines() if "cluster state" in line)
    return state.partition(":")[2].strip()


async def test_one_that_is_kept_is_shut_down_and_one_that_is_not_is_ended_at_once(
    pg15: Server, root: Path
) -> None:
    async with scratch.scratch(root, "shop", "run-1") as place:
        assert await _used(place, pg15) == "in production"
    async with scratch.kept(root, "shop", "run-2", anew=True) as place:
        assert await _used(place, pg15) == "shut down"
    await scratch.dropped(root, "shop", "run-2")
