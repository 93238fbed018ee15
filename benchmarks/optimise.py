"""How much faster an ill page becomes by automatic steps alone, and what the gates let through.

Parts, of which `python -m benchmarks.optimise PART…` tries those that are named:

1. `faster`: the ill root of the tests is made faster, as `fettle optimise apply` does it, and taken
   back, byte for byte. A root that is good already is left alone.
2. `itself`: a page is compared with itself ten times: none may be called an improvement.
3. `harms`: changes that are known to do harm are tried, each on a page where it does: none may be
   kept.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import results
from fettle.flow.judging import Judge
from fettle.flow.optimising import Asked, Means, optimise, put_back
from fettle.model.experiment import (
    Earned,
    Manifest,
    OptimisationRun,
    Outcome,
    PageSeen,
    Site,
    StepTaken,
)
from fettle.model.measurement import Profile
from fettle.model.quantity import say_growth, say_share
from fettle.optimisation.gates.timing import CORE
from fettle.targets.browser.found import found
from fettle.targets.browser.sight import ChromiumEye
from fettle.targets.browser.visit import Chromium
from fettle.targets.webroot.files import Folder
from fettle.targets.webroot.live import LiveSite
from fettle.targets.webroot.reading import manifest
from fettle.targets.webroot.roots import LocalRoots
from fettle.targets.webroot.serving import serving
from fettle.unit import optimisations
from fettle.unit.optimisation import Optimisation
from tests import ill_root
from tests.optimisation.harms import HARMS, NOTHING

TITLE = "Making a site faster"
ITSELF = "A page beside itself"
HARMFUL = "Changes that do harm"
SCALE = float(os.environ.get("FETTLE_BENCH_SCALE", "1"))
TIMES = int(os.environ.get("FETTLE_BENCH_ITSELF", "10"))
_ROW = "| step | outcome | LCP ms | KB | why |\n| --- | --- | --- | --- | --- |"
_UNLIKELY = 0.05


class _Clock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Ill:
    """What came of the ill root."""

    before: Manifest
    after: Manifest
    run: OptimisationRun
    took_s: float


def main() -> None:
    """Try the parts that are named, or all, and write their sections."""
    parts = {"faster": _faster, "itself": _beside_itself, "harms": _harmful}
    for name in sys.argv[1:] or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](Path(folder))


def _faster(srv: Path) -> None:
    load = results.load_before()
    ill, good = _made_faster(srv / "ill"), _good(srv / "good")
    _write(ill, good, _load(load))


def _beside_itself(srv: Path) -> None:
    load, root = results.load_before(), srv / "good"
    ill_root.build_good(root)
    with _served(root) as url:
        told = asyncio.run(_itself(root, url))
    results.write(ITSELF, [_alike(told, _load(load))])


def _harmful(srv: Path) -> None:
    load = results.load_before()
    ill_root.build(srv / "small", scale=SCALE / 2)
    ill_root.build_held_up(srv / "held-up")
    runs = (_harmed(srv / "small", HARMS[:-1]), _harmed(srv / "held-up", HARMS[-1:]))
    _write_harms(runs, _load(load))


def _load(before: str) -> str:
    return f"{before}, {os.getloadavg()[0]:.1f} after"


def _served(root: Path) -> AbstractContextManager[str]:
    return serving(Folder(root), {}, packs=False)


def _made_faster(root: Path) -> Ill:
    ill_root.build(root, scale=SCALE)
    before, began = manifest(root), time.monotonic()
    with _served(root) as url:
        run = asyncio.run(_optimised(root, url, optimisations()))
        took, after = time.monotonic() - began, manifest(root)
    asyncio.run(put_back(root, run.id, LocalRoots(), _nobody))
    assert manifest(root) == before, "undo restores the root byte for byte"
    return Ill(before, after, run, took)


def _harmed(root: Path, harms: Sequence[Optimisation]) -> OptimisationRun:
    before = manifest(root)
    with _served(root) as url:
        run = asyncio.run(_optimised(root, url, {one.id: one for one in harms}))
    assert manifest(root) == before, "what does harm changes nothing"
    return run


def _good(root: Path) -> OptimisationRun:
    ill_root.build_good(root)
    before = manifest(root)
    with _served(root) as url:
        run = asyncio.run(_optimised(root, url, optimisations(), although_good=False))
    assert manifest(root) == before, "what is good is left alone"
    return run


async def _nobody(*_: object) -> bool:
    return False


def _browsers() -> tuple[Chromium, ChromiumEye]:
    program = found(None, os.environ)
    return Chromium(program, os.environ, sandbox=True), ChromiumEye(program, os.environ)


async def _optimised(
    root: Path, url: str, steps: Mapping[str, Optimisation], *, although_good: bool = True
) -> OptimisationRun:
    means = Means(LocalRoots(), *_browsers(), LiveSite(), _Clock(), steps, _say)
    asked = Asked(root, (url,), Profile.PHONE, although_good=although_good)
    return await optimise(asked, means, _nobody, _nobody)


def _say(said: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {said}", flush=True)


async def _itself(root: Path, url: str) -> list[StepTaken]:
    """Let a step that changes nothing go through the gates again and again."""
    files = Folder(root)
    judge = Judge(LocalRoots(), *_browsers(), Asked(root, (url,)), packs=False)
    await judge.first(files, [PageSeen("index.html", url)])
    told = []
    for _ in range(TIMES):
        [line] = (await judge.judged(NOTHING, Site(files, judge.pages))).lines
        shares = [(one.metric, round(one.share, 3), one.p) for one in line.earned]
        _say(f"itself: {line.outcome.value} {shares}")
        told.append(line)
    return told


def _write(ill: Ill, good: OptimisationRun, load: str) -> None:
    whole = {one.metric: one for one in ill.run.compared}
    size, smaller = ill.before.size / 1e6, ill.after.size / 1e6
    intro = (
        f"An ill page of the tests ({size:.1f} MB of files), phone on slow 4G, five visits before "
        f"and after each step in turns; {load}. It took {ill.took_s / 60:.1f} min, and the files "
        f"are {smaller:.1f} MB afterwards. Taken back, every byte was as before."
    )
    total = (
        f"| **all** | {ill.run.status.value} | {_from_to(whole['lcp'])} | "
        f"{_from_to(whole['bytes'], 1024)} | FCP {_from_to(whole['fcp'])}, CLS "
        f"{whole['cls'].before:.3f} → {whole['cls'].after:.3f} |"
    )
    lines = [
        *(intro, "", _ROW, *_rows(ill.run), total, ""),
        f"A page that is good already: {len(good.steps)} steps tried; {good.notes[0]}.",
    ]
    results.write(TITLE, lines)


def _write_harms(runs: Sequence[OptimisationRun], load: str) -> None:
    kept = sum(len(run.kept) for run in runs)
    intro = (
        f"Three changes that are known to do harm, each on a page where it does, as they would go "
        f"through the gates of a step; {load}. {kept} were kept."
    )
    rows = [row for run in runs for row in _rows(run)]
    results.write(HARMFUL, [intro, "", _ROW, *rows])


def _from_to(one: Earned, scale: int = 1) -> str:
    return f"{one.before / scale:.0f} → {one.after / scale:.0f} ({say_growth(-one.share)})"


def _rows(run: OptimisationRun) -> Sequence[str]:
    rows = []
    for line in run.steps:
        if line.outcome in (Outcome.NOTHING, Outcome.PROPOSED):
            continue
        told = {one.metric: one for one in line.earned}
        lcp, sent = (
            _from_to(told[name], scale) if name in told else ""
            for name, scale in (("lcp", 1), ("bytes", 1024))
        )
        cells = (line.id, line.outcome.value.replace("_", " "), lcp, sent, line.reason)
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _alike(itself: Sequence[StepTaken], load: str) -> str:
    """Say what came of comparing a page with itself."""
    kept = sum(one.outcome is Outcome.KEPT for one in itself)
    slower = sum("went from" in one.reason for one in itself)
    figures = [[one for one in line.earned if one.metric in CORE] for line in itself]
    unlikely = sum(any((one.p or 1) < _UNLIKELY for one in told) for told in figures)
    apart = max(abs(one.share) for told in figures for one in told if one.metric == "lcp")
    return (
        f"A step for time that changes nothing, {len(itself)} times: {kept} times it was called an "
        f"improvement, {slower} times slower. p was below {_UNLIKELY} for some figure in "
        f"{unlikely}, and medians of the LCP were up to {say_share(apart, 1)} apart; {load}."
    )


if __name__ == "__main__":
    main()
