"""What SIGINT and SIGTERM ask of a process that serves or works."""

import asyncio
import logging
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_log = logging.getLogger(__name__)


class Stop:
    """The first signal asks for an end in order, the second for a quick one; a third ends at once.

    `by_supervisor`: it was SIGTERM, as services and containers are stopped, and nobody sits there
    and waits.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurry = asyncio.Event()
        self.by_supervisor = False

    @classmethod
    def on_signals(cls) -> "Stop":
        """Return one that the process's signals set."""
        stop = cls()
        stop.heed()
        return stop

    def heed(self) -> None:
        """Be set by the process's signals from now on."""
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self.take, number)

    def take(self, number: signal.Signals) -> None:
        """Take a signal."""
        if not self.asked.is_set():
            _log.info("told to stop by %s", number.name)
            self.by_supervisor = number == signal.SIGTERM
            self.asked.set()
            return
        _log.warning("told to stop at once by %s", number.name)
        self.hurry.set()
        for each in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(each)
