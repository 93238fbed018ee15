"""Make the calls of remedies: to a platform's deploy hook, a feature flag, a queue of failed work.

Each carries its key as `Idempotency-Key` and `Fettle-Id`, the same for each try; with a secret it
is signed as a webhook's notification is (targets.notify). Private addresses are refused unless they
are allowed, and nobody is followed to another address.
"""

from datetime import datetime

import httpx

from fettle.errors import ActFailed, Unreachable
from fettle.model.remedy import Call
from fettle.targets.notify import signature
from fettle.targets.outgoing import Outgoing

# By these it is known that nothing was sent: the host is not known, or nobody took the connection.
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, OSError, UnicodeError)


class CallMaker:
    """Makes calls; implements model.ports.Calls."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def make(self, call: Call, key: str, now: datetime) -> int:
        """Make a call; see model.ports.Calls."""
        body = None if call.body is None else call.body.encode()
        try:
            answer = await self._outgoing.call(
                call.method, call.url, headers=_headers(call, key, body or b"", now), content=body
            )
        except Unreachable as error:
            if isinstance(error.__cause__, _NOTHING_SENT):
                raise
            raise ActFailed(error.reason, remedy=error.remedy) from error
        return answer.status

    async def probe(self, url: str) -> int:
        """Ask an address; see model.ports.Calls."""
        return (await self._outgoing.call("GET", url)).status


def _headers(call: Call, key: str, body: bytes, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    headers = {"Idempotency-Key": key, "Fettle-Id": key, "Fettle-Timestamp": timestamp}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    if call.token is not None:
        headers["Authorization"] = f"Bearer {call.token}"
    if call.secret is not None:
        headers["Fettle-Signature"] = signature(call.secret, key, timestamp, body)
    return headers
