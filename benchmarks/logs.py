"""Templates of logs: how often they are right, and lines a second, beside drain3 as it is shipped.

`fettle logs` reads whole files (intake.logs.templates); a server learns what comes in batches, as
it comes (intake.logs.digest and growing). Both are judged by what they say in the end.

The logs are the public sets of 2,000 lines of LogHub with their corrected labels; FETTLE_LOGHUB
names the folder that holds them (`<Set>/<Set>_2k.log_structured_corrected.csv`). They are no part
of the project. Eight of them were looked at when the rules were made; the others were not.
Right is a line whose template holds all lines of its true one, and no others.
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results
from fettle.intake.logs.digest import Digester
from fettle.intake.logs.growing import Grown, Growth
from fettle.intake.logs.templates import Miner, Words
from fettle.model.log import Level
from fettle.settings.logs import LogsSettings

TITLE = "Templates of logs"
RUNS = 3
BATCH = 100  # lines, as a server is sent them
DEVELOPED = ("HDFS", "Hadoop", "Spark", "Zookeeper", "BGL", "Linux", "Apache", "OpenSSH")
_VENV = Path(__file__).parents[1] / ".work" / "drain3"
_DRAIN3 = """
import json, sys, time
from drain3 import TemplateMiner
for lines in map(json.loads, sys.stdin):
    miner = TemplateMiner()
    began = time.perf_counter()
    given = [miner.add_log_message(line)["cluster_id"] for line in lines]
    print(json.dumps([given, time.perf_counter() - began]), flush=True)
"""

Labelled = tuple[list[str], list[str]]
Given = tuple[Sequence[Hashable], float]


def main() -> None:
    """Measure, and write the section."""
    folder = os.environ.get("FETTLE_LOGHUB")
    if folder is None:
        results.write(TITLE, ["FETTLE_LOGHUB names no folder; nothing was judged."])
        return
    load = results.load_before()
    sets = dict(_sets(Path(folder)))
    names = sorted(sets, key=lambda name: (name not in DEVELOPED, name))
    measured = {name: _measured(sets[name]) for name in names}
    held = [measured[name] for name in names if name not in DEVELOPED]
    every = list(measured.values())
    results.write(
        TITLE,
        [
            (
                "One way for all; the messages as the sets part them from what stands before them. "
                f"A server is sent {BATCH} lines at a time. "
                "Promised: 0.85 on all sets, and 20,000 lines a second."
            ),
            "",
            "| | | fettle logs | a server | drain3 |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {name} | {'' if name in DEVELOPED else 'held back'} | {_row(one)} |"
                for name, one in measured.items()
            ),
            f"| all {len(sets)} | | {_row(_means(every))} |",
            f"| those held back | | {_row(_means(held))} |",
            f"| lines a second | | {' | '.join(map(_rate, zip(*every, strict=True)))} |",
        ],
        [load],
    )


@dataclass(frozen=True)
class Measured:
    """How often one of them was right, and how many lines a second it read."""

    right: float
    rate: float = 0


# What `fettle logs`, a server and drain3 came to, in this order.
Row = Sequence[Measured]


def _row(measured: Row) -> str:
    return " | ".join(f"{one.right:.3f}" for one in measured)


def _means(rows: Sequence[Row]) -> Row:
    return [Measured(statistics.mean(one.right for one in of)) for of in zip(*rows, strict=True)]


def _rate(measured: Sequence[Measured]) -> str:
    return f"{statistics.median(one.rate for one in measured):,.0f}"


def _sets(folder: Path) -> Iterator[tuple[str, Labelled]]:
    for file in sorted(folder.glob("*/*_2k.log_structured_corrected.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            pairs = [(row["Content"], row["EventTemplate"]) for row in csv.DictReader(rows)]
        yield file.parent.name, ([said for said, _ in pairs], [event for _, event in pairs])


def _measured(labelled: Labelled) -> Row:
    lines, events = labelled
    ways = (_whole, _as_they_come, _drain3)
    runs = [[way(lines) for way in ways] for _ in range(RUNS)]
    return [
        Measured(
            _right(of[-1][0], events), len(lines) / statistics.median(taken for _, taken in of)
        )
        for of in zip(*runs, strict=True)
    ]


def _whole(lines: Sequence[str]) -> Given:
    """Return the template of each line as `fettle logs` tells it, and how long that took."""
    began = time.perf_counter()
    miner = Miner()
    kinds = [miner.learn(line) for line in lines]
    given = [miner.template_of(kind) for kind in kinds]
    return given, time.perf_counter() - began


def _as_they_come(lines: Sequence[str]) -> Given:
    """Return the template of each line as a server tells it, and how long that took."""
    growth, digester = Growth([], LogsSettings().most_templates), Digester(str)
    found: list[Grown] = []
    taken = 0.0
    for begin in range(0, len(lines), BATCH):
        # Messages were torn from the heads of their lines: a space before one is no indentation.
        batch = [line.lstrip().encode() for line in lines[begin : begin + BATCH]]
        began = time.perf_counter()
        for line in batch:
            digester.take(line)
        learnt = {(kind.words, kind.level): growth.learn(kind) for kind in digester.digest().kinds}
        taken += time.perf_counter() - began
        found += [learnt[told] for told in _kinds(batch)]
    return [id(one.last) for one in found], taken


def _kinds(lines: Sequence[bytes]) -> Iterator[tuple[Words, Level]]:
    """Yield the kind of the record that each line is a part of."""
    joining, alone = Digester(str), Digester(str)
    records: list[list[bytes]] = []
    for place, line in enumerate(lines):
        joining.take(line)
        if joining.before == place:
            records.append([])
        records[-1].append(line)
    for record in records:
        for line in record:
            alone.take(line)
        (kind,) = alone.digest().kinds
        yield from [(kind.words, kind.level)] * len(record)


def _right(given: Sequence[Hashable], events: Sequence[str]) -> float:
    """Return the share of lines whose group is the true one: grouping accuracy."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    true: dict[str, list[int]] = defaultdict(list)
    for place, (template, event) in enumerate(zip(given, events, strict=True)):
        groups[template].append(place)
        true[event].append(place)
    return sum(
        len(places) for places in groups.values() if true[events[places[0]]] == places
    ) / len(events)


def _drain3(lines: Sequence[str]) -> Given:
    python = _VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "drain3"]
        subprocess.run(install, check=True)
    done = subprocess.run(
        [str(python), "-c", _DRAIN3],
        input=json.dumps(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    given, taken = json.loads(done.stdout)
    return given, taken


if __name__ == "__main__":
    main()
