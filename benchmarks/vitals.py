"""How pages are measured beside Lighthouse with the same throttling: an ill one, a mended one."""

import asyncio
import gzip
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random

from benchmarks import results
from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile
from fettle.optimisation.weighing import WEIGHING
from fettle.targets.browser.found import found
from fettle.targets.browser.visit import Chromium
from tests import web_pages
from tests.web_pages import Answer, Site, noise

TITLE = "Measuring pages"
RUNS = 5
_ROOT = Path(__file__).parents[1]
_BROUGHT = _ROOT / ".work/lighthouse"
_AUDITS = {
    "fcp": "first-contentful-paint",
    "lcp": "largest-contentful-paint",
    "cls": "cumulative-layout-shift",
    "bytes": "total-byte-weight",
}
_HEAD = '<meta name=viewport content="width=device-width, initial-scale=1">'
_STYLE = "body { margin: 8px; font: 16px sans-serif } img { max-width: 100%; height: auto }"


@dataclass(frozen=True)
class Told:
    """What one engine told of one visit, and how long that took."""

    figures: Mapping[str, float]
    seconds: float


def main() -> None:
    """Measure, and write the section."""
    before = results.load_before()
    program = found(None, os.environ)
    browser = Chromium(program, os.environ, sandbox=True, redraw=WEIGHING.as_avif)
    told: dict[str, dict[str, list[Told]]] = {}
    for name, build in (("ill", _ill), ("mended", _mended)):
        with _served(build) as site:
            pairs = [(_fettle(browser, site.url), _lighthouse(site.url)) for _ in range(RUNS)]
        told[name] = {"Fettle": [pair[0] for pair in pairs], "Lighthouse": [p[1] for p in pairs]}
    _write(told, f"{before}, {os.getloadavg()[0]:.1f} after", program)


@contextmanager
def _served(build: Callable[[Site], None]) -> Iterator[Site]:
    with web_pages.serve() as site:
        build(site)
        yield site


def _text(size: int, seed: int) -> bytes:
    """Return a text that packs about as well as code does."""
    random = Random(seed)
    words = [bytes(random.choices(b"abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(3000)]
    return b" ".join(random.choices(words, k=size // 8))


def _ill(site: Site) -> None:
    """Serve a page of 4 MB: nothing packed, images without their sizes, style sheets in a chain."""
    site.pages["/site.css"] = Answer(b"@import url(/theme.css);", "text/css")
    theme = f"{_STYLE} /* ".encode() + _text(60_000, 1) + b" */"
    site.pages["/theme.css"] = Answer(theme, "text/css")
    site.pages["/app.js"] = Answer(b"/* " + _text(150_000, 2) + b" */", "text/javascript")
    site.pages["/hero.png"] = Answer(noise(700, 560, 3), "image/png")
    images = ""
    for number in range(7):
        site.pages[f"/{number}.png"] = Answer(noise(400, 340, number), "image/png")
        images += f"<p>Of the picture below.</p><img src=/{number}.png alt=''>"
    site.page(
        f"<img src=/hero.png alt=''><h1>A shop</h1><p>{'word ' * 60}</p>{images}",
        head=f"{_HEAD}<link rel=stylesheet href=/site.css><script src=/app.js></script>",
    )


def _mended(site: Site) -> None:
    """Serve it mended: packed, smaller images with their sizes, those below only when near."""
    packed = {"Content-Encoding": "gzip"}
    script = gzip.compress(b"/* " + _text(150_000, 2) + b" */")
    site.pages["/app.js"] = Answer(script, "text/javascript", headers=packed)
    site.pages["/hero.png"] = Answer(noise(396, 317, 3), "image/png")
    images = ""
    for number in range(7):
        site.pages[f"/{number}.png"] = Answer(noise(150, 128, number), "image/png")
        sized = "width=400 height=340 loading=lazy"
        images += f"<p>Of the picture below.</p><img src=/{number}.png alt='' {sized}>"
    hero = "<img src=/hero.png alt='' width=700 height=560 fetchpriority=high>"
    site.page(
        f"{hero}<h1>A shop</h1><p>{'word ' * 60}</p>{images}",
        head=f"{_HEAD}<style>{_STYLE}</style><script src=/app.js defer></script>",
    )


def _fettle(browser: Chromium, url: str) -> Told:
    page = PageAsked(url, Profile.PHONE, timedelta(minutes=2))
    started = time.perf_counter()
    visit = asyncio.run(browser.visit(page))
    seconds = time.perf_counter() - started
    sent = sum(weight.transferred for weight in visit.weights.values())
    figures = {name: visit.figures[name] for name in ("fcp", "lcp", "cls")}
    return Told({**figures, "bytes": sent}, seconds)


def _lighthouse(url: str) -> Told:
    started = time.perf_counter()
    done = subprocess.run(
        [
            *(_node(), str(_brought() / "node_modules/lighthouse/cli/index.js"), url),
            *("--quiet", "--output=json", "--only-categories=performance"),
            *("--throttling-method=devtools", "--no-enable-error-reporting"),
            "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage",
        ],
        env={**os.environ, "CHROME_PATH": str(found(None, os.environ))},
        capture_output=True,
        check=True,
        timeout=300,
    )
    seconds = time.perf_counter() - started
    audits = json.loads(done.stdout)["audits"]
    return Told({name: audits[id_]["numericValue"] for name, id_ in _AUDITS.items()}, seconds)


def _node() -> str:
    return shutil.which("node") or str(_ROOT / ".work/node/bin/node")


@cache
def _brought() -> Path:
    """Bring Lighthouse from npm, in the version that the lock names."""
    if not (_BROUGHT / "node_modules").exists():
        _BROUGHT.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(Path(__file__).parent / "lighthouse" / name, _BROUGHT)
        subprocess.run([_ROOT / "script/npm", "ci", "--silent"], cwd=_BROUGHT, check=True)
    return _BROUGHT


def _version(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[0]


def _write(told: Mapping[str, Mapping[str, Sequence[Told]]], load: str, program: Path) -> None:
    rows = [
        f"| {page} | {engine} | {_spread(runs, 'fcp')} | {_spread(runs, 'lcp')} | "
        f"{_median(runs, 'cls'):.3f} | {_median(runs, 'bytes') / 1000:.1f} | "
        f"{results.spread([one.seconds for one in runs])} |"
        for page, engines in told.items()
        for engine, runs in engines.items()
    ]
    how = (
        "Phone: slow 4G (150 ms, 1.6 Mbit/s), processor × 4, the browser's own throttling in both. "
        f"{RUNS} runs of each, interleaved, each with nothing cached; Lighthouse runs its "
        f"performance category, Fettle clicks as well; {load}."
    )
    lines = [
        how,
        "",
        "| page | engine | FCP ms | LCP ms | CLS | kB | a run |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
        *(
            _compared(page, engines["Fettle"], engines["Lighthouse"])
            for page, engines in told.items()
        ),
    ]
    package = json.loads((_brought() / "node_modules/lighthouse/package.json").read_text())
    versions = (
        f"Lighthouse {package['version']}",
        f"Node {_version(_node(), '--version')}",
        _version(program, "--version").removesuffix(" "),
    )
    results.write(TITLE, lines, versions)


def _median(runs: Sequence[Told], name: str) -> float:
    return statistics.median(one.figures[name] for one in runs)


def _spread(runs: Sequence[Told], name: str) -> str:
    values = [one.figures[name] for one in runs]
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


def _compared(page: str, ours: Sequence[Told], theirs: Sequence[Told]) -> str:
    """Say how far the medians are apart, and what a run takes of Lighthouse's time."""

    def apart(name: str) -> str:
        return f"{(_median(ours, name) / _median(theirs, name) - 1) * 100:+.2f} %"

    took = statistics.median(one.seconds for one in ours)
    share = took / statistics.median(one.seconds for one in theirs)
    shift = _median(ours, "cls") - _median(theirs, "cls")
    return (
        f"- {page}: FCP {apart('fcp')}, LCP {apart('lcp')}, CLS {shift:+.3f}, bytes "
        f"{apart('bytes')}, {share:.2f} of the time."
    )


if __name__ == "__main__":
    main()
