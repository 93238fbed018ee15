"""The live site, asked as browsers ask it; implements model.ports_experiment.Live."""

import asyncio
from dataclasses import dataclass, field

import httpx

from fettle.errors import Unreachable
from fettle.model.ports_experiment import Answered
from fettle.targets.browser.secrets import LogIns

_WITHIN_S = 20.0  # until something comes
_ALL_WITHIN_S = 120.0  # what trickles is endless
_MOST = 64 * 1024 * 1024


@dataclass(frozen=True)
class LiveSite:
    """Asks the site, let in where that is needed; `transport` is how, if not by the network."""

    transport: httpx.AsyncBaseTransport | None = field(default=None)
    within_s: float = _ALL_WITHIN_S
    log_ins: LogIns = field(default_factory=LogIns)

    async def get(self, url: str, encodings: str = "identity") -> Answered:
        """See model.ports_experiment.Live.get."""
        log_in = self.log_ins.of(url)
        asks = {"Accept-Encoding": encodings, "User-Agent": "Fettle", "Cache-Control": "no-cache"}
        asks |= log_in.headers
        if log_in.cookies:
            asks["Cookie"] = "; ".join(f"{name}={value}" for name, value in log_in.cookies.items())
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self.within_s),
                httpx.AsyncClient(
                    timeout=_WITHIN_S, follow_redirects=False, transport=self.transport
                ) as client,
                client.stream("GET", url, headers=asks) as answer,
            ):
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > _MOST:
                        raise Unreachable(f"{url} sends more than a page or a file of it")
                return Answered(answer.status_code, dict(answer.headers), bytes(body))
        except TimeoutError:
            raise Unreachable(f"{url} does not end within {self.within_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"{url} does not answer: {error}") from error
