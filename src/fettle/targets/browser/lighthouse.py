"""Visits by Lighthouse, where it is on the machine: with its figures, and with its audits.

It is given a browser of ours, which ends with the visit whatever becomes of Lighthouse.
"""

import json
import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, NotSupported, Unreachable
from fettle.model.browser import PageAsked
from fettle.model.measurement import Profile, Visit
from fettle.model.quantity import Bytes
from fettle.targets import running
from fettle.targets.browser import lighthouse_report, process
from fettle.targets.browser.profiles import DELAY_PER_ROUND_TRIP, DEVICES, OF_BANDWIDTH
from fettle.targets.browser.secrets import LogIn
from fettle.targets.running import How
from fettle.targets.site_address import shown

_INSTALL = (
    "npm install --global lighthouse (version 13 needs Node 22), or say where it is: "
    '[optimisation] lighthouse = "/path/to/lighthouse"'
)
_REPORT = Bytes(64 * 1024**2)
_JUDGING = timedelta(minutes=2)  # after the page is there, on a slow machine


def found(named: Path | None, environ: Mapping[str, str]) -> Path:
    """Return where Lighthouse is; raises CannotLook, with how to get it."""
    if named is None:
        return Path(running.found("lighthouse", environ, install=_INSTALL))
    if not (named.is_file() and os.access(named, os.X_OK)):
        raise CannotLook(f"{named} is no program that can be run", remedy=_INSTALL)
    return named


class Lighthouse:
    """Visits pages by Lighthouse; implements Browser."""

    def __init__(
        self, program: Path, chromium: Path, environ: Mapping[str, str], *, sandbox: bool
    ) -> None:
        self._program = program
        self._chromium = chromium
        self._environ = environ
        self._sandbox = sandbox

    async def visit(self, page: PageAsked) -> Visit:
        """See model.browser.Browser.visit."""
        _refuse_secrets(page)
        port = _free_port()
        flags = (f"--remote-debugging-port={port}",)
        async with process.started(
            self._chromium, self._environ, sandbox=self._sandbox, flags=flags
        ):
            report = await self._run(page, port)
        return lighthouse_report.visit_of(report, shown(page.url))

    async def _run(self, page: PageAsked, port: int) -> object:
        wait = page.within // timedelta(milliseconds=1)
        words = [
            *(str(self._program), page.url, f"--port={port}", "--quiet", "--output=json"),
            *("--only-categories=performance", "--no-enable-error-reporting"),
            *("--throttling-method=devtools", f"--max-wait-for-load={wait}"),
            *_like(page.profile),
        ]
        how = How(page.within + _JUDGING, self._environ, ("LANG",), most=_REPORT)
        try:
            ended = await running.run(words, how)
        except ActFailed as error:
            raise Unreachable(error.reason, remedy="give it longer: --timeout") from None
        try:
            return json.loads(ended.output)
        except ValueError:
            raise CannotLook(
                f"Lighthouse gave no report of {shown(page.url)}: {ended.last_words}"
            ) from None


def _like(profile: Profile) -> list[str]:
    """Return what makes Lighthouse visit like a profile; its desktop's network is not slow."""
    if profile is Profile.PHONE:
        return []
    device = DEVICES[profile]
    return [
        "--preset=desktop",
        f"--throttling.requestLatencyMs={device.round_trip_ms * DELAY_PER_ROUND_TRIP:g}",
        f"--throttling.downloadThroughputKbps={device.kbit_s * OF_BANDWIDTH:g}",
        f"--throttling.uploadThroughputKbps={device.upload_kbit_s * OF_BANDWIDTH:g}",
        f"--throttling.cpuSlowdownMultiplier={device.slower:g}",
    ]


def _refuse_secrets(page: PageAsked) -> None:
    """Refuse what lets in: Lighthouse sends headers to every host that a page loads from."""
    log_in = LogIn.of(page)
    if log_in.headers or log_in.cookies or page.clicks:
        raise NotSupported(
            "Lighthouse keeps no log-in to one host, and clicks nothing",
            remedy="leave out --backend lighthouse where --header, --cookie or --click is needed",
        )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
