"""What a phone and a desktop are: their screen, their network, their processor.

As Lighthouse's presets have them when the throttling is the browser's own (`devtools`), so that
figures can be held beside its: core/config/constants.js in GoogleChrome/lighthouse. The browser
delays each request by a multiple of the round trip, and gives a little less than the bandwidth.
"""

from dataclasses import dataclass

from fettle.model.measurement import Profile
from fettle.targets.browser.protocol import Conversation

DELAY_PER_ROUND_TRIP = 3.75
OF_BANDWIDTH = 0.9


@dataclass(frozen=True)
class Device:
    """A screen in CSS pixels, a network, and how many times slower than this machine it is."""

    width: int
    height: int
    ratio: float
    mobile: bool
    agent: str
    round_trip_ms: float
    kbit_s: float
    upload_kbit_s: float
    slower: float


DEVICES = {
    Profile.PHONE: Device(
        width=412,
        height=823,
        ratio=1.75,
        mobile=True,
        agent="Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/{major}.0.0.0 Mobile Safari/537.36",
        round_trip_ms=150,
        kbit_s=1.6 * 1024,
        upload_kbit_s=750,
        slower=4,
    ),
    # Lighthouse only simulates the network of this one; it is slowed down for real here.
    Profile.DESKTOP: Device(
        width=1350,
        height=940,
        ratio=1,
        mobile=False,
        agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36",
        round_trip_ms=40,
        kbit_s=10 * 1024,
        upload_kbit_s=10 * 1024,
        slower=1,
    ),
}


async def emulate(talk: Conversation, session: str, device: Device, major: str) -> None:
    """Make a tab of the browser such a device."""
    screen = {
        "width": device.width,
        "height": device.height,
        "deviceScaleFactor": device.ratio,
        "mobile": device.mobile,
    }
    agent = {
        "userAgent": device.agent.format(major=major),
        "userAgentMetadata": {
            "brands": [{"brand": "Chromium", "version": major}],
            "platform": "Android" if device.mobile else "macOS",
            "platformVersion": "11.0" if device.mobile else "10.15.7",
            "architecture": "" if device.mobile else "x86",
            "model": "moto g power (2022)" if device.mobile else "",
            "mobile": device.mobile,
        },
    }
    await talk.ask("Emulation.setDeviceMetricsOverride", screen, session=session)
    await talk.ask("Emulation.setUserAgentOverride", agent, session=session)
    if device.mobile:
        await talk.ask("Emulation.setTouchEmulationEnabled", {"enabled": True}, session=session)
    await talk.ask("Emulation.setCPUThrottlingRate", {"rate": device.slower}, session=session)
    await talk.ask("Network.emulateNetworkConditions", network_of(device), session=session)


def network_of(device: Device) -> dict[str, object]:
    """Return a device's network as the browser takes it."""
    return {
        "offline": False,
        "latency": device.round_trip_ms * DELAY_PER_ROUND_TRIP,
        "downloadThroughput": device.kbit_s * OF_BANDWIDTH * 1024 / 8,
        "uploadThroughput": device.upload_kbit_s * OF_BANDWIDTH * 1024 / 8,
    }
