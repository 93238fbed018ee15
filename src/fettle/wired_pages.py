"""The wiring of optimisation: what measures pages by itself, and puts web roots back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fettle.engine.engine import Engine
from fettle.engine.execution import Function
from fettle.engine.means import Handler
from fettle.flow.page_looks import LOOK, PageLooks
from fettle.flow.put_back import PuttingBack
from fettle.frontends.application import Application
from fettle.frontends.report import measure_document
from fettle.settings import Settings
from fettle.store.pool import Pool
from fettle.targets.webroot.roots import LocalRoots

# Of one worker: two that measure at once measure each other.
AT_ONCE: Mapping[str, int] = {LOOK: 1}


@dataclass(frozen=True)
class WiredPages:
    """What the engine is to know of pages."""

    application: Application
    settings: Settings
    pool: Pool
    engine: Engine

    @property
    def runs(self) -> Mapping[str, Function]:
        """The functions, by the names of their runs."""
        put_back = PuttingBack(self.pool, self.application.clock, LocalRoots())
        return {**self._looks.runs, **put_back.runs}

    @property
    def timers(self) -> Mapping[str, Handler]:
        """The handlers, by the kinds of their timers."""
        return self._looks.timers

    @property
    def _looks(self) -> PageLooks:
        browser = partial(self.application.browser, self.settings, None)
        written = partial(measure_document.of_measurement, verbose=False)
        return PageLooks(
            *(self.pool, self.engine, self.application.clock, self.settings), browser, written
        )
