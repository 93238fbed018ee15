"""What a lock file tells: what is in use by it, and what of it there can be no look at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fettle.errors import UnreadableLock
from fettle.model.update import Installed, Passed

# The text of a file in the same folder, by its name; None where there is none.
Beside = Callable[[str], str | None]

LARGEST = 50 * 1024**2


@dataclass(frozen=True)
class Lock:
    """What is installed by a lock; `registries` are the addresses that it names itself."""

    installed: tuple[Installed, ...]
    passed: tuple[Passed, ...] = ()
    registries: tuple[str, ...] = ()


def together(locks: Iterable[Lock]) -> Lock:
    """Return what several tell."""
    each = list(locks)
    return Lock(
        tuple(one for lock in each for one in lock.installed),
        tuple(one for lock in each for one in lock.passed),
        tuple(dict.fromkeys(url for lock in each for url in lock.registries)),
    )


def nothing_beside(_name: str) -> str | None:
    """Tell of no file."""
    return None


def refuse_huge(text: str, where: str) -> None:
    """Raise UnreadableLock for a text that no tool has written."""
    if len(text) > LARGEST:
        raise UnreadableLock(f"{where} is larger than 50 MB, and is not read")


def not_held(name: str, where: str) -> Passed:
    """Return that a lock asks for something and does not hold it, as one that was cut off."""
    return Passed(f"{name} in {where}", "the lock asks for it, and does not hold it")


def sorted_by_name(installed: Iterable[Installed]) -> tuple[Installed, ...]:
    """Return each once, in the order of names."""
    return tuple(sorted(set(installed), key=lambda one: (one.package.name, one.version)))
