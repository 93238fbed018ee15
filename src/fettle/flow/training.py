"""Training in a process of its own, which gives back what it takes.

For 10,000 cases of 120 words that is 22 s of a core and 600 MB; for 2,000 it is 7 s and 280 MB.
"""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path

from pydantic import TypeAdapter

from fettle.errors import ActFailed, Refused
from fettle.model.classification import Classification
from fettle.store.decisions import Lesson
from fettle.triage import told
from fettle.triage.learn import Example, refuse_too_few, train

_CLASSIFICATIONS = TypeAdapter(Classification)
_NICE = 10
# While one is written down for the pipe, nothing else in this process moves.
_PORTION = 200

Outcome = str | Refused


async def trained_apart(lessons: Sequence[Lesson]) -> str:
    """Return the model of the lessons, the oldest first, as the document `fettle.triage_model/1`.

    Raises Refused where triage.learn does, and ActFailed when the process has ended before. When
    this is cancelled the process is ended.
    """
    refuse_too_few(len(lessons))  # starting a process takes seconds of a core
    # A copy of this process would copy its threads' locks and its connections with it.
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_work, args=(there,), daemon=True, name="learn")
    try:
        outcome = await asyncio.to_thread(_asked, process, here, there, lessons)
    except asyncio.CancelledError:
        if process.pid is not None:
            process.kill()  # the thread sees that it has ended, and ends too
        raise
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _asked(process: BaseProcess, here: Pipe, there: Pipe, lessons: Sequence[Lesson]) -> Outcome:
    """Start the process, give it the lessons, and wait for what it comes to."""
    with here:
        with there:
            process.start()
        try:
            for first in range(0, len(lessons), _PORTION):
                here.send(lessons[first : first + _PORTION])
            here.send(None)
            outcome: Outcome = here.recv()
        except (EOFError, OSError):
            process.join()
            raise ActFailed(
                f"the process that learns has ended with {process.exitcode}",
                remedy="training takes up to 600 MB of memory",
            ) from None
        process.join()
    return outcome


def _work(there: Pipe) -> None:
    """Be the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the one that has started it
    os.nice(_NICE)
    with suppress(OSError):  # where memory is short it is the first to go, before the store
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with suppress(EOFError, BrokenPipeError):
        there.send(_trained(list(_received(there))))


def _received(there: Pipe) -> Iterator[Lesson]:
    while (portion := there.recv()) is not None:
        yield from portion


def _trained(lessons: Sequence[Lesson]) -> Outcome:
    try:
        model = train([_example(lesson) for lesson in lessons])
    except Refused as error:
        return error
    return model.written().decode()


def _example(lesson: Lesson) -> Example:
    return told.read_text(lesson.told), _CLASSIFICATIONS.validate_json(lesson.settled)
