"""How long what an update brings along has been out: of the whole difference of its locks.

Somebody named the update, and knows how old it is; that it was withdrawn since, nobody may know.
What only comes along with it nobody has looked at, and it is judged by the age that the policy asks
of it.
"""

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fettle.errors import Refused, UnreadableLock
from fettle.model.ports_rehearsal import Bench
from fettle.model.ports_updates import Outside, Project
from fettle.model.rehearsal import Wanted
from fettle.model.update import Offers, Package, Passed
from fettle.settings.security import ProjectSettings
from fettle.updates import locks
from fettle.updates.difference import brought_by, changes_of, comes_along
from fettle.updates.locks.lock import Beside, Lock
from fettle.updates.policy import Policy, young
from fettle.updates.withdrawn import KEPT_FOR_EVER, untold_among, withdrawn_among

_MOST_FILES = 50
_MOST_NAMED = 5
_ALL_THE_SAME = "an admin may have it applied all the same: --now REASON"


class CameOut(Protocol):
    """What knows when versions came out."""

    async def __call__(
        self, project: ProjectSettings, packages: Collection[Package], named: Sequence[str]
    ) -> Mapping[Package, Offers | Passed]:
        """Return what is on offer of packages, at the registries of a project.

        `named` are those that its locks name, for where its clients are set to none.
        """


def by_registries(outside: Callable[[], AbstractAsyncContextManager[Outside]]) -> CameOut:
    """Return what asks registries when versions came out."""

    async def came_out(
        project: ProjectSettings, packages: Collection[Package], named: Sequence[str]
    ) -> Mapping[Package, Offers | Passed]:
        of = Project(project.name, project.path, project.environment)
        async with outside() as asked:
            return await asked.registries.offers(packages, of, named)

    return came_out


async def refuse_unready(
    bench: Bench, commits: tuple[str, str], asking: "Asking", wanted: Sequence[Wanted]
) -> None:
    """Raise Refused where what is wanted was withdrawn, or what comes along is too young."""
    along: list[tuple[Package, str]] = []
    registries: list[str] = []
    try:
        for where in dict.fromkeys(one.where for one in wanted):
            before, after = [await _lock(bench, commit, where) for commit in commits]
            along += comes_along(before, after, wanted)
            registries += after.registries
    except UnreadableLock as error:
        raise Refused(f"what comes along cannot be told: {error.reason}") from error
    named = [one for one in brought_by(wanted) if one[0].ecosystem in KEPT_FOR_EVER]
    if not along and not named:
        return
    packages = {package for package, _ in (*along, *named)}
    offers = await asking.came_out(asking.project, packages, tuple(dict.fromkeys(registries)))
    _refuse_withdrawn(named, offers)
    reasons = young(list(changes_of(along, offers)), asking.policy, asking.now)
    if reasons:
        raise Refused(
            "what comes along has not been out for long enough: "
            + "; ".join(reasons[:_MOST_NAMED]),
            remedy=f"wait for it, or set its age in a rule of [updates]; {_ALL_THE_SAME}",
        )


def _refuse_withdrawn(
    named: Sequence[tuple[Package, str]], offers: Mapping[Package, Offers | Passed]
) -> None:
    """Raise Refused for what its registry has not any more, or does not tell of."""
    if gone := list(withdrawn_among(named, offers)):
        raise Refused(
            f"what is wanted was withdrawn: {'; '.join(gone[:_MOST_NAMED])}",
            remedy=f"look for another: fettle update check; {_ALL_THE_SAME}",
        )
    if untold := list(untold_among(named, offers)):
        raise Refused(
            "whether what is wanted was withdrawn cannot be told: "
            + "; ".join(untold[:_MOST_NAMED]),
            remedy=f"try again when its registry answers; {_ALL_THE_SAME}",
        )


@dataclass(frozen=True)
class Asking:
    """What it takes to judge an age: whose registries are asked, by whom, and by which policy."""

    project: ProjectSettings
    came_out: CameOut
    policy: Policy
    now: datetime


async def _lock(bench: Bench, commit: str, where: str) -> Lock:
    """Read a lock as a commit has it, with the files beside it that it names.

    Which those are is known only as it is read: it is read again with each more of them.
    """
    folder, name = posixpath.split(where)
    texts = {name: await bench.text(commit, where)}
    while len(texts) < _MOST_FILES:
        missing: list[str] = []
        try:
            lock = locks.read(name, texts[name] or "", where, _beside(texts, missing))
        except UnreadableLock:
            if not missing:
                raise
        else:
            if not missing:
                return lock
        for other in missing:
            texts[other] = await bench.text(commit, posixpath.join(folder, other))
    raise UnreadableLock(f"{where} names more than {_MOST_FILES} other files")


def _beside(texts: Mapping[str, str | None], missing: list[str]) -> Beside:
    def beside(name: str) -> str | None:
        if name not in texts:
            missing.append(name)
        return texts.get(name)

    return beside
