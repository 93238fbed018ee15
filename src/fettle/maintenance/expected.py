"""When planned occurrences are expected to begin: one after the other where they share a target.

It is reckoned from what people think that tasks take, in the order of their starts; what decides
is the run, which holds its targets. So it moves nothing in a plan: it says what will wait, and what
will not get its turn before its cutoff.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from fettle.model.task import Occurrence

_Busy = dict[str, tuple[datetime, str]]  # until when, and with which task


class Expected(NamedTuple):
    """An occurrence, what it is expected to wait for, and until when.

    Where it waits for something, `begins` is None when its turn comes after its cutoff only.
    """

    occurrence: Occurrence
    waits_for: tuple[str, ...] = ()
    begins: datetime | None = None


def expected(planned: Iterable[Occurrence]) -> Iterator[Expected]:
    """Yield each with what it is expected to wait for; they come in the order of their starts."""
    targets: _Busy = {}
    tasks: _Busy = {}
    for one in planned:
        if one.reason is not None:
            yield Expected(one)
            continue
        at_work = [targets[name] for name in one.task.targets if name in targets]
        at_work += [tasks[id_] for id_ in one.task.depends_on if id_ in tasks]
        start = one.start
        waiting = [(until, id_) for until, id_ in at_work if until > start]
        begins = max((until for until, _ in waiting), default=start)
        late = begins >= one.cutoff
        if waiting:
            ids = tuple(dict.fromkeys(id_ for _, id_ in waiting))
            yield Expected(one, ids, None if late else begins)
        else:
            yield Expected(one)
        if not late:
            ends = begins + one.task.procedure.estimated_duration
            targets |= dict.fromkeys(one.task.targets, (ends, one.task.id))
            tasks[one.task.id] = (ends, one.task.id)
