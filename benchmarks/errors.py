"""How many errors of applications are taken in, and at what cost, beside Bugsink.

The errors were sent by Sentry's library for Python, once; they are sent again with new ids, packed
as it packs them. Fettle is `fettle up` on its embedded PostgreSQL. Digested is what is of a group.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import bugsink, load, processes, results
from benchmarks.bugsink import Bugsink, NotInstalled
from benchmarks.house import House, house
from benchmarks.load import Load
from benchmarks.processes import Used
from benchmarks.quantiles import milliseconds, quantile
from benchmarks.sentry_events import BUGS, Replayed

RUNS = 3
EVENTS, PEER_EVENTS, WARM = 1_000, 100, 100
CONNECTIONS = 8
RATE, SECONDS = 100, 10
TITLE = "Errors of applications"
_PEER_WITHIN_S = 40
_UNLIMITED: Mapping[str, Any] = {"errors": {"rate": 100_000, "burst": 100_000}}


@dataclass(frozen=True)
class Side:
    """One of both: where it takes errors, how many it has digested, what it uses, and its store."""

    door: str
    key: str
    digested: Callable[[], int]
    used: Callable[[], Used]
    store: Callable[[], Used]


@dataclass(frozen=True)
class Run:
    """A number of errors: how they were answered and digested, and at what cost."""

    load: Load
    digested: int
    seconds: float
    cpu_s: float
    store_cpu_s: float
    memory_mb: float
    store_memory_mb: float

    @property
    def digested_a_second(self) -> float:
        """How many were digested a second, from the first request on."""
        return self.digested / self.seconds


def main() -> None:
    """Measure, and write the section."""
    load_before, replayed = results.load_before(), Replayed()
    ours: list[Run] = []
    theirs: list[Run] = []
    with _fettle() as fettle, _peer() as peer:
        for side in (fettle, *([peer.side] if peer.side else [])):
            _one(side, replayed.some(WARM))
        for _ in range(RUNS):
            ours.append(_one(fettle, replayed.some(EVENTS)))
            if peer.side:
                theirs.append(_one(peer.side, replayed.some(PEER_EVENTS)))
        steady = _one(fettle, replayed.some(RATE * SECONDS), rate=RATE)
    rows = [_row("fettle", ours), *([_row(f"Bugsink {peer.version}", theirs)] if theirs else [])]
    head = (
        f"| | digested/s, median of {RUNS} interleaved (range) | answered/s | p99 a request "
        "| CPU an event | its database's | memory | its database's | refused |"
    )
    lines = [_said(replayed, peer), "", head, "| --- |" + " --- |" * 8, *rows, ""]
    if theirs:
        ratio = _median(ours) / _median(theirs)
        lines += [f"Fettle digests {ratio:.1f} times as many a second.", ""]
    results.write(TITLE, [*lines, _steadily(steady)], [load_before])


def _one(side: Side, bodies: Sequence[bytes], rate: float = 0) -> Run:
    """Send errors, and wait until they are digested."""
    before, used, store = side.digested(), side.used(), side.store()
    sent = load.send(
        side.door,
        bodies,
        connections=CONNECTIONS,
        rate=rate,
        headers=["Content-Encoding: gzip", f"X-Sentry-Auth: Sentry sentry_key={side.key}"],
    )
    began = min(one.at for one in sent.sent)
    wanted = before + len(bodies) - sent.refused
    while (now := side.digested()) < wanted and time.monotonic() < began + _PEER_WITHIN_S:
        time.sleep(0.02)
    seconds = time.monotonic() - began
    used_then, store_then = side.used(), side.store()
    return Run(
        sent,
        now - before,
        seconds,
        used_then.cpu_s - used.cpu_s,
        store_then.cpu_s - store.cpu_s,
        used_then.memory_mb,
        store_then.memory_mb,
    )


@contextmanager
def _fettle() -> Iterator[Side]:
    with house(_UNLIMITED) as fettle:
        key, door = fettle.errors_key()
        store = _postmaster(fettle)
        yield Side(
            door,
            key,
            lambda: fettle.count("error_event WHERE key IS NOT NULL"),
            lambda: processes.used(fettle.process),
            lambda: processes.used(store),
        )


def _postmaster(fettle: House) -> int:
    ((backend,),) = fettle.ask("SELECT pg_backend_pid()")
    return processes.parent(backend)


@dataclass(frozen=True)
class Peer:
    """Bugsink; without a side where it cannot be installed."""

    version: str = ""
    side: Side | None = None


@contextmanager
def _peer() -> Iterator[Peer]:
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(bugsink.installed())
        except NotInstalled:
            yield Peer()
            return
        peer = stack.enter_context(bugsink.up(folder))
        yield Peer(peer.version, _side(peer))


def _side(peer: Bugsink) -> Side:
    return Side(
        peer.door,
        peer.key,
        peer.digested,
        lambda: processes.used(*peer.processes),
        lambda: Used(0, 0),  # it works in the same processes
    )


def _said(replayed: Replayed, peer: Peer) -> str:
    text = (
        f"Errors of {BUGS} bugs, of {replayed.size:,} bytes ({replayed.packed_size:,} packed), "
        f"sent over {CONNECTIONS} connections as fast as they are answered: {EVENTS:,} a run; load "
        "generator on the same machine. Memory that processes share counts once. Promised: ten "
        "times as many digested a second as Bugsink, at most 4 ms of CPU an event in Fettle's own "
        "processes, and no more memory than it."
    )
    if peer.side is None:
        return f"{text} Bugsink could not be installed, and Fettle was measured alone."
    return (
        f"{text} Bugsink has {PEER_EVENTS} a run, {bugsink.WEB_PROCESSES} processes of gunicorn, "
        "and its worker, on SQLite."
    )


def _row(name: str, runs: Sequence[Run]) -> str:
    each = [one.digested_a_second for one in runs]
    answered = statistics.median(len(one.load.sent) / one.load.lasted for one in runs)
    p99 = milliseconds([quantile([sent.took for sent in one.load.sent], 0.99) for one in runs])
    cpu = statistics.median(one.cpu_s / one.digested for one in runs)
    store_cpu = statistics.median(one.store_cpu_s / one.digested for one in runs)
    store_mb = runs[-1].store_memory_mb
    of_store = f"{1000 * store_cpu:.1f} ms" if store_mb else "among it"
    memory = f"{store_mb:.0f} MB" if store_mb else "among it"
    return (
        f"| {name} | {statistics.median(each):,.0f} ({min(each):,.0f}–{max(each):,.0f}) | "
        f"{answered:,.0f} | {p99} | {1000 * cpu:.1f} ms | {of_store} | "
        f"{runs[-1].memory_mb:.0f} MB | {memory} | {sum(one.load.refused for one in runs)} |"
    )


def _median(runs: Sequence[Run]) -> float:
    return statistics.median(one.digested_a_second for one in runs)


def _steadily(run: Run) -> str:
    took = [sent.took for sent in run.load.sent]
    return (
        f"{RATE} errors a second for {SECONDS} s: p50 {1000 * quantile(took, 0.5):.0f} ms, p99 "
        f"{1000 * quantile(took, 0.99):.0f} ms, {run.load.refused} refused; "
        f"{1000 * run.cpu_s / run.digested:.1f} ms of CPU an event in Fettle's processes, "
        f"{1000 * run.store_cpu_s / run.digested:.1f} ms in PostgreSQL's. Promised: p99 under "
        "100 ms."
    )


if __name__ == "__main__":
    main()
