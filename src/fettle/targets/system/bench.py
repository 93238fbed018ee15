"""This machine's packages as a project is one: what is tried is simulated, what passed is applied.

What was simulated is true of just what was installed then, and apt must do just that. What was
replaced is not taken back: an older version is rarely there still, and its scripts do not run
backwards. Where it does not work then, a person is called.
"""

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase

import psutil

from fettle.errors import ActFailed, CannotLook, FettleError, Refused
from fettle.model.ports_rehearsal import Say, Worse
from fettle.model.quantity import say_count
from fettle.model.rehearsal import (
    Came,
    Isolation,
    LiveTree,
    Proof,
    RunState,
    TestsState,
    Trial,
    Wanted,
)
from fettle.settings.system_updates import SystemUpdatesSettings
from fettle.targets.rehearsing.applying import Outside
from fettle.targets.rehearsing.workplace import Journal
from fettle.targets.running import How, run
from fettle.targets.system.apt_get import Apt, PackageStep, as_root, digest
from fettle.targets.system.restarts import restarts

RESTART = ("/usr/bin/systemctl", "restart")
REBOOT = ("/usr/sbin/shutdown", "-r", "+1")
_QUICK = timedelta(minutes=5)
_HALF = "once that is mended: dpkg --configure -a, and apt-get --fix-broken install"


@dataclass
class SystemBench:
    """Implements model.ports_rehearsal.Bench, for the packages of this machine."""

    apt: Apt
    settings: SystemUpdatesSettings
    journal: Journal
    outside: Outside
    base: str
    environ: Mapping[str, str] = field(repr=False)
    say: Say
    isolation: Isolation = Isolation.SIMULATED

    async def live(self) -> LiveTree:
        """See Bench: what is installed is a tree's commit."""
        return LiveTree(await self.apt.standing())

    async def tried(self, wanted: Sequence[Wanted]) -> Trial:
        """See Bench: it is simulated; with none, what is there already is looked at."""
        began = time.monotonic()
        commit, says = None, ""
        state = TestsState.PASSED
        try:
            if wanted:
                steps = await self.apt.simulated(wanted)
                commit, says = digest(steps), _said(steps)
            elif half := await self.apt.half_done():
                state, says = TestsState.FAILED, half
        except (ActFailed, CannotLook) as error:
            state, says = TestsState.UNRAISED, error.reason
        members = tuple(one.id for one in wanted)
        return Trial(members, state, says, commit, time.monotonic() - began)

    async def commit_of(self, wanted: Sequence[Wanted]) -> str:
        """See Bench."""
        return digest(await self.apt.simulated(wanted))

    async def text(self, commit: str, name: str) -> str | None:  # noqa: ARG002 - it has no files
        """See Bench."""
        return None

    async def keep(self, commit: str) -> None:
        """See Bench: it is simulated once more before it is done."""

    async def parents(self, commit: str) -> Sequence[str]:  # noqa: ARG002 - there is one
        """See Bench."""
        return (self.base,)

    async def in_place(
        self,
        commit: str,
        updates: Sequence[Wanted],
        why: str,  # noqa: ARG002 - apt keeps a history of its own
        worse: Worse,
    ) -> Came:
        """See Bench."""
        steps = await self.apt.simulated(updates)
        if digest(steps) != commit:
            raise ActFailed("apt would do something else by now than what was simulated")
        await self.apt.permitted(updates)
        before = await self.apt.versions([one.name for one in steps])
        system = {"before": dict(before), "after": {one.name: one.after for one in steps}}
        self.journal.note(system=system)

        def begun(pid: int) -> None:
            self.journal.settle(system={**system, "apt": [pid, psutil.Process(pid).create_time()]})

        try:
            ended = await self.apt.raise_(updates, begun, self.journal.folder / "apt.log")
            failed = ended.last_words if ended.status else ""
        except (ActFailed, CannotLook) as error:
            failed = error.reason
        except OSError as error:  # its log cannot be read, say
            failed = str(error)
        after = await self.apt.versions(list(before))
        came = came_of(before, after, system["after"], await self.apt.half_done(), failed)
        if came.state is RunState.DONE:
            came = await self._checked(came, worse)
        self.journal.settle(came=came.document)
        return came

    async def _checked(self, came: Came, worse: Worse) -> Came:
        """Restart what may be restarted, look whether all works, and name what needs a restart."""
        said = await self._restarted()
        failed = await self.outside.fails("check", self.settings.check)
        found = [failed] if failed else list(await worse())
        if found:
            says = f"it is worse than before: {'; '.join(found[:3])}; packages are not taken back"
            return Came(RunState.STRANDED, False, says, came.before, came.after)
        verified = bool(self.settings.check or self.settings.watch)
        says = "; ".join((came.says, *said))
        return Came(RunState.DONE, verified, says, came.before, came.after)

    async def _restarted(self) -> list[str]:
        """Restart services, and the machine, where that is allowed; say what is left."""
        needed = await restarts(self.environ)
        failed = [one for one in needed.services if self._may(one) and not await self._restart(one)]
        left = [*(one for one in needed.services if not self._may(one)), *failed]
        done = [one for one in needed.services if one not in left]
        said = [f"restarted: {', '.join(done)}"] if done else []
        if left or needed.programs:
            said.append(f"need a restart: {', '.join((*left, *needed.programs))}")
        if needed.unseen:
            seen = say_count(needed.unseen, "process was", "processes were")
            said.append(f"{seen} not looked at: that takes root")
        if needed.machine:
            said.append(await self._rebooted(needed.machine))
        return said

    def _may(self, service: str) -> bool:
        return any(fnmatchcase(service, pattern) for pattern in self.settings.restart)

    async def _restart(self, service: str) -> bool:
        return await self._root([*RESTART, service])

    async def _rebooted(self, why: str) -> str:
        if not self.settings.reboot:
            return f"the machine must be restarted, which [updates.system] reboot allows: {why}"
        if await self._root(REBOOT):
            return f"the machine is restarted in a minute: {why}"
        return f"the machine must be restarted, and could not be: {why}"

    async def _root(self, words: Sequence[str]) -> bool:
        try:
            ended = await run(as_root(words, self.environ), How(_QUICK, self.environ), self.say)
        except (ActFailed, CannotLook) as error:
            await self.say(error.reason)
            return False
        return ended.status == 0

    async def as_branch(self, branch: str, commit: str, title: str, body: str) -> Came:  # noqa: ARG002
        """See Bench."""
        raise Refused("packages of a machine are no branch")

    async def reverting(self, base: str, commit: str) -> str:  # noqa: ARG002 - none is
        """See Bench: what packages have done is not taken back by itself."""
        raise Refused(
            "packages of a machine are not taken back by themselves",
            remedy="an older one that is still on offer: apt-get install --allow-downgrades NAME=…",
        )

    async def without_branch(self, branch: str, commit: str, pull_request: str | None) -> None:  # noqa: ARG002
        """See Bench."""
        raise Refused("packages of a machine are no branch")

    def finished(self) -> None:
        """See Bench."""
        self.journal.settle(system={}, came=None)


def came_of(
    before: Mapping[str, str],
    after: Mapping[str, str],
    expected: Mapping[str, str],
    half_done: str,
    failed: str,
) -> Came:
    """Return what apt has come to, by what is installed; `failed` is what it says went wrong.

    Raises ActFailed where nothing has changed.
    """
    proofs = (Proof(dict(before)), Proof(dict(after)))
    if half_done:
        return Came(RunState.STRANDED, False, f"{failed or half_done}; {_HALF}", *proofs)
    if dict(after) == dict(expected) and not failed:
        return Came(RunState.DONE, False, say_count(len(after), "package"), *proofs)
    if dict(after) == dict(before):
        raise ActFailed(failed or "apt has changed nothing")
    other = [name for name, version in expected.items() if after.get(name) != version]
    says = f"not as it was to be: {', '.join(other[:5])}" if other else "it is in use"
    return Came(RunState.STRANDED, False, f"{failed or 'apt has done less'}; {says}", *proofs)


def is_at_work(notes: Mapping[str, object]) -> bool:
    """Whether apt, that somebody has started who is gone, is still at work."""
    apt = notes.get("apt")
    if not isinstance(apt, list) or len(apt) != 2:
        return False
    try:
        return bool(abs(psutil.Process(apt[0]).create_time() - apt[1]) < 0.01)
    except psutil.Error:
        return False


async def left_by(notes: Mapping[str, object], apt: Apt) -> Came:
    """Return what became of packages of somebody who was cut off."""
    before, expected = ({**_texts(notes.get(name))} for name in ("before", "after"))
    says = "it was cut off"
    try:
        after = await apt.versions(list(expected))
        came = came_of(before, after, expected, await apt.half_done(), "")
    except ActFailed:
        return Came(RunState.FAILED, False, f"{says}, and changed nothing")
    except FettleError as error:
        return Came(RunState.STRANDED, False, f"{says}: {error.reason}")
    if came.state is RunState.DONE:
        return Came(RunState.DONE, False, f"{says} once it was in use", came.before, came.after)
    return Came(came.state, False, f"{says}; {came.says}", came.before, came.after)


def _texts(value: object) -> Mapping[str, str]:
    return {str(name): str(one) for name, one in value.items()} if isinstance(value, dict) else {}


def _said(steps: Sequence[PackageStep]) -> str:
    """Say what apt would do."""
    raised = [one for one in steps if one.before]
    new = [one.name for one in steps if not one.before]
    came = f"apt would raise {say_count(len(raised), 'package')} on {platform.node()}"
    return f"{came}, and add {', '.join(new)}" if new else came
