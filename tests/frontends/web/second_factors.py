"""A telephone with a user's second factor."""

import base64
import html
import re
from dataclasses import dataclass
from datetime import datetime

from fettle.flow.people import second_factor
from tests.frontends.web.site import PASSWORD, Browser, Site


@dataclass(frozen=True)
class Device:
    """It shows codes; `recovery` are those that stand in for it."""

    secret: bytes
    recovery: list[str]

    def code(self, now: datetime) -> str:
        """Return what it shows."""
        return second_factor.code_at(self.secret, second_factor.step_of(now))


def secret_in(page: str) -> bytes:
    """Return the secret that a page shows as text."""
    (text,) = re.findall(r"<pre>([A-Z2-7]+)</pre>", page)
    return base64.b32decode(text + "=" * (-len(text) % 8))


async def turned_on(site: Site, browser: Browser) -> Device:
    """Turn a user's second factor on, by their browser."""
    await browser.get("/me")
    shown = await browser.send("/me/totp/begin", {"current": PASSWORD})
    secret = secret_in(shown.text)
    now = second_factor.code_at(secret, second_factor.step_of(site.clock.now()))
    done = await browser.send("/me/totp/on", {"sealed": browser.hidden("sealed"), "code": now})
    assert done.status_code == 200, done.text
    codes = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", html.unescape(done.text))
    return Device(secret, codes)
