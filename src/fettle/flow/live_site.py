"""The live site is asked whether it shows what was put in a root's place, and by all its machines.

What is packed beside files is sent only by servers that are told to. Where nothing else was written
and none of it is sent, nobody can say that the root is what is live.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fettle.model.experiment import PageSeen
from fettle.model.ports import Clock
from fettle.model.ports_experiment import Answered, Live
from fettle.model.root_address import live_at
from fettle.optimisation.packing import ENDINGS

PACKED = ", ".join(ENDINGS.values())
_MOST_ASKED = 40  # files, of those that were changed
_TRIES = 4  # what is kept in front of a site may answer with what was there for a moment
_PAUSE_S = 1.0
_UNSENT = (
    "the server does not send what was packed beforehand, and nothing is lighter by that until it "
    "does: switch it on (keep_in_browsers)"
)


@dataclass(frozen=True)
class Shown:
    """What there is to be said of the live site: what is wrong, and what people should know.

    `anything` is whether it shows anything of what was written.
    """

    wrong: str | None = None
    notes: tuple[str, ...] = ()
    anything: bool = False


@dataclass(frozen=True)
class Asking:
    """Asks the site of some pages."""

    live: Live
    clock: Clock
    pages: Sequence[PageSeen]

    async def shown(self, changed: Sequence[str], wanted: Mapping[str, bytes]) -> Shown:
        """See whether it shows the files that were `changed`; raises CannotLook.

        `wanted` is what is in them, and in the pages.
        """
        if wrong := await self._wrong(wanted):
            return Shown(wrong)
        return await self._packed(changed, wanted)

    async def _wrong(self, wanted: Mapping[str, bytes]) -> str | None:
        """Return what it does not answer as it should."""
        addresses = {page.path: page.url for page in self.pages}
        own = {path: live_at(self.pages[0].url, path) for path in wanted}
        asked = [path for path in wanted if not path.endswith(tuple(ENDINGS))][:_MOST_ASKED]
        for path in sorted({*addresses, *asked}):
            if wrong := await self._never(addresses.get(path, own[path]), wanted[path]):
                return wrong
        for path, url in addresses.items():
            if not await self._stays(url, wanted[path]):
                return f"{url} answers now this, now that: more than this root may serve it"
        return None

    async def _never(self, url: str, body: bytes) -> str | None:
        """Return what it answers in its place, however often it is asked."""
        for _ in range(_TRIES):
            answer = await self.live.get(url)
            if answer.status == 200 and answer.body == body:
                return None
            await self.clock.sleep(_PAUSE_S)
        what = answer.status if answer.status != 200 else "something else"
        return f"{url} answers {what}{_kept_for(answer)}"

    async def _stays(self, url: str, body: bytes) -> bool:
        """Whether it goes on to answer with it, as one of several machines does not."""
        for _ in range(_TRIES):
            answers = [await self.live.get(url) for _ in range(_TRIES)]
            if all(one.body == body for one in answers):
                return True
            await self.clock.sleep(_PAUSE_S)
        return False

    async def _packed(self, changed: Sequence[str], wanted: Mapping[str, bytes]) -> Shown:
        """See whether it sends what was packed beforehand; all else was seen already."""
        packed, page = [path for path in changed if path.endswith(tuple(ENDINGS))], self.pages[0]
        notes: tuple[str, ...] = ()
        if page.path + ".br" in packed:
            answer = await self.live.get(page.url, PACKED)
            if answer.body in [wanted.get(page.path + ending) for ending in ENDINGS]:
                return Shown(anything=True)
            notes = (_UNSENT,)
        if len(packed) < len(changed):
            return Shown(notes=notes, anything=True)
        for path in packed[:_MOST_ASKED]:
            answer = await self.live.get(live_at(page.url, path))
            if answer.body == wanted[path]:
                return Shown(notes=notes, anything=True)
        unseen = f"{page.url} shows nothing of what was written: is it served from another folder?"
        return Shown(notes=(*notes, unseen))


def _kept_for(answer: Answered) -> str:
    """Say for how long a cache has kept an answer, where one says so (RFC 9111)."""
    age = answer.headers.get("age", "")[:12]
    return f", which a cache before it has kept for {age} s" if age.strip("0").isdecimal() else ""
