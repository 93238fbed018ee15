"""Who needs whom: the graph of what calls each other; it may have circles."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence


class Calls:
    """The graph of pairs of which the first needs the second; who needs itself is left out."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._needs: dict[str, dict[str, None]] = {}
        self._callers: dict[str, dict[str, None]] = {}
        for caller, needed in pairs:
            if caller != needed:
                self._needs.setdefault(caller, {})[needed] = None
                self._callers.setdefault(needed, {})[caller] = None

    def __contains__(self, subject: object) -> bool:
        return subject in self._needs or subject in self._callers

    def needs(self, subject: str) -> Sequence[str]:
        """Return what a subject calls itself."""
        return list(self._needs.get(subject, ()))

    def callers(self, subject: str) -> Sequence[str]:
        """Return what calls a subject itself."""
        return list(self._callers.get(subject, ()))

    def paths(self, subject: str) -> Mapping[str, Sequence[str]]:
        """Return the shortest way to all that a subject needs, however far; itself first."""
        found: dict[str, Sequence[str]] = {subject: (subject,)}
        waiting = deque([subject])
        while waiting:
            here = waiting.popleft()
            for needed in self._needs.get(here, ()):
                if needed not in found:
                    found[needed] = (*found[here], needed)
                    waiting.append(needed)
        return found

    def sufferers(self, subject: str) -> set[str]:
        """Return a subject and all that need it, however far."""
        return _reached(subject, (self._callers,))

    def tied(self, subject: str) -> set[str]:
        """Return a subject and all that hangs together with it, in any direction."""
        return _reached(subject, (self._callers, self._needs))


def _reached(subject: str, ways: Sequence[Mapping[str, Iterable[str]]]) -> set[str]:
    found = {subject}
    waiting = [subject]
    while waiting:
        here = waiting.pop()
        further = {other for way in ways for other in way.get(here, ())} - found
        found |= further
        waiting += further
    return found
