"""Steps are tried one after the other; what passes the gates is written into the copy of a root.

What only earned nothing when it came is tried again at the end, together: what holds a page up then
may be another thing. What cost time by itself is tried once more on top of that: what is loaded
first takes the way from all else, unless that was asked for before it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fettle.flow.judging import Judge, Tried
from fettle.model.experiment import Outcome, Site, StepTaken
from fettle.model.ports_experiment import Workplace
from fettle.optimisation import experiment
from fettle.unit.optimisation import Optimisation


@dataclass
class _Later:
    """What is tried once more: what earned nothing, and what was slower by itself.

    `changed` is whether anything was kept since the first of either came.
    """

    idle: list[Optimisation] = field(default_factory=list)
    slower: list[Optimisation] = field(default_factory=list)
    changed: bool = False

    def saw(self, step: Optimisation, tried: Tried) -> None:
        """Take note of what became of a step."""
        self.changed = self.changed or (tried.kept and bool(self.idle or self.slower))
        self.idle += [step] if tried.idle else []
        self.slower += [step] if tried.slower else []


class Trying:
    """The steps of one run on one copy, of which `protected` paths stay as they are."""

    def __init__(
        self,
        judge: Judge,
        copy: Workplace,
        protected: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._judge, self._copy, self._protected, self._say = judge, copy, protected, say
        self._lines: dict[str, StepTaken] = {}
        self._later = _Later()

    async def all(self, steps: Sequence[Optimisation]) -> list[StepTaken]:
        """Try steps, and once more those that may come to another end then; return their lines."""
        later = self._later
        for step in steps:
            tried = await self._judge.judged(step, self._site())
            await self._take(tried)
            self._keep(step.id, tried.lines[0])
            later.saw(step, tried)
        # where nothing is another since, it would be chance
        if len(later.idle) > 1 or (later.idle and later.changed):
            await self._again()
        for step in later.slower if later.idle or later.changed else ():
            await self._on_top(step)
        return list(self._lines.values())

    def _site(self) -> Site:
        return Site(self._copy.files, self._judge.pages, self._protected)

    async def _again(self) -> None:
        """Try together what earned nothing when it came, behind all that has changed since."""
        tried = await self._judge.together(self._later.idle, self._site())
        await self._take(tried)
        names = [line.id for line in tried.lines]
        for line in tried.lines:
            self._keep_again(line, [name for name in names if name != line.id])
        if tried.kept:
            self._later.idle, self._later.changed = [], True

    async def _on_top(self, step: Optimisation) -> None:
        """Try what was slower by itself once more, on top of what earned nothing by itself."""
        tried, under = await self._judge.on_top(step, self._later.idle, self._site())
        [line] = tried.lines
        if line.outcome is Outcome.NOTHING:
            return
        self._keep_again(line, [one.id for one in under])
        if not tried.kept:
            return
        await self._take(tried)
        self._later.idle = []
        for one in under:
            self._keep_again(experiment.ended(one, Outcome.KEPT), [step.id])

    def _keep_again(self, line: StepTaken, others: Sequence[str]) -> None:
        self._keep(line.id, experiment.tried_again(self._lines[line.id], line, others))

    def _keep(self, name: str, line: StepTaken) -> None:
        self._lines[name] = line
        why = f": {line.reason}" if line.reason else ""
        self._say(f"{name}: {line.outcome.value.replace('_', ' ')}{why}")

    async def _take(self, tried: Tried) -> None:
        if tried.kept:
            await asyncio.to_thread(self._write, tried.files)
            self._judge.took(self._copy.files)

    def _write(self, files: Mapping[str, bytes]) -> None:
        there = frozenset(self._copy.files.paths())
        for path, content in files.items():
            like = (path, path.rpartition(".")[0], self._judge.pages[0].path)
            self._copy.put(path, content, next(one for one in like if one in there))
