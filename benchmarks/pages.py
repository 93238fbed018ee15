"""What the pages cost: in a browser, at the server under load, and on the live stream."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, async_playwright

from benchmarks import issue_list, load, results
from benchmarks.house import House, house
from benchmarks.quantiles import quantile
from tests.frontends.web.browsing import chromium

TITLE = "Pages"
RUNS, ENTRIES, STREAMS, REQUESTS = 5, 500, 500, 100
ALERTS_A_SECOND = 500
_PASSWORD = "correct horse battery staple"
# Figures of the page itself, as the browser saw it; INP is the longest of the clicks before it.
_VITALS = """
() => new Promise((done) => {
  const found = { lcp: 0, cls: 0, inp: 0, long: 0, js: 0, css: 0 };
  const see = (type, take, more = {}) => new PerformanceObserver((list) => list.getEntries()
    .forEach(take)).observe({ type, buffered: true, ...more });
  see("largest-contentful-paint", (one) => { found.lcp = one.startTime; });
  see("layout-shift", (one) => { if (!one.hadRecentInput) found.cls += one.value; });
  see("event", (one) => { if (one.interactionId) found.inp = Math.max(found.inp, one.duration); },
    { durationThreshold: 16 });
  see("longtask", (one) => { found.long = Math.max(found.long, one.startTime + one.duration); });
  const [page] = performance.getEntriesByType("navigation");
  for (const one of performance.getEntriesByType("resource")) {
    const kind = new URL(one.name).pathname.split(".").pop();
    if (kind in found) found[kind] += one.decodedBodySize;
  }
  setTimeout(() => done({ ...found, tti: Math.max(page.domInteractive, found.long) }), 300);
})
"""


def main() -> None:
    """Measure, and write the section."""
    load_before = results.load_before()
    with (
        tempfile.TemporaryDirectory() as profile,
        house({"team": [{"name": f"team-{number}"} for number in range(8)]}) as fettle,
        chromium(Path(profile)) as browser,
    ):
        issue_list.fill(fettle)
        _tell_a_long_story(fettle)
        lines = asyncio.run(_measured(fettle, browser))
    results.write(TITLE, lines, [load_before])


def _tell_a_long_story(fettle: House) -> None:
    """Let an issue have so many entries."""
    fettle.ask(
        "INSERT INTO timeline (issue, at, actor, event, text) "
        "SELECT 1, now(), 'user:ada', 'note', 'Entry ' || n || ': the 95th percentile is 1.7 s' "
        "FROM generate_series(1, %(many)s) AS n",
        many=ENTRIES,
    )


async def _measured(fettle: House, browser_url: str) -> list[str]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(browser_url)
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        await _log_in(fettle, context)
        lines = await _vitals(fettle, context)
        cookies = await context.cookies()
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in cookies)
        await context.close()
    lines += ["", *await asyncio.to_thread(_served, fettle, cookie)]
    return [*lines, "", *await _streamed(fettle, cookie)]


async def _log_in(fettle: House, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(fettle.link())
    await page.locator("[name=password]").fill(_PASSWORD)
    await page.locator("[name=again]").fill(_PASSWORD)
    await page.locator("main button").first.click()
    await page.goto(f"{fettle.url}/")
    await page.locator("h1").wait_for()
    await page.close()


async def _vitals(fettle: House, context: BrowserContext) -> list[str]:
    pages = {"the overview": "/", f"an issue with {ENTRIES} entries": "/issues/1"}
    seen: dict[str, list[Mapping[str, float]]] = {name: [] for name in pages}
    complaints: list[str] = []
    context.on("console", lambda said: complaints.append(said.text))
    for _ in range(RUNS):
        for name, path in pages.items():
            page = await context.new_page()
            await page.goto(fettle.url + path, wait_until="load")
            await _click(page)
            seen[name].append(await page.evaluate(_VITALS))
            await page.close()
    rows = [f"| {name} | {_row(found)} |" for name, found in seen.items()]
    return [
        (
            f"A `fettle up` with {issue_list.ISSUES:,} issues, in Chromium on the same machine, "
            f"unthrottled; medians of {RUNS} (range). Promised: LCP ≤ 1.0 s, INP ≤ 100 ms, CLS ≤ "
            ".02, TTI ≤ 300 ms, JavaScript ≤ 170 KB and CSS ≤ 50 KB uncompressed, no complaint "
            f"of the console: there were {len(complaints)}."
        ),
        "",
        "| | LCP | INP | CLS | TTI | JavaScript | CSS |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
    ]


async def _click(page: Page) -> None:
    """Do what people do: look for something, think better of it, open the menu."""
    await page.get_by_role("button", name="Find").click()
    await page.keyboard.type("slow")
    await page.keyboard.press("Escape")
    await page.locator("details.menu > summary").click()


def _row(found: Sequence[Mapping[str, float]]) -> str:
    def middle(name: str, form: str, part: float = 1) -> str:
        figures = [one[name] / part for one in found]
        low, high = min(figures), max(figures)
        return f"{statistics.median(figures):{form}} ({low:{form}}–{high:{form}})"

    return " | ".join(
        [
            f"{middle('lcp', '.0f')} ms",
            f"{middle('inp', '.0f')} ms",
            middle("cls", ".3f"),
            f"{middle('tti', '.0f')} ms",
            f"{found[0]['js'] / 1000:.0f} KB",
            f"{found[0]['css'] / 1000:.0f} KB",
        ]
    )


def _served(fettle: House, cookie: str) -> list[str]:
    """Ask for pages while alerts come in."""
    alerts = _alerts(fettle, seconds=300)
    took: dict[str, list[float]] = {}
    try:
        for path in _paths():
            found = load.send(
                fettle.url,
                [path.encode()] * REQUESTS,
                method="GET",
                connections=1,
                headers=[f"Cookie: {cookie}"],
            )
            assert not found.refused, path
            took[path] = [one.took for one in found.sent]
    finally:
        alerts.terminate()
        alerts.wait()
    return [
        (
            f"Pages at the server, {REQUESTS} requests each, while {ALERTS_A_SECOND} alerts a "
            "second come in. Promised: under 200 ms. Figures that were counted within ten seconds "
            "are shown as they were; the first request counts them."
        ),
        "",
        "| page | the first | p50 of the others | p99 |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{path}` | {first * 1000:.0f} ms | {quantile(each, 0.5) * 1000:.0f} ms | "
            f"{quantile(each, 0.99) * 1000:.0f} ms |"
            for path, (first, *each) in took.items()
        ),
    ]


def _paths() -> Sequence[str]:
    """Return the pages that are asked for; the last one's figures are of nearly all issues."""
    most = datetime.now(UTC).date() - timedelta(days=340)
    issues = ("/issues", "/issues?live=1&severity=critical", "/issues/1")
    figures = ("/figures", "/figures?by=team", "/figures?by=service", f"/figures?from={most}")
    return ("/", *issues, "/databases", *figures)


def _alerts(fettle: House, seconds: int) -> "subprocess.Popen[str]":
    """Send alerts from a process of its own, 20 a request."""
    bodies = []
    for number in range(seconds * ALERTS_A_SECOND // 20):
        alerts = [
            {
                "status": "firing",
                "labels": {"alertname": f"Slow{(number * 20 + one) % 50}", "job": "shop"},
                "annotations": {"summary": "The shop is slow"},
                "startsAt": "2026-01-05T10:00:00Z",
                "fingerprint": f"{number % 25:08x}{one:08x}",
            }
            for one in range(20)
        ]
        body = {"version": "4", "groupKey": f"g{number % 25}", "status": "firing"}
        bodies.append(json.dumps({**body, "alerts": alerts}))
    asked = {
        "url": f"{fettle.url}/hooks/{fettle.key}/alertmanager",
        "method": "POST",
        "connections": 4,
        "rate": ALERTS_A_SECOND / 20,
        "headers": [],
        "bodies": bodies,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    return process


async def _streamed(fettle: House, cookie: str) -> list[str]:
    """Hold so many streams open, let something change, and look at the server's memory."""
    address = urlsplit(fettle.url)
    head = f"GET /live HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n\r\n"
    before = fettle.memory_mb()
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(STREAMS):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            stack.callback(writer.close)
            writer.write(head.encode())
            readers.append(reader)
        await asyncio.gather(*(reader.readuntil(b"event: open") for reader in readers))
        fettle.ask("UPDATE issue SET version = version + 1 WHERE number = 1")
        async with asyncio.timeout(30):
            await asyncio.gather(*(reader.readuntil(b'"issue 1"') for reader in readers))
        held = fettle.memory_mb()
    return [
        (
            f"{STREAMS} browsers on the live stream of one server, all told of a change: "
            f"{held:.0f} MB (before them {before:.0f} MB; its worker included). Promised: under "
            "300 MB."
        )
    ]


if __name__ == "__main__":
    main()
