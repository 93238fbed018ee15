"""Durable execution: runs and their steps, waits, timers, and the workers that go on with them.

A run is an async function `async def f(run: Run, given: Json) -> Json`, registered under a name.
Its row is the truth about it, and its steps' rows about them; a queue (engine.queue, Procrastinate)
only wakes workers up. Each time that a run goes on, its function is called from its beginning:
steps that have finished answer from their rows. So what stands between the steps is quick, does
nothing to the outside, and comes to the same each time; steps come one after the other.

What holds, whatever is killed, frozen or restarted at whatever moment (tests/engine):

1.  Accepted is kept. `start`, `signal`, `cancel` and `schedule` take the caller's connection: they
    are true when the caller's transaction commits, and were never said when it does not.
2.  A step whose end was recorded is not run again. A run goes on behind its last finished step.
3.  A step that was cut off runs again if it is idempotent. If it is not, nobody knows whether it
    acted: the run becomes unsure, and a person says how it goes on (`settle`).
4.  Each time a run changes hands its fence rises, and what is recorded carries the fence of who
    records. A worker that was frozen and comes back records nothing, and stops what it is doing.
5.  The runs of a worker that shows no life are taken over: by the clock of the store, and only by
    one that itself has shown life all that while. With the paces of `Pace` nothing stands still
    for more than 30 s while a worker is there that could go on with it.
6.  One run of a target at a time: it holds its target from when it is taken until it ends, waits
    for a moment or an event, or becomes unsure; across crashes, and between attempts at a step.
    The one that has waited longest comes next.
7.  A timer is handled once: what its handler does on the connection that it is given, and that the
    timer is done, become true together. There is one pending timer for each kind and subject; set
    again it moves, by its own handler too, and one that was handled for a moment is not handled
    for that moment again.
8.  Nothing is in flight while a run waits for a moment or an event, or pauses before another
    attempt: no job, no task, no connection. An event that comes before a run waits for it is kept.
9.  A run that is to be cancelled begins no step, and a step in progress is cancelled. A step that
    comes to its end in spite of that is recorded; one that was cut off and must not be makes the
    run unsure.
10. Attempts are counted in the row, pauses between them grow by the power of two with jitter. A run
    that is taken ten times and gets no further fails: it kills its workers.
11. A worker goes on by itself when the store was away, and keeps what it was doing meanwhile; a
    result that could not be recorded is recorded when the store is back, under the same fence. So
    it does after a mistake of ours in looking after what stands still.
12. A worker that is to stop lets its steps come to their end, for the grace time; its runs go back
    to the queue behind their last finished step.
13. A run with a label waits for a worker that carries it.

What does not hold: a step's body may run twice (3), and a frozen worker that comes back may act
once more before it learns that its run was taken. Where that hurts, ask `run.still_held()` before
the act, or hand `run.fence` to what is acted on.
"""
