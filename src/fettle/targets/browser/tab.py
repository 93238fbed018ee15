"""The tab in which a page is loaded: what happens in it, and what is asked of it."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fettle.errors import CannotLook, WrongUsage
from fettle.targets.browser.network import Network
from fettle.targets.browser.profiles import Device, network_of
from fettle.targets.browser.protocol import Conversation, Gone, Json
from fettle.targets.browser.secrets import LogIn

WORLD = "fettle"
_FEW = 2  # so many requests may go on where a page asks again and again
_SIDE = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}


@dataclass(frozen=True)
class Patience:
    """How long is waited for a browser to calm down, and for a page to come to rest.

    It is at rest when for `quiet_s` nothing was loaded or busy; or when for `nearly_quiet_s` only
    what goes on for ever was, which asks again and again. When its time is over it has `tells_s`
    to tell what it was like.
    """

    quiet_s: float = 2.0
    nearly_quiet_s: float = 5.0
    tells_s: float = 15.0
    calm: bool = True


PATIENT = Patience()


@dataclass
class Tab:
    """One tab, and what was heard of it.

    `documents` are the addresses of the pages it came to, `loader` is the request of the last one;
    `moved` is when any request last began or ended, `crowded` when more than a few last went on.
    """

    talk: Conversation
    session: str
    device: Device
    log_in: LogIn
    network: Network = field(default_factory=Network)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    loaded: bool = False
    loaded_at: float = 0.0
    moved: float = 0.0
    crowded: float = 0.0
    wrong: CannotLook | None = None
    dialogs: int = 0
    documents: list[str] = field(default_factory=list)
    loader: str = ""
    clicking: bool = False
    _frame: str = ""
    _beside: list[str] = field(default_factory=list)

    def quiet(self, patience: Patience) -> bool:
        """Whether it has loaded, and nothing came for so long, or for longer no more than a few."""
        now, nearly_s = asyncio.get_running_loop().time(), patience.nearly_quiet_s
        quiet = not self.network.open and now - self.moved >= patience.quiet_s
        nearly = self.network.open <= _FEW and now - self.crowded >= nearly_s
        return self.loaded and (quiet or (nearly and now - self.loaded_at >= nearly_s))

    async def ask(
        self, method: str, parameters: Json | None = None, *, within_s: float = 15.0
    ) -> Json:
        """Ask the browser something about this tab."""
        try:
            return await self.talk.ask(method, parameters, session=self.session, within_s=within_s)
        except Gone:
            raise self.wrong or CannotLook("the page made the browser end") from None

    async def prepare(self, script: str) -> None:
        """Make everything ready for a page: what watches it, and what lets it in."""
        for domain in ("Page", "Network", "Inspector"):
            await self.ask(f"{domain}.enable")
        self._frame = (await self.ask("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        script_asked = {"source": script, "worldName": WORLD}
        await self.ask("Page.addScriptToEvaluateOnNewDocument", script_asked)
        await self.ask("Target.setAutoAttach", _SIDE)
        if cookies := self.log_in.cookies:
            given = [
                {"name": name, "value": value, "url": self.log_in.origin}
                for name, value in cookies.items()
            ]
            await self.ask("Network.setCookies", {"cookies": given})
        if self.log_in.headers:
            await self.ask(
                "Fetch.enable", {"patterns": [{"urlPattern": f"{self.log_in.origin}/*"}]}
            )

    def hear(self, session: str, method: str, said: Json) -> None:
        """Take note of what the browser tells."""
        if method.startswith("Network."):
            self.network.hear(session, method, said)
            now = asyncio.get_running_loop().time()
            if method != "Network.dataReceived":
                self.moved = now
            if self.network.open > _FEW:
                self.crowded = now
        elif method == "Target.attachedToTarget":
            self._attached(said["sessionId"], said["targetInfo"])
        elif method == "Fetch.requestPaused":
            self._paused(session, said)
        elif session == self.session:
            self._heard(method, said)

    def _heard(self, method: str, said: Json) -> None:
        match method:
            case "Page.loadEventFired":
                self.loaded = True
                self.loaded_at = asyncio.get_running_loop().time()
            case "Page.frameNavigated" if "parentId" not in said["frame"]:
                self.documents.append(said["frame"]["url"])
                self.loader = said["frame"]["loaderId"]
                self.loaded = False
                self.came.set()
            case "Page.javascriptDialogOpening":
                self.dialogs += 1
                answer = {"accept": said["type"] == "beforeunload"}
                self.talk.tell("Page.handleJavaScriptDialog", answer, session=self.session)
            case "Inspector.targetCrashed":
                self.wrong = CannotLook(
                    "the page made its tab crash",
                    remedy="see whether it does so in a browser of yours; a page that takes too "
                    "much memory does",
                )

    def _attached(self, session: str, target: Json) -> None:
        """Treat frames and workers, which are processes of their own, as the page is treated."""
        if session == self.session:
            return
        if target["type"] == "page":  # a window that the page has opened
            self.talk.tell("Target.closeTarget", {"targetId": target["targetId"]})
            return
        self._beside.append(session)
        for method, parameters in (
            ("Network.enable", {}),
            ("Network.emulateNetworkConditions", network_of(self.device)),
            ("Emulation.setCPUThrottlingRate", {"rate": self.device.slower}),
            ("Target.setAutoAttach", _SIDE),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            self.talk.tell(method, parameters, session=session)

    def _paused(self, session: str, said: Json) -> None:
        """Let a request go on: with what lets it in, and not at all if a click would send it."""
        request, going = said["request"], {"requestId": said["requestId"]}
        acts = request["method"] not in ("GET", "HEAD", "OPTIONS")
        if self.clicking and (acts or said["resourceType"] == "Document"):
            refused = {**going, "errorReason": "Aborted"}
            self.talk.tell("Fetch.failRequest", refused, session=session)
            return
        if self.log_in.headers and self.log_in.goes_to(request["url"]):
            headers = {**request["headers"], **self.log_in.headers}
            going["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
        self.talk.tell("Fetch.continueRequest", going, session=session)

    async def evaluate(self, expression: str, *, within_s: float = 15.0) -> Any:  # noqa: ANN401
        """Return what an expression comes to in the world of what watches the page."""
        world = {"frameId": self._frame, "worldName": WORLD}
        made = await self.ask("Page.createIsolatedWorld", world, within_s=within_s)
        asked = {
            "expression": expression,
            "contextId": made["executionContextId"],
            "returnByValue": True,
            "awaitPromise": True,
        }
        answer = await self.ask("Runtime.evaluate", asked, within_s=within_s)
        if "exceptionDetails" in answer:
            raise _unasked(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def click(self, selectors: Sequence[str], most: int) -> None:
        """Click what is named, or what can do no harm; nothing that a click sends is sent."""
        self.clicking = True
        everything = {"patterns": [{"urlPattern": "*"}]}
        for session in self._beside:  # of which workers know nothing of it
            self.talk.tell("Fetch.enable", everything, session=session)
        await self.ask("Fetch.enable", everything)
        points = json.loads(
            await self.evaluate(f"fettle.toClick({json.dumps(list(selectors))}, {most})")
        )
        for selector, point in zip([*selectors, *[""] * len(points)], points, strict=False):
            if point is None:
                raise WrongUsage(
                    f"there is nothing to click at {selector!r}, or something else lies over it"
                )
            await self._press(point)

    async def _press(self, point: Json) -> None:
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = {"button": "none"} if kind == "mouseMoved" else {"button": "left"}
            event = {"type": kind, **point, **button, "clickCount": 1}
            await self.ask("Input.dispatchMouseEvent", event)
        await self.evaluate("fettle.painted()")

    async def body(self, request: str) -> bytes:
        """Return what a request was answered with; raises CannotLook where it is not kept."""
        answer = await self.ask("Network.getResponseBody", {"requestId": request})
        text: str = answer["body"]
        encoded = answer["base64Encoded"]
        return b64decode(text) if encoded else text.encode("utf-8", "surrogatepass")


def _unasked(details: Json) -> CannotLook:
    exception = details.get("exception", {})
    said = str(exception.get("description") or details.get("text", "")).splitlines()[0][:200]
    if "fettle is not defined" in said:
        return CannotLook(
            "the page lets no script run, and so not what watches it either",
            remedy="see its header Content-Security-Policy: sandbox needs allow-scripts",
        )
    return CannotLook(f"the page cannot be asked: {said}")
