"""The waterfall of a visit, put together from what the browser tells of its network."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fettle.model.measurement import Request
from fettle.targets.browser.protocol import Json

_MOST = 5000
_LONGEST_URL = 500
KINDS = {
    "Document": "document",
    "Script": "script",
    "Stylesheet": "stylesheet",
    "Image": "image",
    "Font": "font",
    "Media": "media",
    "XHR": "fetch",
    "Fetch": "fetch",
    "EventSource": "fetch",
}
# What stays open, or is of no moment to who looks at the page.
_OPEN_ENDED = frozenset({"EventSource", "WebSocket", "Ping"})
_OF_THE_NETWORK = frozenset({"http", "https"})


@dataclass
class Loading:
    """One request as far as it has come; times are seconds of the browser's clock."""

    id: str
    session: str
    url: str
    type: str
    started: float
    priority: str = ""
    asked_by: str = ""
    blocks: bool = False
    first_byte: float | None = None
    ended: float | None = None
    received: int = 0
    transferred: int | None = None
    decoded: int = 0
    status: int | None = None
    mime: str = ""
    protocol: str = ""
    encoding: str = ""
    server_ms: float | None = None
    failed: str | None = None
    packed: int | None = None
    redrawn: int | None = None

    @property
    def waits(self) -> bool:
        """Whether it is still to end, and what waits for a page waits for it."""
        return self.ended is None and self.type not in _OPEN_ENDED


@dataclass
class Network:
    """All requests of a visit.

    A request's id is its own: what a frame or a worker is loaded by begins in the page's session,
    and ends in its own.
    """

    all: list[Loading] = field(default_factory=list)
    _going: dict[str, Loading] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many are still to end."""
        return sum(one.waits for one in self._going.values())

    def hear(self, session: str, method: str, said: Json) -> None:
        """Take note of an event."""
        match method:
            case "Network.requestWillBeSent":
                self._begins(session, said)
            case "Network.responseReceived":
                self._answered(said["requestId"], said["timestamp"], said["response"])
            case "Network.dataReceived":
                self._data(said)
            case "Network.loadingFinished":
                self._ends(said, transferred=round(said["encodedDataLength"]))
            case "Network.loadingFailed":
                why = said.get("blockedReason") or said.get("errorText") or "failed"
                self._ends(said, failed=why)
            case "Network.resourceChangedPriority":
                if loading := self._going.get(said["requestId"]):
                    loading.priority = said["newPriority"]

    def _begins(self, session: str, said: Json) -> None:
        if "redirectResponse" in said:
            self._led_on(said)
        request = said["request"]
        if urlsplit(request["url"]).scheme not in _OF_THE_NETWORK or len(self.all) >= _MOST:
            return
        stack = said["initiator"].get("stack", {}).get("callFrames", [])
        loading = Loading(
            id=said["requestId"],
            session=session,
            url=request["url"] + request.get("urlFragment", ""),
            type=said.get("type", ""),
            started=said["timestamp"],
            priority=request.get("initialPriority", ""),
            asked_by=said["initiator"].get("url") or (stack[0]["url"] if stack else ""),
            blocks=said.get("renderBlockingBehavior") == "Blocking",
        )
        self.all.append(loading)
        self._going[loading.id] = loading

    def _led_on(self, said: Json) -> None:
        """End a request that was answered by a redirect: another goes on by its id."""
        response = said["redirectResponse"]
        self._answered(said["requestId"], said["timestamp"], response)
        self._ends(said, transferred=round(response["encodedDataLength"]))

    def _answered(self, id_: str, at: float, response: Json) -> None:
        loading = self._going.get(id_)
        if loading is None:
            return
        headers = {name.lower(): value for name, value in response["headers"].items()}
        loading.first_byte = at
        loading.status = response["status"]
        loading.mime = response["mimeType"]
        loading.protocol = response.get("protocol", "")
        loading.encoding = headers.get("content-encoding", "")
        if response.get("fromDiskCache") or response.get("fromPrefetchCache"):
            loading.transferred = 0
        if timing := response.get("timing"):
            loading.server_ms = max(0.0, timing["receiveHeadersEnd"] - timing["sendEnd"])

    def _data(self, said: Json) -> None:
        if loading := self._going.get(said["requestId"]):
            loading.received += said["encodedDataLength"]
            loading.decoded += said["dataLength"]

    def _ends(
        self, said: Json, *, transferred: int | None = None, failed: str | None = None
    ) -> None:
        loading = self._going.pop(said["requestId"], None)
        if loading is None:
            return
        loading.ended = said["timestamp"]
        loading.failed = failed
        if loading.transferred is None and transferred is not None:
            loading.transferred = transferred


def drawn(loading: Loading, zero: float) -> Request:
    """Return a line of the waterfall that begins at `zero`."""

    def after(moment: float | None) -> float | None:
        return None if moment is None else round((moment - zero) * 1000, 1)

    # a short answer's head is told of after its end
    answered = [at for at in (loading.first_byte, loading.ended) if at is not None]
    first_byte = None if loading.first_byte is None else min(answered)
    transferred = loading.received if loading.transferred is None else loading.transferred
    return Request(
        url=loading.url[:_LONGEST_URL],
        kind=KINDS.get(loading.type, "other"),
        start_ms=after(loading.started) or 0.0,
        first_byte_ms=after(first_byte),
        end_ms=after(loading.ended),
        transferred=transferred,
        decoded=loading.decoded,
        status=loading.status,
        mime=loading.mime[:100],
        protocol=loading.protocol,
        encoding=loading.encoding[:40],
        priority=loading.priority,
        server_ms=loading.server_ms,
        blocks_rendering=loading.blocks,
        asked_by=loading.asked_by[:_LONGEST_URL],
        failed=loading.failed,
        packed=loading.packed,
        redrawn=loading.redrawn,
    )
