"""What an experiment decides: what steps are given, what they may write, what became of them.

Pure: files, visits and sights come in, and nothing is written.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fettle.model.experiment import (
    Change,
    LeftAlone,
    Objection,
    Outcome,
    PageSeen,
    Patch,
    Shown,
    Site,
    StepTaken,
    Tree,
    Written,
)
from fettle.model.measurement import Visit
from fettle.model.root_address import live_at, path_of
from fettle.optimisation.gates.timing import CORE, Judged, Timed
from fettle.optimisation.packing import ENDINGS, packed_always
from fettle.unit.optimisation import Optimisation

# From where on a page is good, by the guide's budgets: nothing is done to one that is.
GOOD = {"lcp": 1800.0, "fcp": 1800.0, "cls": 0.1}
GOOD_BYTES = {"script": 170 * 1024, "stylesheet": 50 * 1024}
_FORMS = (".avif", ".webp")  # in the order in which they are offered


@dataclass(frozen=True)
class Overlay:
    """Files with others over them, as they would be; implements model.experiment.Tree."""

    below: Tree
    over: Mapping[str, bytes] = field(repr=False)

    def paths(self) -> Sequence[str]:
        """Return the paths of all files, in their order."""
        return sorted({*self.below.paths(), *self.over})

    def size(self, path: str) -> int:
        """Return how large a file is."""
        return len(self.over[path]) if path in self.over else self.below.size(path)

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        return self.over[path] if path in self.over else self.below.read(path)


def seen(page: PageSeen, visits: Iterable[Visit], tree: Tree) -> PageSeen:
    """Return a page as visits have seen it: its pictures, and which was the largest paint."""
    paths = frozenset(tree.paths())
    shown: list[Shown] = []
    largest: set[str] = set()
    for visit in visits:
        for one in visit.pictures:
            path = _image_of(one.url, visit, page, paths)
            if path is not None:
                shown.append(Shown(path, one.shown_width, one.shown_height, one.seen))
        paint = visit.largest_paint
        if paint is not None and paint.resource is not None:
            path = _image_of(paint.resource, visit, page, paths)
            if path is not None:
                largest.add(path)
    return replace(page, largest=frozenset(largest), pictures=tuple(dict.fromkeys(shown)))


def _image_of(address: str, visit: Visit, page: PageSeen, paths: frozenset[str]) -> str | None:
    """Return the image that an address stands for: of one in another form, the one beside."""
    path = path_of(address, page.path, visit.url)
    if path not in paths:
        return None
    for ending in _FORMS:
        plain = path.removesuffix(ending) if path else ""
        if plain in paths:
            return plain
    return path


def loaded(visits: Iterable[Visit], page: PageSeen) -> frozenset[str]:
    """Return the files that a page has loaded."""
    found = {path_of(one.url, page.path, visit.url) for visit in visits for one in visit.requests}
    return frozenset(path for path in found if path is not None) | {page.path}


def is_good(visits: Sequence[Visit]) -> bool:
    """Whether a page keeps the guide's budgets already; one that paints nothing keeps none."""
    if not any("fcp" in visit.figures for visit in visits):
        return False
    for name, most in GOOD.items():
        values = [visit.figures[name] for visit in visits if name in visit.figures]
        if values and statistics.median(values) > most:
            return False
    for kind, size in GOOD_BYTES.items():
        loads = [visit.weights[kind].transferred for visit in visits if kind in visit.weights]
        if loads and statistics.median(loads) > size:
            return False
    return True


@dataclass(frozen=True)
class Proposed:
    """What a step would write, with what has to change along with it."""

    files: Mapping[str, bytes] = field(repr=False)
    images: Mapping[str, str]
    passed: tuple[LeftAlone, ...] = ()
    patches: tuple[Patch, ...] = ()

    def and_then(self, later: "Proposed") -> "Proposed":
        """Return this with what another step would write on top of it."""
        return Proposed({**self.files, **later.files}, {**self.images, **later.images})

    @property
    def instead(self) -> Mapping[str, str]:
        """The image in another form that browsers take, for each that is offered in some."""
        return {
            of: path
            for ending in reversed(_FORMS)
            for path, of in self.images.items()
            if path == of + ending
        }


def proposed(changes: Sequence[Change], site: Site) -> Proposed:
    """Gather what a step says; what is packed beside a file that changes is packed anew.

    What must stay is never among the files, whatever the step says, nor what it is packed from.
    """
    files: dict[str, bytes] = {}
    images: dict[str, str] = {}
    passed = [one for one in changes if isinstance(one, LeftAlone)]
    there = frozenset(site.tree.paths())
    for one in changes:
        if not isinstance(one, Written):
            continue
        if why := _why_kept(one.path, site):
            passed.append(LeftAlone(one.path, why))
            continue
        files[one.path] = one.content
        if one.of is not None:
            images[one.path] = one.of
    for path in list(files):
        for ending in ENDINGS:
            beside = path + ending
            if path in there and beside in there and beside not in files:
                files[beside] = packed_always(files[path], ending)
    patches = tuple(one for one in changes if isinstance(one, Patch))
    return Proposed(files, images, tuple(passed), patches)


def _why_kept(path: str, site: Site) -> str | None:
    """Return why a file stays as it is: for its own sake, or for what is packed beside it."""
    for ending in ENDINGS:
        if why := site.kept.get(path + ending):
            return f"{path}{ending} is packed from it, and stays: {why}"
    return site.kept.get(path)


def begun(step: Optimisation, what: Proposed, tree: Tree) -> StepTaken:
    """Return the line of a step before it was judged."""
    old = frozenset(tree.paths())
    before = sum(tree.size(path) for path in what.files if path in old)
    return StepTaken(
        id=step.id,
        title=step.page.title,
        risk=step.risk,
        outcome=Outcome.NOTHING,
        files=tuple(sorted(what.files)),
        bytes_before=before,
        bytes_after=sum(map(len, what.files.values())),
        passed=what.passed,
        patches=what.patches,
    )


def files_saved(what: Proposed, tree: Tree) -> int:
    """Return by how much smaller the files are that were there before."""
    old = frozenset(tree.paths())
    return sum(tree.size(path) - len(new) for path, new in what.files.items() if path in old)


def ended(line: StepTaken, outcome: Outcome, objections: Iterable[Objection] = ()) -> StepTaken:
    """Return a step's line with what became of it, and why."""
    told = dict.fromkeys(f"{one.gate}: {one.reason}" for one in objections)
    return replace(line, outcome=outcome, reason="; ".join(told))


def judged(line: StepTaken, what: Judged) -> StepTaken:
    """Return the line of a step that was measured."""
    outcome = Outcome.TAKEN_BACK if what.objections else Outcome.KEPT
    return replace(ended(line, outcome, what.objections), earned=what.earned)


def tried_again(first: StepTaken, again: StepTaken, others: Sequence[str]) -> StepTaken:
    """Return the line of a step that had earned nothing, and was tried again behind the others.

    `others` are the steps that were tried along with it.
    """
    how = f"together with {', '.join(others)}" if others else "behind the others"
    if again.outcome is Outcome.KEPT:
        return replace(again, reason=f"tried again {how}")
    return replace(first, reason=f"{first.reason}; tried again {how}: {again.reason}")


def timed(page: str, profile: str, before: Sequence[Visit], after: Sequence[Visit]) -> Timed:
    """Put visits before and after beside each other; only figures that all of them have."""
    names = [name for name in CORE if all(name in visit.figures for visit in (*before, *after))]
    return Timed(
        page,
        profile,
        {name: [visit.figures[name] for visit in before] for name in names},
        {name: [visit.figures[name] for visit in after] for name in names},
        [_bytes(visit) for visit in before],
        [_bytes(visit) for visit in after],
    )


def at_home(visit: Visit, base: str, url: str) -> Visit:
    """Return a visit to a page that was served at `base` as one to the live address."""
    home = live_at(url, "")

    def named(address: str) -> str:
        return home + address.removeprefix(base) if address.startswith(base) else address

    paint = visit.largest_paint
    if paint is not None and paint.resource is not None:
        paint = replace(paint, resource=named(paint.resource))
    return replace(
        visit,
        url=named(visit.url),
        requests=tuple(
            replace(one, url=named(one.url), asked_by=named(one.asked_by)) for one in visit.requests
        ),
        largest_paint=paint,
    )


def _bytes(visit: Visit) -> float:
    return float(sum(weight.transferred for weight in visit.weights.values()))
