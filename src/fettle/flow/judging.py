"""A step goes through the gates: what it writes is served beside what there is, and compared."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from fettle.errors import CannotLook
from fettle.model.browser import Browser, Camera, Frame, PageAsked
from fettle.model.experiment import (
    Gain,
    Objection,
    Outcome,
    PageSeen,
    Risk,
    Site,
    StepTaken,
    Tree,
)
from fettle.model.loaded import Load, When
from fettle.model.measurement import Profile, Visit
from fettle.model.ports_experiment import Eye, WebRoots
from fettle.model.root_address import served_at
from fettle.optimisation import experiment
from fettle.optimisation.experiment import Overlay, Proposed
from fettle.optimisation.gates.timing import Judged, Timed, timing_gate
from fettle.optimisation.measure import together
from fettle.optimisation.packing import ENDINGS
from fettle.unit.optimisation import Optimisation

_FIRST = 3  # visits, to see how a page is made and whether it is good already

Visits = Mapping[str, Sequence[Visit]]


@dataclass(frozen=True)
class Tried:
    """What became of a step, or of several that were tried as one: their lines, and the files.

    `idle` is whether nothing is worse for it, and nothing better that can be told; `slower` whether
    it is for time, and time is all that speaks against it.
    """

    lines: tuple[StepTaken, ...]
    files: Mapping[str, bytes] = field(repr=False)
    idle: bool = False
    slower: bool = False

    @property
    def kept(self) -> bool:
        """Whether it stays; of several all do, or none."""
        return any(one.outcome is Outcome.KEPT for one in self.lines)


class Visiting(Protocol):
    """How pages are visited."""

    @property
    def profile(self) -> Profile:
        """As what."""

    @property
    def runs(self) -> int:
        """How often, before and after."""

    @property
    def within(self) -> timedelta:
        """The longest that one visit may take."""


class Judge:
    """Judges steps one after the other; `pages` are the pages as they are now."""

    def __init__(
        self,
        roots: WebRoots,
        browser: Browser,
        eye: Eye,
        visiting: Visiting,
        packs: bool,
    ) -> None:
        self._roots, self._browser, self._eye = roots, browser, eye
        self._visiting, self._packs = visiting, packs
        self._others: dict[str, Visit] = {}
        self._loaded: dict[str, frozenset[str]] = {}
        self._last: Visits = {}
        self._seen: dict[tuple[str, When], Sequence[Visit]] = {}
        self.pages: tuple[PageSeen, ...] = ()

    async def first(self, files: Tree, pages: Sequence[PageSeen]) -> Visits:
        """Visit the pages as they are, on this screen and once on the other; raises CannotLook."""
        other = next(one for one in Profile if one is not self._visiting.profile)
        self.pages = tuple(pages)
        visits: dict[str, list[Visit]] = {}
        with self._roots.serving(files, {}, packs=self._packs) as base:
            for page in pages:
                self._others[page.path] = await self._visit(base, page, other)
                visits[page.path] = [await self._visit(base, page) for _ in range(_FIRST)]
                self._keep(page, When.BEFORE, base, visits[page.path])
        self._see(visits, files)
        return visits

    async def judged(self, step: Optimisation, site: Site) -> Tried:
        """Ask a step, and judge what it would write."""
        line, what = await _asked(step, site)
        if line.outcome is Outcome.FAILED:
            return Tried((line,), {})
        if step.risk is Risk.PROPOSED or not what.files:
            outcome = Outcome.PROPOSED if what.patches else Outcome.NOTHING
            return Tried((replace(line, outcome=outcome, files=()),), {})
        return await self._through_the_gates((line,), what, step.gain, site)

    async def together(self, steps: Sequence[Optimisation], site: Site) -> Tried:
        """Judge steps as one, each asked on top of those before it; times decide of several.

        What has nothing to write now is left out.
        """
        lines, all_of_it = await _all_asked(steps, site)
        if not lines:
            return Tried((), {})
        gain = Gain.TIME
        if len(lines) == 1:
            gain = next(one.gain for one in steps if one.id == lines[0].id)
        return await self._through_the_gates(lines, all_of_it, gain, site)

    async def on_top(
        self, step: Optimisation, under: Sequence[Optimisation], site: Site
    ) -> tuple[Tried, Sequence[StepTaken]]:
        """Judge a step on top of others, which alone earn nothing; returns their lines as well.

        It has to be better than they are by themselves; its files are theirs, too, then.
        """
        lines, others = await _all_asked(under, site)
        over = replace(site, tree=Overlay(site.tree, others.files))
        tried = await self.judged(step, over)
        return replace(tried, files={**others.files, **tried.files}), lines

    async def _through_the_gates(
        self, lines: Sequence[StepTaken], what: Proposed, gain: Gain, site: Site
    ) -> Tried:
        objections = await asyncio.to_thread(_images, what, site.tree)
        if objections:
            return _ended(lines, Outcome.REFUSED, objections)
        if gain is Gain.BYTES and not self._touched(what):
            return await self._unseen(lines, what, site)
        try:
            objections = await self._looks(what, site.tree)
            if objections:
                return _ended(lines, Outcome.REFUSED, objections)
            judged = await self._times(gain, what, site.tree)
        except CannotLook as error:
            return _ended(lines, Outcome.FAILED, [Objection("page", error.reason)])
        told = tuple(experiment.judged(line, judged) for line in lines)
        return Tried(told, what.files, judged.idle, judged.slower)

    async def _unseen(self, lines: Sequence[StepTaken], what: Proposed, site: Site) -> Tried:
        """Judge what no page loads that is measured: it is smaller, or it is not kept."""
        if await asyncio.to_thread(experiment.files_saved, what, site.tree) > 0:
            return Tried(tuple(replace(one, outcome=Outcome.KEPT) for one in lines), what.files)
        objection = Objection("timing", "no page that is measured loads it")
        return _ended(lines, Outcome.TAKEN_BACK, [objection])

    def _touched(self, what: Proposed) -> bool:
        loads = frozenset[str]().union(*self._loaded.values())
        packed = {path + ending for path in loads for ending in ENDINGS}
        return bool((loads | packed) & what.files.keys())

    async def _looks(self, what: Proposed, files: Tree) -> list[Objection]:
        """Compare how the pages look on every screen.

        What was redrawn was judged by the gate of images: before and after show it alike here, and
        what differs is what the step has done to the page.
        """
        from fettle.optimisation.gates.page import View, moving, page_gate

        after = Overlay(files, what.files)
        found: list[Objection] = []
        with ExitStack() as stack:
            old = stack.enter_context(
                self._roots.serving(
                    Overlay(files, {path: what.files[path] for path in what.images}),
                    what.instead,
                    packs=self._packs,
                )
            )
            new = stack.enter_context(self._roots.serving(after, {}, packs=self._packs))
            for page in self.pages:
                for profile in Profile:
                    looks = [
                        View.of(await self._eye.look(served_at(base, page.url), profile))
                        for base in (old, old, new)
                    ]
                    mask = moving(looks[0], looks[1])
                    found += await asyncio.to_thread(page_gate, looks[0], looks[2], mask)
        return found

    async def _times(self, gain: Gain, what: Proposed, files: Tree) -> Judged:
        saved = experiment.files_saved(what, files)
        return await self._decided(gain, files, Overlay(files, what.files), saved)

    async def whole(self, before: Tree, after: Tree) -> Judged:
        """Compare the pages before all steps and after them: nothing may be worse."""
        return await self._decided(Gain.BYTES, before, after, 1, to_keep=True)

    async def _decided(
        self, gain: Gain, before: Tree, after: Tree, saved: int, *, to_keep: bool = False
    ) -> Judged:
        """Compare; what times alone would decide is looked at twice, and counts together."""
        timed = await self._compared(before, after, to_keep=to_keep)
        judged = timing_gate(timed, gain, files_saved=saved)
        if not judged.by_time:
            return judged
        again = await self._compared(before, after, to_keep=to_keep)
        both = [one.and_also(other) for one, other in zip(timed, again, strict=True)]
        return timing_gate(both, gain, files_saved=saved)

    def loads(self, started_at: datetime) -> tuple[Load, ...]:
        """Return how the pages were loaded: before all steps, and after them if they were compared.

        Addresses are those of the live site.
        """
        within, profile = self._visiting.within, self._visiting.profile
        found = []
        for page in self.pages:
            asked = PageAsked(page.url, profile, within)
            for when in When:
                if visits := self._seen.get((page.path, when)):
                    measured = together(asked, visits, started_at, timedelta())
                    found.append(Load(page.path, when, measured))
        return tuple(found)

    def _keep(self, page: PageSeen, when: When, base: str, visits: Sequence[Visit]) -> None:
        home = [experiment.at_home(visit, base, page.url) for visit in visits]
        self._seen[page.path, when] = home

    async def filmed(
        self, camera: Camera, before: Tree, after: Tree
    ) -> Mapping[str, Mapping[When, Sequence[Frame]]]:
        """Film how each page comes, before all steps and after them; raises CannotLook."""
        films: dict[str, dict[When, Sequence[Frame]]] = {page.path: {} for page in self.pages}
        for when, files in ((When.BEFORE, before), (When.AFTER, after)):
            with self._roots.serving(files, {}, packs=self._packs) as base:
                for page in self.pages:
                    films[page.path][when] = await camera.film(self._asked(base, page))
        return films

    async def _compared(self, before: Tree, after: Tree, *, to_keep: bool = False) -> list[Timed]:
        """Visit the pages before and after, in turns."""
        timed = []
        last: dict[str, Sequence[Visit]] = {}
        with ExitStack() as stack:
            bases = [
                stack.enter_context(self._roots.serving(files, {}, packs=self._packs))
                for files in (before, after)
            ]
            for page in self.pages:
                visits: tuple[list[Visit], list[Visit]] = ([], [])
                for turn in range(self._visiting.runs):
                    for which in (0, 1) if turn % 2 == 0 else (1, 0):
                        visits[which].append(await self._visit(bases[which], page))
                profile = self._visiting.profile.value
                timed.append(experiment.timed(page.path, profile, *visits))
                last[page.path] = visits[1]
                if to_keep:
                    for when, base, seen in zip(When, bases, visits, strict=True):
                        self._keep(page, when, base, seen)
        self._last = last
        return timed

    def took(self, files: Tree) -> None:
        """Take note that what was judged last is how the pages are now."""
        self._see(self._last, files)

    def _see(self, visits: Visits, files: Tree) -> None:
        pages = []
        for page in self.pages:
            if page.path in visits:
                both = [*visits[page.path], self._others[page.path]]
                self._loaded[page.path] = experiment.loaded(visits[page.path], page)
                pages.append(experiment.seen(page, both, files))
            else:
                pages.append(page)
        self.pages = tuple(pages)

    async def _visit(self, base: str, page: PageSeen, profile: Profile | None = None) -> Visit:
        return await self._browser.visit(self._asked(base, page, profile))

    def _asked(self, base: str, page: PageSeen, profile: Profile | None = None) -> PageAsked:
        as_what = profile or self._visiting.profile
        return PageAsked(served_at(base, page.url), as_what, self._visiting.within)


def _images(what: Proposed, files: Tree) -> list[Objection]:
    """Judge the images that are to stand for others."""
    if not what.images:
        return []
    from fettle.optimisation.gates.image import image_gate
    from fettle.optimisation.pictures import Decoded, examine

    found = []
    for path, of in what.images.items():
        content = files.read(of)
        original = examine(of, content)
        if isinstance(original, Decoded):
            objection = image_gate(original, what.files[path], len(content))
        else:
            objection = Objection("image", original)
        if objection is not None:
            found.append(Objection(objection.gate, f"{path}: {objection.reason}"))
    return found


async def _asked(step: Optimisation, site: Site) -> tuple[StepTaken, Proposed]:
    """Ask a step; return its line before it is judged, and what it would write."""
    try:
        changes = await asyncio.to_thread(step, site)
    # a step is somebody's own, and raises whatever it stumbles over; the others go on
    except Exception as error:  # noqa: BLE001
        why = f"it could not be asked: {error!r}"
        line = StepTaken(step.id, step.page.title, step.risk, Outcome.FAILED, why)
        return line, Proposed({}, {})
    what = experiment.proposed(changes, site)
    return experiment.begun(step, what, site.tree), what


async def _all_asked(
    steps: Sequence[Optimisation], site: Site
) -> tuple[Sequence[StepTaken], Proposed]:
    """Ask steps, each on top of those before it; returns the lines of those that write anything."""
    lines: list[StepTaken] = []
    all_of_it = Proposed({}, {})
    for step in steps:
        line, what = await _asked(step, replace(site, tree=Overlay(site.tree, all_of_it.files)))
        if what.files:
            lines.append(line)
            all_of_it = all_of_it.and_then(what)
    return lines, all_of_it


def _ended(lines: Sequence[StepTaken], outcome: Outcome, why: Sequence[Objection]) -> Tried:
    return Tried(tuple(experiment.ended(line, outcome, why) for line in lines), {})
