"""What a tab shows while a page is loaded, frame by frame."""

import base64
from dataclasses import dataclass, field

from fettle.model.browser import Frame
from fettle.targets.browser.protocol import Conversation, Json

# Of a phone's screen this is a half, of a desktop's a quarter: what is there is told, not read.
ASKED = {"format": "jpeg", "quality": 60, "maxWidth": 320, "maxHeight": 480, "everyNthFrame": 1}
_MOST = 400  # of a page that moves for ever; from there on every second one is let go


@dataclass
class Film:
    """The frames of one tab, from when its first request was sent."""

    talk: Conversation
    session: str
    _shown: list[tuple[float, str]] = field(default_factory=list)
    _zero: float | None = None

    def hear(self, session: str, method: str, said: Json) -> None:
        """Keep what is shown, and say that the next may come."""
        if session != self.session:
            return
        if method == "Network.requestWillBeSent" and self._zero is None:
            self._zero = said["wallTime"]
        elif method == "Page.screencastFrame":
            came = {"sessionId": said["sessionId"]}
            self.talk.tell("Page.screencastFrameAck", came, session=session)
            self._shown.append((said["metadata"]["timestamp"], said["data"]))
            if len(self._shown) > _MOST:
                del self._shown[1::2]

    @property
    def frames(self) -> list[Frame]:
        """What was shown, the first one first; what was there before the page is none of it."""
        if self._zero is None:
            return []
        shown = sorted(self._shown, key=lambda one: one[0])  # two may come the other way round
        return [
            Frame(round((at - self._zero) * 1000, 1), base64.b64decode(data))
            for at, data in shown
            if at >= self._zero
        ]
