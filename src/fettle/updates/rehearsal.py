"""The course of a rehearsal, decided from what was tried so far: what comes next, or the verdict.

1. The tests run on what is there. Tests that fail before the update cannot judge it; they are run
   once more, only to say whether they always fail.
2. Everything is raised together, and tested. Most of the time that is all.
3. What fails is halved until the bad ones are found, so that the good ones land: together, since
   it is only as that whole that they were tested. A group is tried as one, and what of it is bad
   is found when it fails: it holds up none of the others.
4. Before a failure is put down to an update, the tests run on what is there once more: where they
   fail now, they fail by themselves at times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fettle.model.rehearsal import Judged, TestsState, Trial, Verdict, Wanted

_MOST_BASES = 2


@dataclass(frozen=True)
class TryNext:
    """What is to be tried next: these together; none of them is what is there already."""

    members: tuple[str, ...]


def next_of(wanted: Sequence[Wanted], trials: Sequence[Trial]) -> TryNext | Judged:
    """Return what is to be tried after these trials, or what they come to."""
    base = [trial for trial in trials if not trial.members]
    if not base or (not base[-1].passed and len(base) < _MOST_BASES):
        return TryNext(())
    if unjudged := _unjudged(base):
        return Judged(Verdict.UNJUDGED, left=dict.fromkeys(_ids(wanted), unjudged), says=unjudged)
    found = _Search({frozenset(one.members): one for one in trials if one.members})
    groups = _groups(wanted)
    try:
        good = found.landing((), groups, known_bad=False)
    except _NotYetTried as untried:
        return TryNext(_in_order(wanted, untried.members))
    if any(bad.state is TestsState.FAILED for bad in found.bad.values()) and len(base) < 2:
        return TryNext(())
    return _judged(wanted, good, found)


def _unjudged(base: Sequence[Trial]) -> str:
    """Say why the tests cannot judge anything; nothing where they can."""
    passed = [trial.passed for trial in base]
    if all(passed):
        return ""
    if any(passed):
        return "the tests both pass and fail on what is there already, without any update: " + next(
            trial.says for trial in base if not trial.passed
        )
    return f"the tests fail on what is there already, without any update: {base[-1].says}"


def _groups(wanted: Sequence[Wanted]) -> tuple[tuple[str, ...], ...]:
    """Return what is tried together first, in the order that it is wanted in."""
    groups: dict[object, list[str]] = {}
    for place, one in enumerate(wanted):
        groups.setdefault(one.group or place, []).append(one.id)
    return tuple(tuple(group) for group in groups.values())


Groups = Sequence[tuple[str, ...]]


class _NotYetTried(Exception):
    """What would have to be tried to know."""

    def __init__(self, members: frozenset[str]) -> None:
        super().__init__()
        self.members = members


@dataclass
class _Search:
    """The search for what is good, repeated from the start with all that is known."""

    known: Mapping[frozenset[str], Trial]
    bad: dict[str, Trial] = field(default_factory=dict)
    landed: Trial | None = None

    def landing(self, good: Groups, asked: Groups, *, known_bad: bool) -> Groups:
        """Return `good` and those of `asked` that go with it; good alone is known to pass.

        With `known_bad` all of it together is known to fail.
        """
        whole = _flat((*good, *asked))
        if not known_bad:
            trial = self._tried(whole)
            if trial.passed:
                self.landed = trial
                return (*good, *asked)
        if len(asked) == 1:
            (group,) = asked
            if len(group) == 1:
                self.bad[group[0]] = self.known[whole]
                return good
            asked = [(member,) for member in group]
        half = len(asked) // 2
        first, second = asked[:half], asked[half:]
        better = self.landing(good, first, known_bad=False)
        # Where all of the first half landed, the rest together with it is what has just failed.
        known_bad = _flat(better) == _flat((*good, *first))
        return self.landing(better, second, known_bad=known_bad)

    def _tried(self, members: frozenset[str]) -> Trial:
        try:
            return self.known[members]
        except KeyError:
            raise _NotYetTried(members) from None


def _judged(wanted: Sequence[Wanted], good: Groups, found: _Search) -> Judged:
    left = {
        member: f"{'it cannot be raised' if bad.state is TestsState.UNRAISED else 'tests fail'}"
        f": {bad.says}"
        for member, bad in found.bad.items()
    }
    landed = _in_order(wanted, _flat(good))
    if not landed:
        return Judged(Verdict.FAILED, (), left, says=f"none of {len(left)} can be taken")
    verdict = Verdict.PARTLY if left else Verdict.PASSED
    commit = found.landed.commit if found.landed else None
    says = f"{len(landed)} of {len(wanted)} can be taken" if left else "the tests pass with it"
    return Judged(verdict, landed, left, commit, says)


def _flat(groups: Iterable[tuple[str, ...]]) -> frozenset[str]:
    return frozenset(member for group in groups for member in group)


def _in_order(wanted: Sequence[Wanted], members: frozenset[str]) -> tuple[str, ...]:
    return tuple(one.id for one in wanted if one.id in members)


def _ids(wanted: Sequence[Wanted]) -> list[str]:
    return [one.id for one in wanted]
