"""A whole page as a screen shows it, once everything has come; implements Eye.

Nothing is slowed down. The page is scrolled through first, so that what waits until it is near is
there; what moves is stopped, and what is left of it differs between two looks at the same page.
"""

import asyncio
import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from fettle.errors import CannotLook, Unreachable
from fettle.model.measurement import Profile
from fettle.model.ports_experiment import Sight
from fettle.targets.browser import process
from fettle.targets.browser.profiles import DEVICES, Device
from fettle.targets.browser.protocol import Conversation, Gone, Json, Unanswered
from fettle.targets.browser.secrets import LogIn, LogIns
from fettle.targets.browser.tab import Patience, Tab

_WITHIN_S = 60.0
# Nothing is timed here: a browser that is still busy with its start does no harm.
_PATIENCE = Patience(quiet_s=0.4, calm=False)
_CAME_S = 5.0  # the longest that is waited for what came as a page was scrolled
_TALLEST = 16_000  # pixels; above that browsers draw no more
_HERE = re.compile(r"http://127\.0\.0\.1:\d+")  # another each time
_UNMOVED = "--blink-settings=imageAnimationPolicy=2"  # images show their first picture
# Two frames: what comes into view in one is asked for before the next, on a busy machine too.
_DRAWN = """
  const wait = ms => new Promise(done => setTimeout(done, ms));
  const frame = () => Promise.race([new Promise(requestAnimationFrame), wait(1000)]);
  const drawn = async () => { await frame(); await frame(); };
  const to = top => { scrollTo({ top, left: 0, behavior: "instant" }); return drawn(); };
"""
_SEEN_THROUGH = f"""
(async within => {{{_DRAWN}
  const tall = () => Math.min(document.documentElement.scrollHeight, 40000);
  for (let y = 0; y < tall(); y += innerHeight) await to(y);
  const over = performance.now() + within;
  const shown = () => [...document.images].filter(one => one.getClientRects().length);
  while (!shown().every(one => one.complete) && performance.now() < over) await drawn();
  const all = shown().map(one => one.decode().catch(() => {{}}));
  await Promise.race([Promise.all([...all, document.fonts.ready]), wait(over - performance.now())]);
  await to(0);
}})
"""
# What ends is shown at its end, what goes on for ever at its beginning: wherever it was just then,
# it would be elsewhere at the next look. To end one may begin another.
_STILL = f"""
(async () => {{{_DRAWN}
  const moves = () => document.getAnimations().filter(
    one => one.playState === "running" && one.timeline === document.timeline);
  for (let turn = 0; turn < 10; turn++) {{
    const all = moves();
    if (!all.length) break;
    for (const one of all) {{
      try {{ one.finish(); }} catch {{ one.pause(); one.currentTime = 0; }}
    }}
    await drawn();
  }}
  for (const one of document.querySelectorAll("video, audio")) {{
    one.pause();
    one.currentTime = 0;
  }}
  await drawn();
  const root = document.documentElement;
  return [root.scrollWidth, root.scrollHeight];
}})()
"""


@dataclass
class _Heard:
    """What a page complained about."""

    session: str
    said: set[str] = field(default_factory=set)

    def hear(self, session: str, method: str, told: Json) -> None:
        """Keep what the console shows as an error; addresses are another matter (missing)."""
        if session != self.session:
            return
        if method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            exception = details.get("exception", {}).get("description") or details.get("text", "")
            self._keep(exception)
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            self._keep(" ".join(str(one.get("value", one.get("description", "")))
                                for one in told["args"]))  # fmt: skip
        elif method == "Log.entryAdded":
            entry = told["entry"]
            if entry["level"] == "error" and entry["source"] != "network":
                self._keep(entry["text"])

    def _keep(self, text: str) -> None:
        first = text.splitlines()[0] if text else "an error without a word"
        self.said.add(_HERE.sub("", first)[:300])


@dataclass(frozen=True)
class ChromiumEye:
    """Looks at pages, each time with a browser that was never anywhere."""

    program: Path
    environ: Mapping[str, str] = field(repr=False)
    sandbox: bool = True
    log_ins: LogIns = field(default_factory=LogIns)
    loads_s: float = 15.0  # the longest that is waited for what a page loads

    async def look(self, url: str, profile: Profile) -> Sight:
        """See model.ports_experiment.Eye.look."""
        async with process.started(
            self.program,
            self.environ,
            sandbox=self.sandbox,
            flags=(_UNMOVED,),
            calm=_PATIENCE.calm,
        ) as talk:
            try:
                async with asyncio.timeout(_WITHIN_S):
                    return await _looked(talk, self.log_ins.of(url), profile, self.loads_s)
            except Gone:
                raise CannotLook(f"{url} made the browser end") from None
            except (TimeoutError, Unanswered):
                raise CannotLook(f"{url} did not come to rest within {_WITHIN_S:.0f} s") from None


async def _looked(talk: Conversation, log_in: LogIn, profile: Profile, loads_s: float) -> Sight:
    device = DEVICES[profile]
    targets = (await talk.ask("Target.getTargets"))["targetInfos"]
    blank = next(one["targetId"] for one in targets if one["type"] == "page")
    attached = {"targetId": blank, "flatten": True}
    session = (await talk.ask("Target.attachToTarget", attached))["sessionId"]
    tab, heard = Tab(talk, session, _unhurried(device), log_in), _Heard(session)
    talk.hear(tab.hear)
    talk.hear(heard.hear)
    await tab.prepare("")
    for domain in ("Runtime", "Log"):
        await tab.ask(f"{domain}.enable")
    await _screen(tab, device, device.height)
    answer = await tab.ask("Page.navigate", {"url": log_in.url}, within_s=_WITHIN_S)
    if why := answer.get("errorText"):
        raise Unreachable(f"{log_in.url} cannot be reached: {why}")
    await _quiet(tab, loads_s)
    await tab.evaluate(f"({_SEEN_THROUGH})({loads_s * 1000})", within_s=_WITHIN_S)
    await _quiet(tab, _CAME_S)
    width, height = await tab.evaluate(_STILL, within_s=_WITHIN_S)
    height = min(int(height), _TALLEST)
    shot = await tab.ask("Page.captureScreenshot", _all_of(width, height), within_s=_WITHIN_S)
    missing = {
        _path(one.url)
        for one in tab.network.all
        if one.failed is not None or (one.status or 0) >= 400
    }
    png = base64.b64decode(shot["data"])
    said, gone = (frozenset(map(log_in.hide, one)) for one in (heard.said, missing))
    return Sight(profile.value, png, said, gone)


def _unhurried(device: Device) -> Device:
    """Return a device whose frames are not slowed down either."""
    fast = 1024 * 1024.0
    return Device(
        device.width, device.height, 1, device.mobile, device.agent, 0, fast, fast, slower=1
    )


async def _screen(tab: Tab, device: Device, height: int) -> None:
    screen = {
        "width": device.width,
        "height": height,
        "deviceScaleFactor": 1,
        "mobile": device.mobile,
    }
    await tab.ask("Emulation.setDeviceMetricsOverride", screen)
    still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    await tab.ask("Emulation.setEmulatedMedia", still)
    await tab.ask("Emulation.setScrollbarsHidden", {"hidden": True})


def _all_of(width: float, height: int) -> Json:
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    return {"format": "png", "clip": clip, "captureBeyondViewport": True}


async def _quiet(tab: Tab, within_s: float) -> None:
    """Wait until nothing is loaded any more; what never ends is looked at as it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not tab.quiet(_PATIENCE):
                if tab.wrong:
                    raise tab.wrong
                await asyncio.sleep(0.05)


def _path(url: str) -> str:
    """Return an address without the host that it was served by here."""
    parts = urlsplit(url)
    return parts.path if parts.hostname == "127.0.0.1" else url[:300]
