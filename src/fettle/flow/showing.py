"""Whether trouble is there, asked at this moment: by a remedy's probe and check, or by a request.

What is asked stands in the settings, or lies at a service's own address (see flow.reproduce).
"""

from dataclasses import dataclass, replace

from fettle.errors import CannotLook
from fettle.flow import asked
from fettle.flow.look import diagnose
from fettle.flow.places import Places
from fettle.model.ports import Calls, Clock
from fettle.model.remedy import Remedy
from fettle.model.web_address import path_of
from fettle.settings import Settings

_TELLS_NOTHING = (401, 403, 407, 429)  # it was not let in, so that it met nothing


@dataclass(frozen=True)
class Shown:
    """Whether trouble was there, None where that is not told; and what says so."""

    there: bool | None
    says: str


@dataclass(frozen=True)
class Showing:
    """What it takes to ask."""

    settings: Settings
    places: Places
    calls: Calls
    clock: Clock

    async def by_remedy(self, remedy: Remedy) -> Shown:
        """Ask a remedy's probe, and its check where that answers well.

        Raises CannotLook, NotAllowed for an address that may not be called, and WrongUsage for a
        database that this worker does not know.
        """
        shown = Shown(None, "it names no probe and no check")
        if remedy.probe is not None:
            shown = await self._probed(remedy.probe)
        if shown.there or remedy.check is None or remedy.database is None:
            return shown
        return await self._checked(remedy.database, remedy.check)

    async def _probed(self, url: str) -> Shown:
        try:
            status = await self.calls.probe(url)
        except CannotLook:
            return Shown(True, "its probe gives no answer")  # what does not answer is not well
        if 200 <= status < 300:
            return Shown(False, "its probe answers: all is well")
        return Shown(True, f"its probe does not answer well: {status}")

    async def _checked(self, database: str, check: str) -> Shown:
        target = self.places.target(database)
        questions = asked.questions(self.settings, target, only=[check])
        questions = replace(questions, listings=())
        diagnosis = await diagnose(target, self.places.connect, questions, self.clock)
        if diagnosis.findings:
            return Shown(True, "its check finds it still")
        if diagnosis.unknown:
            raise CannotLook(f"{check} on {database}: {diagnosis.unknown[0][1].reason}")
        return Shown(False, "its check finds nothing")

    async def by_request(self, url: str) -> Shown:
        """Send a GET, with nothing that says whose it is; raises NotAllowed.

        What is answered below 500 was answered: it shows no trouble.
        """
        request = f"GET {path_of(url)}"
        try:
            status = await self.calls.probe(url)
        except CannotLook as error:
            return Shown(True, f"{request}: {error.reason}")
        if status in _TELLS_NOTHING:
            return Shown(None, f"{request} is answered with {status}: nobody is let in there")
        return Shown(status >= 500, f"{request} is answered with {status}")
