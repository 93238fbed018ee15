"""The PetShop incidents, and what the methods of their own repository say of them.

https://github.com/amazon-science/petshop-root-cause-analysis: FETTLE_PETSHOP names the folder that
holds it (`dataset`, `code`). It is no part of the project. Its traffic of changing volume has no
normal period in every copy; what has none is left out.

Its methods run as they are, in an environment of their own, with the versions that they ask for
where this Python has them. dowhy 0.9 needs an older Python; with 0.10 a module has another place.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fettle.model.incident import Incident, Span

_VENV = Path(__file__).parents[1] / ".work" / "petshop"
_WITH = (
    "dowhy==0.10.1",
    "networkx==2.8.8",
    "numpy==1.23.5",
    "pandas==1.5.3",
    "pingouin==0.5.3",
    "scikit-learn<1.2",
    "setuptools<70",
    "schema",
    "dill",
    "pyyaml",
    "matplotlib",
    "tqdm",
)
# Asks for javabridge, which builds against a JDK and is imported by none of the methods.
_ALONE = "sfr-pyrca==1.0.1"
METHODS = {
    "ranked correlation": "ranked_correlation.make_ranked_correlation",
    "CIRCA": "circa.make_circa",
    "anomaly traversal": "baseline_anomaly_traversal.make_baseline_analyze_root_causes",
    "hierarchical RCD": "hierarchical_rcd.make_hierarchical_rcd",
    "epsilon diagnosis": "epsilon_diagnosis.make_epsilon_diagnosis",
    "random walk": "random_walk.make_random_walk",
    "counterfactual attribution": (
        "counterfactual_attribution.make_counterfactual_attribution_method"
    ),
}
_RUNNER = """
import importlib, json, sys, time, warnings
warnings.filterwarnings("ignore")
folder, made, part, *scenarios = sys.argv[1:]
sys.path.insert(0, folder + "/code")
import dowhy.gcm, dowhy.graph, numpy, rca_task
dowhy.gcm.graph = dowhy.graph
numpy.random.seed(0)
module, name = made.split(".")
settings = {"n_jobs": 1} if module == "counterfactual_attribution" else {}
method = getattr(importlib.import_module(module), name)(**settings)
for scenario in scenarios:
    graph, normal, issues = rca_task.load_scenario(f"{folder}/dataset/{scenario}")
    for abnormal, target in issues[part]:
        asked, began = target["target"], time.perf_counter()
        found = method(graph, asked["node"], asked["metric"], asked["agg"], normal, abnormal)
        found.sort(key=lambda one: one.score, reverse=True)
        names = [one.node for one in found]
        print(json.dumps([names, target["root_cause"]["node"], time.perf_counter() - began]),
              flush=True)
"""

Figures = dict[str, dict[str, list[tuple[float, float]]]]


@dataclass(frozen=True)
class Case:
    """An incident, its true cause, and the figure that showed it."""

    incident: Incident
    cause: str


@dataclass(frozen=True)
class Named:
    """Whom a method names of a case, the likeliest first; who it was; how long it took."""

    subjects: list[str]
    cause: str
    seconds: float

    def within(self, first: int) -> bool:
        """Whether the cause is among the first that are named."""
        return self.cause in self.subjects[:first]


def scenarios(folder: Path) -> list[str]:
    """Return the parts of the data that have a normal period."""
    found = (folder / "dataset").glob("*/noissue/metrics.csv")
    return sorted(file.parents[1].name for file in found if file.stat().st_size > 1000)


def cases(folder: Path, part: str) -> Iterator[Case]:
    """Yield the incidents of a part, `train` or `test`, with all of their figures."""
    for scenario in scenarios(folder):
        place = folder / "dataset" / scenario
        calls = list(_calls(place / "graph.csv"))
        normal = _figures(place / "noissue" / "metrics.csv")
        for issue in sorted((place / part).iterdir()):
            target = json.loads((issue / "target.json").read_text())
            found = _figures(issue / "metrics.csv")
            yield Case(_incident(calls, normal, found, target["target"]), _cause(target))


def _cause(target: Mapping[str, Mapping[str, str]]) -> str:
    return target["root_cause"]["node"]


def _incident(
    calls: list[tuple[str, str]], normal: Figures, found: Figures, target: Mapping[str, str]
) -> Incident:
    series = {
        subject: {
            metric: [
                *normal.get(subject, {}).get(metric, ()),
                *found.get(subject, {}).get(metric, ()),
            ]
            for metric in {**normal.get(subject, {}), **found.get(subject, {})}
        }
        for subject in {**normal, **found}
    }
    return Incident(
        calls,
        series,
        _span(found),
        target["node"],
        _span(normal),
        f"{target['metric']}_{target['agg']}",
    )


def _span(figures: Figures) -> Span:
    every = [at for of in figures.values() for points in of.values() for at, _ in points]
    return Span(min(every), max(every))


def _figures(file: Path) -> Figures:
    with file.open(encoding="utf-8", newline="") as rows:
        subjects, metrics, statistics, *lines = csv.reader(rows)
    heads = list(zip(subjects[1:], metrics[1:], statistics[1:], strict=True))
    figures: Figures = {}
    for subject, metric, statistic in heads:
        figures.setdefault(subject, {})[f"{metric}_{statistic}"] = []
    for at, *values in lines:
        if at != "unix_timestamp":
            for (subject, metric, statistic), value in zip(heads, values, strict=True):
                if value:
                    figures[subject][f"{metric}_{statistic}"].append((float(at), float(value)))
    return figures


def _calls(file: Path) -> Iterator[tuple[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        (_, *names), *lines = csv.reader(rows)
    for caller, *marks in lines:
        yield from ((caller, name) for name, mark in zip(names, marks, strict=True) if float(mark))


def installed() -> Path:
    """Return the Python that has what the repository's methods need."""
    python = _VENV / "bin" / "python"
    done = _VENV / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(_VENV)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, *_WITH], check=True)
        subprocess.run([*install, "--no-deps", _ALONE], check=True)
        done.touch()
    return python


def theirs(folder: Path, method: str, part: str, seconds: float) -> list[Named]:
    """Return whom one of the repository's methods names, in as many cases as it has time for."""
    command = [str(installed()), "-c", _RUNNER, str(folder), METHODS[method], part]
    with tempfile.TemporaryFile() as told:
        # In a session of its own: some of them start others, which hold on to what they write to.
        run = subprocess.Popen([*command, *scenarios(folder)], stdout=told, start_new_session=True)
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        else:
            assert run.returncode == 0, f"{method} ended with {run.returncode}"
        told.seek(0)
        lines = told.read().splitlines(keepends=True)
    return [Named(*json.loads(line)) for line in lines if line.endswith(b"]\n")]
