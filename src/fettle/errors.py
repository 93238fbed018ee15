"""Every error that Fettle raises on purpose.

::

    FettleError                  a sentence for a person: what failed, on what, what to do next
    ├── WrongUsage               the call cannot be understood (exit 64)
    │   ├── BadSettings          fettle.toml or the environment holds a value that cannot be used
    │   ├── BadPayload           what was sent is not what its sender promises to send
    │   │   ├── TooLarge         it is larger than what is taken
    │   │   └── TooSlow          it was not here in the time that it is waited for
    │   └── NotFound             there is nothing of that name or number
    ├── CannotLook               a question could not be asked; becomes Unknown(reason, remedy)
    │   ├── UnreadableVersion    no version, or no range of versions, of its ecosystem
    │   ├── Unreachable          the target did not answer, or refused us at the door
    │   ├── UnreadableLock       a lock file is not what its tool writes, or too new for us
    │   └── NotSupported         the target answered, but is not one that Fettle can look at
    ├── Refused                  an act was not begun, and nothing was changed (exit 1)
    │   ├── NotIdentified        nobody known asks
    │   ├── NotAllowed           who asks may not do it
    │   ├── Outdated             it was asked about something that has changed since
    │   └── TooMuch              more than the quota; not before some seconds have passed
    ├── ActFailed                an act was begun and did not reach its end (exit 2)
    │   ├── StepFailed           a step of a run failed, and will not be tried again
    │   └── Damaged              what was read is not what was written
    └── StoreError               Fettle's own store cannot be used
        ├── StoreUnreachable     it does not answer, or does not let us in
        ├── StoreTooNew          it was written by a newer Fettle
        └── StoreDamaged         its folder or its content is not what Fettle left there

Everything else that surfaces is a bug, and is reported as one (exit 70).
"""


class FettleError(Exception):
    """Root of the tree.

    `remedy` is what the reader can do about it: a command, a grant or a setting, ready to copy.
    """

    def __init__(self, reason: str, *, remedy: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class WrongUsage(FettleError):
    """The call cannot be understood."""


class BadSettings(WrongUsage):
    """A setting holds a value that cannot be used; the reason names the place and the value."""


class BadPayload(WrongUsage):
    """What was sent cannot be read; the reason names the path in it."""


class TooLarge(BadPayload):
    """What was sent is larger than what is taken."""


class TooSlow(BadPayload):
    """What is sent was not here in the time that it is waited for."""


class NotFound(WrongUsage):
    """There is nothing of that name or number."""


class CannotLook(FettleError):
    """A question could not be asked of a target."""


class UnreadableVersion(CannotLook):
    """What should be a version, or a range of them, is none of its ecosystem."""


class Unreachable(CannotLook):
    """The target did not answer, or refused us at the door."""


class UnreadableLock(CannotLook):
    """A lock file cannot be read; the reason names the place in it."""


class NotSupported(CannotLook):
    """The target answered, but is not one that Fettle can look at."""


class Refused(FettleError):
    """An act was not begun, and nothing was changed."""


class NotIdentified(Refused):
    """Nobody known asks."""


class NotAllowed(Refused):
    """Who asks may not do this."""


class Outdated(Refused):
    """What it was asked about has changed since whoever asks has seen it."""


class TooMuch(Refused):
    """More than the quota allows; `retry_after_s` is when to try again."""

    def __init__(self, reason: str, *, retry_after_s: int, remedy: str | None = None) -> None:
        super().__init__(reason, remedy=remedy)
        self.retry_after_s = retry_after_s


class ActFailed(FettleError):
    """An act was begun and did not reach its end; what it left is in its journal."""


class StepFailed(ActFailed):
    """A step of a run failed, and will not be tried again; the same each time the run goes on."""


class Damaged(ActFailed):
    """What was read is not what was written: it is cut off, changed, or something else."""


class StoreError(FettleError):
    """Fettle's own store cannot be used."""


class StoreUnreachable(StoreError):
    """The store does not answer, or does not let us in."""


class StoreTooNew(StoreError):
    """The store was written by a newer Fettle."""


class StoreDamaged(StoreError):
    """The store's folder or its content is not what Fettle left there."""
