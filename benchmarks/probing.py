"""A process that looks at sites over and over, as a worker does: asked, judged, explained.

It is told on its standard input, in a line of JSON: {"urls": […], "probes": 1000, "a_minute": 1000
or null for as fast as it can, "at_once": 16}. It prints how long all took, and the time until the
first byte as each measured it, null where not all was well; and it waits for the end of its input,
so that what it uses can be read.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import cycle, islice

from fettle import unit
from fettle.diagnosis import ask
from fettle.flow.look import Questions
from fettle.flow.look_at import Eyes, look_at
from fettle.main import SystemClock
from fettle.model.ports import Database, Source
from fettle.model.target import Kind, Target
from fettle.model.watchpoint import Site
from fettle.targets import sources

_TIMEOUT = timedelta(seconds=30)
_CLOCK = SystemClock()


async def _look(target: Target, asked: Questions) -> float | None:
    """Return the seconds to the first byte, as they were measured; None where not all was well."""
    diagnosis = await look_at(target, Eyes(_no_database, _opened), lambda _: asked, _CLOCK)
    figures = {one.name: one.value for out in diagnosis.outcomes for one in out.measurements}
    return figures["site_first_byte_s"] if diagnosis.status == "ok" else None


def _opened(target: Target) -> AbstractAsyncContextManager[Sequence[Source]]:
    return sources.opened(target, sources.Means((), _TIMEOUT, _CLOCK))


def _no_database(_: Target) -> AbstractAsyncContextManager[Database]:
    raise NotImplementedError


def _questions() -> Questions:
    checks = [check for check in unit.checks().values() if not check.of_databases]
    return Questions(tuple(ask.with_limits(checks, {}, {}, "")), listings=(), timeout=_TIMEOUT)


async def _paced(
    targets: Sequence[Target], asked: Questions, a_minute: float
) -> list[float | None]:
    began = time.perf_counter()
    looks = []
    for number, target in enumerate(targets):
        await asyncio.sleep(max(0.0, began + number * 60 / a_minute - time.perf_counter()))
        looks.append(asyncio.create_task(_look(target, asked)))
    return await asyncio.gather(*looks)


async def _hurried(targets: Sequence[Target], asked: Questions, at_once: int) -> list[float | None]:
    turns = asyncio.Semaphore(at_once)

    async def one(target: Target) -> float | None:
        async with turns:
            return await _look(target, asked)

    return await asyncio.gather(*map(one, targets))


def main() -> None:
    """Look as told."""
    told = json.loads(sys.stdin.readline())
    sites = [Target(url, "", kind=Kind.SITE, watchpoints=(Site(url, url),)) for url in told["urls"]]
    targets, asked = list(islice(cycle(sites), told["probes"])), _questions()
    began = time.perf_counter()
    if told["a_minute"] is None:
        work = _hurried(targets, asked, told["at_once"])
    else:
        work = _paced(targets, asked, told["a_minute"])
    first_bytes = asyncio.run(work)
    lasted = time.perf_counter() - began
    print(json.dumps({"lasted_s": lasted, "first_bytes_s": first_bytes}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
