"""This machine as a source: what it is really like, and a container's limits."""

import os
import resource
from pathlib import Path

import psutil
import pytest

from fettle.model.readings import (
    ClockSync,
    Descriptors,
    DiskWork,
    Memory,
    Processor,
    Restarts,
    Room,
)
from fettle.model.watchpoint import ThisHost
from fettle.targets.host.source import HostSource
from fettle.testing import SteppedClock
from tests.targets.host.test_cgroups import VERSION_2, machine


def source(root: Path = Path("/")) -> HostSource:
    return HostSource(ThisHost("web-1"), SteppedClock(real_s=0.3), root)


async def test_it_tells_all_that_it_offers_of_the_real_machine() -> None:
    host = source()
    assert set(host.offers) == {Processor, Memory, Room, DiskWork, Descriptors, ClockSync, Restarts}
    told = {kind: await host.read(kind) for kind in host.offers}
    processor = told[Processor][-1]
    assert isinstance(processor, Processor)
    assert 0 <= processor.used <= 1
    assert processor.cores == os.cpu_count()
    assert processor.load is not None
    memory = [one for one in told[Memory] if isinstance(one, Memory)][-1]
    assert memory.limit == psutil.virtual_memory().total
    assert 0 < memory.used < memory.limit
    assert any(isinstance(room, Room) and room.subject == "web-1:/" for room in told[Room])
    descriptors = told[Descriptors][0]
    assert isinstance(descriptors, Descriptors)
    assert 0 < descriptors.used < descriptors.limit


async def test_both_differences_come_from_the_same_two_moments() -> None:
    host = source()
    (processor, *_), work = await host.read(Processor), await host.read(DiskWork)
    assert isinstance(processor, Processor)
    assert all(isinstance(one, DiskWork) and one.over == processor.over for one in work)


async def test_a_container_is_told_by_its_own_limits(tmp_path: Path) -> None:
    host = source(machine(tmp_path, VERSION_2))
    processor, of_machine = await host.read(Processor)
    assert isinstance(processor, Processor)
    assert (processor.subject, processor.cores) == ("web-1 (this container)", 1.5)
    assert isinstance(of_machine, Processor)
    assert of_machine.subject == "web-1"
    memory, _ = await host.read(Memory)
    assert isinstance(memory, Memory)
    assert (memory.used, memory.limit) == (800_000_000, 1024**3)


async def test_who_holds_many_descriptors_is_told_by_its_name() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(80)]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(held) + 20, hard))
        told = await source().read(Descriptors)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for one in held:
            os.close(one)
    name = psutil.Process().name()
    own = [one for one in told if isinstance(one, Descriptors) and one.subject == f"web-1 {name}"]
    assert len(own) == 1
    assert own[0].limit == max(held) + 20
    assert own[0].used == pytest.approx(max(held), abs=19)
