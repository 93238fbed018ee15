"""A web root is made faster: step by step on a copy, judged, put in its place, and looked at live.

1. The root is copied beside itself. Its pages are what the site answers, or nothing is done.
2. Each step is asked what it would write. That is served beside what there is, and goes through
   the gates: images, how pages look on two screens, how fast they are. What passes is written into
   the copy; what does not is in the ledger with the reason (flow.trying).
3. All of it is measured against the root as it was; then the copy takes the root's place.
4. The site is looked at as everybody sees it. Where that fails the old root is put back at once,
   and so it is by whoever comes next where somebody was killed in between (targets.webroot).
5. What only people may do is proposed for the root as it then stands, so that patches fit it.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fettle.errors import ActFailed, CannotLook, FettleError, Refused
from fettle.flow.judging import Judge
from fettle.flow.live_site import PACKED, Asking, Shown
from fettle.flow.trying import Trying
from fettle.model.browser import Browser, Camera
from fettle.model.experiment import (
    OptimisationRun,
    PageSeen,
    Risk,
    RunStatus,
    Site,
    StepTaken,
    Tree,
)
from fettle.model.loaded import Shot, When
from fettle.model.measurement import Profile
from fettle.model.ports import Clock
from fettle.model.ports_experiment import Eye, Live, Sight, WebRoots, Workplace
from fettle.model.root_address import live_at, page_at
from fettle.optimisation import experiment
from fettle.optimisation.gates.timing import FEWEST
from fettle.optimisation.protected import protected
from fettle.unit.optimisation import Optimisation

Say = Callable[[str], None]
Keep = Callable[[OptimisationRun], Awaitable[object]]
TellCutOff = Callable[[str, str], Awaitable[bool]]  # the run, what became of it; is it news?


@dataclass(frozen=True)
class Asked:
    """What is to be made faster: the root, the pages that judge it, and how they are visited."""

    root: Path
    urls: tuple[str, ...]
    profile: Profile = Profile.PHONE
    runs: int = FEWEST
    within: timedelta = timedelta(minutes=1)
    although_good: bool = False


@dataclass(frozen=True)
class Means:
    """What it takes: the machine's web roots, what visits and looks, the site, and the steps.

    Without a camera nothing is filmed.
    """

    roots: WebRoots
    browser: Browser
    eye: Eye
    live: Live
    clock: Clock
    steps: Mapping[str, Optimisation]
    say: Say = field(default=lambda _: None)
    camera: Camera | None = None


async def optimise(
    asked: Asked, means: Means, keep: Keep, tell_cut_off: TellCutOff
) -> OptimisationRun:
    """Make a root faster, and return what became of it; raises Refused, CannotLook, ActFailed.

    `keep` keeps the run as it stands, before anything is touched and as soon as the root is
    another; `tell_cut_off` is told what became of those that were cut off.
    """
    run = OptimisationRun(uuid.uuid4().hex[:12], str(asked.root), asked.urls, means.clock.now())
    with means.roots.alone(asked.root) as cut_off:
        for other, how in cut_off.items():
            if await tell_cut_off(other, how):
                means.say(f"run {other} had been cut off: it was {how}")
        await keep(run)
        copied = await asyncio.to_thread(means.roots.copied, asked.root, run.id)
        run = replace(run, before=copied[1].sha256)
        try:
            done = await _Course(asked, means, copied[0], run, keep).gone()
        finally:
            await asyncio.to_thread(copied[0].remove)  # what is live, or would be put back, stays
    return replace(done, ended_at=means.clock.now())


async def put_back(
    root: Path, run: str, roots: WebRoots, tell_cut_off: TellCutOff, before: str = ""
) -> None:
    """Put back what a root was before a run; raises Refused.

    Where whoever did it was killed before they said so, nothing is left to do: `before` is the hash
    of the root that it was.
    """
    with roots.alone(root) as cut_off:
        for other, how in cut_off.items():
            await tell_cut_off(other, how)
        if cut_off.get(run) in ("taken back", "removed"):
            return
        try:
            kept = await asyncio.to_thread(roots.kept, root, run)
        except Refused:
            if await asyncio.to_thread(roots.sha256, root) == before:
                return
            raise
        await asyncio.to_thread(kept.undo)


class _Course:
    """The course of one run on one copy."""

    def __init__(
        self, asked: Asked, means: Means, copy: Workplace, run: OptimisationRun, keep: Keep
    ) -> None:
        self._asked, self._means, self._copy, self._run = asked, means, copy, run
        self._keep = keep
        self._pages: tuple[PageSeen, ...] = ()
        self._shots: list[Shot] = []

    async def gone(self) -> OptimisationRun:
        """Go through it."""
        packs = await self._found()
        judge = Judge(self._means.roots, self._means.browser, self._means.eye, self._asked, packs)
        first = await judge.first(self._copy.files, self._pages)
        self._run = replace(self._run, loads=judge.loads(self._run.started_at))
        if all(map(experiment.is_good, first.values())) and not self._asked.although_good:
            note = "every page keeps the budgets already: nothing was done"
            return replace(self._run, status=RunStatus.DONE, verified=True, notes=(note,))
        self._pages = judge.pages
        kept = await asyncio.to_thread(self._kept, self._copy.files)
        safe = [one for one in self._means.steps.values() if one.risk is not Risk.PROPOSED]
        lines = await Trying(judge, self._copy, kept, self._means.say).all(safe)
        run = await self._ended(judge, replace(self._run, steps=tuple(lines)))
        if run.swapped:  # what they propose takes a while: whoever is killed meanwhile can undo it
            await self._keep(replace(run, loads=(), shots=()))
        return replace(run, steps=(*run.steps, *await self._proposed(judge)))

    async def _ended(self, judge: Judge, run: OptimisationRun) -> OptimisationRun:
        """Compare all that was kept with the root as it was, and put it in its place."""
        if not run.kept:
            note = "no step earned its place: nothing was changed"
            return replace(run, status=RunStatus.DONE, verified=True, notes=(note,))
        self._means.say("measuring all of it against the root as it was")
        try:
            await asyncio.to_thread(self._copy.refuse_changed)
            whole = await judge.whole(self._copy.original, self._copy.files)
        except (Refused, CannotLook) as error:
            return replace(run, status=RunStatus.REFUSED, reason=error.reason)
        run = replace(run, compared=whole.earned, loads=judge.loads(run.started_at))
        await self._film(judge)
        if whole.objections:
            why = f"all steps together: {whole.objections[0].reason}"
            return replace(run, status=RunStatus.REFUSED, reason=why, shots=tuple(self._shots))
        return replace(await self._put(run), shots=tuple(self._shots))

    async def _film(self, judge: Judge) -> None:
        """Film how the pages come; what cannot be filmed is as good without it."""
        from fettle.optimisation.shots import strips

        if self._means.camera is None:
            return
        self._means.say("filming how the pages come")
        try:
            films = await judge.filmed(self._means.camera, self._copy.original, self._copy.files)
        except CannotLook as error:
            self._means.say(f"nothing is filmed: {error.reason}")
            return
        profile = self._asked.profile.value
        for page, both in films.items():
            self._shots += await asyncio.to_thread(strips, page, profile, both)

    async def _found(self) -> bool:
        """Find the pages, see that they are the site's, and return whether it packs by itself."""
        paths = frozenset(self._copy.files.paths())
        packs = False
        for url in self._asked.urls:
            path = page_at(url, paths)
            if path is None:
                raise Refused(
                    f"there is no page of {url} in {self._asked.root}",
                    remedy="name the folder that the address's / is served from",
                )
            answer = await self._means.live.get(url)
            if answer.status in (401, 403, 407):
                raise Refused(
                    f"{url} answers {answer.status}: nobody is let in",
                    remedy="give what lets in, by --cookie or --header",
                )
            if answer.status != 200 or answer.body != self._copy.files.read(path):
                said = "another page" if answer.status == 200 else str(answer.status)
                raise Refused(
                    f"{url} answers {said}: it is not served from {self._asked.root}/{path}",
                    remedy="name the folder that is live, and no server that changes pages",
                )
            self._pages = (*self._pages, PageSeen(path, url))
            encoded = await self._means.live.get(url, PACKED)
            packs = packs or "content-encoding" in encoded.headers
        return packs

    def _kept(self, files: Tree) -> Mapping[str, str]:
        """Return what stays as it is, and why, by whichever name the site is called."""
        homes = dict.fromkeys(live_at(page.url, "") for page in self._pages)
        return {path: why for home in homes for path, why in protected(files, home).items()}

    async def _proposed(self, judge: Judge) -> list[StepTaken]:
        """Ask what people may do with the root as it stands now."""
        files = self._copy.original
        try:
            kept = await asyncio.to_thread(self._kept, files)
        except (KeyError, OSError):
            self._means.say("nothing is proposed: something is being deployed to the root")
            return []
        site = Site(files, judge.pages, kept)
        proposing = [one for one in self._means.steps.values() if one.risk is Risk.PROPOSED]
        return [line for step in proposing for line in (await judge.judged(step, site)).lines]

    async def _put(self, run: OptimisationRun) -> OptimisationRun:
        """Put the copy in the root's place; take it back where the site does not show it."""
        files = self._copy.files
        changed = sorted({path for line in run.kept for path in line.files})
        wanted = {path: files.read(path) for path in changed}
        wanted |= {page.path: files.read(page.path) for page in self._pages}
        try:
            before = await self._looked()
            await asyncio.to_thread(self._copy.swap)
        except (Refused, CannotLook) as error:
            return replace(run, status=RunStatus.REFUSED, reason=error.reason)
        try:
            live = await self._checked(changed, wanted, before)
            if not live.wrong:
                await asyncio.to_thread(self._copy.keep)
        except Refused as error:
            return await self._taken_back(run, error.reason)
        except BaseException:
            await asyncio.to_thread(self._copy.undo)
            raise
        if live.wrong:
            return await self._taken_back(run, f"the live site: {live.wrong}")
        return replace(
            run, status=RunStatus.DONE, swapped=True, verified=live.anything, notes=live.notes
        )

    async def _taken_back(self, run: OptimisationRun, why: str) -> OptimisationRun:
        """Put the old root back; not over what somebody has deployed meanwhile."""
        try:
            await asyncio.to_thread(self._copy.undo)
        except Refused as error:
            reason = f"{why}; {error.reason}"
            return replace(run, status=RunStatus.FAILED, swapped=True, reason=reason)
        reason = f"{why}; the old root was put back"
        return replace(run, status=RunStatus.UNDONE, reason=reason, verified=True)

    async def _looked(self) -> dict[tuple[str, Profile], Sight]:
        return {
            (page.url, profile): await self._means.eye.look(page.url, profile)
            for page in self._pages
            for profile in Profile
        }

    async def _checked(
        self,
        changed: Sequence[str],
        wanted: Mapping[str, bytes],
        before: Mapping[tuple[str, Profile], Sight],
    ) -> Shown:
        """Look at the live site."""
        from fettle.optimisation.gates.page import complaints

        self._means.say("looking at the live site")
        asking = Asking(self._means.live, self._means.clock, self._pages)
        try:
            shown = await asking.shown(changed, wanted)
            after = {} if shown.wrong else await self._looked()
        except CannotLook as error:
            return Shown(error.reason)
        await self._picture(before, after)
        found = (one for key, sight in after.items() for one in complaints(before[key], sight))
        return replace(shown, wrong=next((one.reason for one in found), shown.wrong))

    async def _picture(
        self,
        before: Mapping[tuple[str, Profile], Sight],
        after: Mapping[tuple[str, Profile], Sight],
    ) -> None:
        """Keep what the live pages looked like before, and look like now."""
        from fettle.optimisation.shots import screen

        paths = {page.url: page.path for page in self._pages}
        for (url, profile), sight in after.items():
            for when, seen in ((When.BEFORE, before[url, profile]), (When.AFTER, sight)):
                shot = await asyncio.to_thread(screen, paths[url], when, seen)
                self._shots += [] if shot is None else [shot]


def failed(run: OptimisationRun, error: FettleError) -> OptimisationRun:
    """Return a run that an error has ended; of one whose root is another, that stays said."""
    if run.swapped:
        return replace(run, reason=f"{run.reason}; {error.reason}" if run.reason else error.reason)
    acted = isinstance(error, ActFailed)
    status = RunStatus.FAILED if acted else RunStatus.REFUSED
    return replace(run, status=status, reason=error.reason)
