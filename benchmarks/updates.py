"""A look for updates of 200 Python and 300 npm packages, at a registry that answers in 80 ms."""

import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import results
from fettle.model.ports_updates import Outside, Project, Seen
from fettle.targets.registries.asking import AT_ONCE, asking
from fettle.targets.registries.docker_settings import Docker
from fettle.targets.registries.kept import Kept
from fettle.targets.registries.look_up import PackageRegistries
from fettle.targets.registries.oci import Images
from fettle.targets.registries.project_files import FilesOnDisk
from fettle.testing import SteppedClock
from fettle.updates.sources.dependencies import look
from tests.registry import serving

PYTHON = 200
NPM = 300
VERSIONS = 40
DELAY_S = 0.08
RUNS = 3
TITLE = "Looking for updates"
ABOUT = (
    f"A uv.lock of {PYTHON} packages and a package-lock.json of {NPM}, {VERSIONS} versions of "
    f"each, at a registry on loopback that answers each request after {DELAY_S * 1000:.0f} ms; the "
    "source `dependencies`, reading the locks among it"
)
PROMISED = (
    "Promised: at least six times faster than one request at a time, at most one request a "
    "package, and on a second run only whether what is known still holds."
)


@dataclass(frozen=True)
class Served:
    """A registry in a process of its own."""

    url: str
    way: Connection

    def asked(self) -> tuple[int, int, int]:
        """Return how many requests came since, of how many questions, and how many conditional."""
        self.way.send("asked")
        told: tuple[int, int, int] = self.way.recv()
        return told


def serve(way: Connection) -> None:
    with serving() as registry:
        for number in range(PYTHON):
            registry.python(f"python-{number}", *versions())
        for number in range(NPM):
            registry.npm(f"npm-{number}", *versions())
        registry.delay_s = DELAY_S
        way.send(registry.url)
        while way.recv() == "asked":
            asked, conditional = list(registry.asked), sum(registry.conditional)
            registry.asked.clear()
            way.send((len(asked), len({one.path for one in asked}), conditional))


def versions() -> list[str]:
    return [f"1.{minor}.0" for minor in range(VERSIONS)]


@contextmanager
def served() -> Iterator[Served]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield Served(ours.recv(), ours)
    finally:
        ours.send("end")
        process.join()


def project(folder: Path) -> Project:
    """Write a project with both locks."""
    packages = [
        f'[[package]]\nname = "python-{number}"\nversion = "1.0.0"\n'
        'source = { registry = "http://127.0.0.1/simple" }\n'
        for number in range(PYTHON)
    ]
    (folder / "uv.lock").write_text("version = 1\n" + "\n".join(packages))
    locked = {f"node_modules/npm-{number}": {"version": "1.0.0"} for number in range(NPM)}
    lock = {"lockfileVersion": 3, "packages": {"": {"name": "shop"}, **locked}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return Project("shop", folder)


async def looked(registry: Served, shop: Project, kept: Path, at_once: int) -> tuple[float, Seen]:
    """Look once, as one run does; return how long it took."""
    clock = SteppedClock()
    environ = {
        "HOME": str(shop.folder),
        "UV_DEFAULT_INDEX": f"{registry.url}/simple",
        "npm_config_registry": registry.url,
    }
    begun = time.perf_counter()
    async with asking(clock, at_once=at_once) as pool:
        asked = PackageRegistries(pool, Kept(kept), clock, environ)
        outside = Outside(clock, (shop,), FilesOnDisk(), asked, Images(pool, Docker()))
        seen = await look(outside)
    took = time.perf_counter() - begun
    assert (seen.result.looked_at, seen.result.total) == (PYTHON + NPM, PYTHON + NPM)
    return took, seen


def measure(registry: Served, shop: Project) -> list[str]:
    before = results.load_before()
    # it takes most of a minute, and the delay is the same each time
    alone, _ = asyncio.run(looked(registry, shop, shop.folder / "alone", 1))
    counts = [("one at a time (once)", f"{alone:.2f} s", registry.asked())]
    first, again = list[float](), list[float]()
    for number in range(RUNS):
        kept = shop.folder / f"kept-{number}"
        for times in (first, again):
            times.append(asyncio.run(looked(registry, shop, kept, AT_ONCE))[0])
            many = f"{AT_ONCE} at once" + (", a second run" if times is again else "")
            counts.append((many, results.spread(times), registry.asked()))
    faster = alone / statistics.median(first)
    told = [counts[0], *counts[-2:]]
    judge([one for _, _, one in told], faster)
    rows = [f"| {many} | {asked} | {held} | {took} |" for many, took, (asked, _, held) in told]
    head = ["| | requests | of them conditional | wall, median of 3 |", "| --- | --- | --- | --- |"]
    after = f"{AT_ONCE} at once is {faster:.1f} times faster than one at a time."
    return [f"{ABOUT}, {before}. {PROMISED}", "", *head, *rows, "", after]


def judge(counts: list[tuple[int, int, int]], faster: float) -> None:
    """See that it is as it was promised."""
    assert all(asked == questions == PYTHON + NPM for asked, questions, _ in counts)
    assert [conditional for _, _, conditional in counts] == [0, 0, PYTHON + NPM]
    assert faster >= 6


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fettle-bench-") as name, served() as registry:
        results.write(TITLE, measure(registry, project(Path(name))))


if __name__ == "__main__":
    main()
