"""Programs that a team's tasks run: without a shell, and with little of the worker's environment.

How long one may take is the step's to say: when that is over it is cancelled, and all that it has
started is ended with it (running.py).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from fettle.model.quantity import Bytes
from fettle.targets import running
from fettle.targets.running import How, Say

# What a program needs to be one; everything else may hold secrets, and is named where it is needed.
_PASSED = ("USER", "LOGNAME", "LANG", "LC_ALL", "SHELL")
_ENDLESS = timedelta(days=30)
_KEPT = Bytes(0)  # each line is said as it comes; nobody wants it afterwards


class Programs:
    """Runs programs; implements model.ports.Commands."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    async def run(self, words: Sequence[str], environment: Mapping[str, str], say: Say) -> int:
        """Run a program; see model.ports.Commands."""
        here = "install it, or name with `on` the label of the workers that have it"
        program = running.found(words[0], self._environ, install=here)
        how = How(_ENDLESS, self._environ, _PASSED, environment, most=_KEPT)
        return (await running.run([program, *words[1:]], how, say)).status
