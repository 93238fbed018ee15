"""Triage: texts a second, and how often it is right about real incidents, beside what is usual.

The incidents are GitHub's, in order of time: what is judged is always newer than what was learnt.
Only a title and the first update are seen; later updates tell how it ended.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks import results
from fettle.model.classification import Classification
from fettle.model.quantity import say_share
from fettle.model.severity import Severity
from fettle.triage.case import Case, Policy
from fettle.triage.classify import classify
from fettle.triage.confusion import Confusion
from fettle.triage.learn import train

DATA = Path(__file__).parents[2] / "shared" / "data" / "github_status_incidents.jsonl"
TITLE = "Triage"
RUNS = 5
# The part that is learnt from when the newest part is judged, and where the tenths begin.
OLDER, FIRST = 0.7, 0.3
IMPACT = {
    "critical": Severity.CRITICAL,
    "major": Severity.HIGH,
    "minor": Severity.MEDIUM,
    "none": Severity.LOW,
}
PLAIN = Policy()

_PROMISES = (
    "macro-F1 is the mean over the severities that are said or right at least once; beside it the "
    "mean over those that occur, since one that is said twice and never right counts as a quarter. "
    "Right in the surer half is what remains when the less sure half is left to people. "
    "The promises: macro-F1 at least that of TF-IDF with a linear model; 80 % in the surer half."
)
_OLDER_SAID = (
    "Within the older ones, each tenth from what came before it. Fettle's own settings were chosen "
    "on these; figures of the newest had been seen before the last of them, so that those are no "
    "untouched test:"
)

Incident = tuple[Case, Severity]
# What is decided of each incident, and how surely; of what is learnt from, and what is judged.
Verdicts = list[tuple[Severity, float]]
Judge = Callable[[Sequence[Incident], Sequence[Case]], Verdicts]


def main() -> None:
    """Measure, and write the section."""
    lines = [_throughput(), ""]
    if DATA.exists():
        incidents = sorted_incidents()
        newest = int(len(incidents) * OLDER)
        lines += [
            f"{len(incidents)} incidents of GitHub's status page. {_PROMISES}",
            "",
            _newest_said(incidents[:newest], incidents[newest:]),
            "",
            *_table([(incidents[:newest], incidents[newest:])]),
            "",
            _OLDER_SAID,
            "",
            *_table(list(_tenths(incidents))),
        ]
    else:
        lines.append("The incidents are not on this machine; nothing was judged.")
    results.write(TITLE, lines, [f"scikit-learn {version('scikit-learn')}"])


def sorted_incidents() -> list[Incident]:
    """Return the incidents from the oldest to the newest, as they looked at first."""
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["impact"] in IMPACT and row["updates"]]
    rows.sort(key=lambda row: str(row["started_at"] or row["published_at"]))
    return [
        (Case(row["title"], row["updates"][0]["message"]), IMPACT[row["impact"]]) for row in rows
    ]


def _tenths(incidents: Sequence[Incident]) -> Iterator[tuple[Sequence[Incident], ...]]:
    edges = [round(len(incidents) * tenth / 10) for tenth in range(11)]
    for tenth in range(round(FIRST * 10), round(OLDER * 10)):
        yield incidents[: edges[tenth]], incidents[edges[tenth] : edges[tenth + 1]]


def _newest_said(older: Sequence[Incident], newest: Sequence[Incident]) -> str:
    return (
        f"The newest {len(newest)} ({_shares(newest)}), from what {len(older)} older ones taught "
        f"({_shares(older)}):"
    )


def _shares(incidents: Sequence[Incident]) -> str:
    rights = [right for _, right in incidents]
    return ", ".join(f"{rights.count(one)} {one}" for one in sorted(set(rights), reverse=True))


def _table(parts: Sequence[tuple[Sequence[Incident], ...]]) -> list[str]:
    rows = []
    for name, judge in JUDGES.items():
        decided: list[tuple[Severity, float, Severity]] = []
        for older, newer in parts:
            verdicts = judge(older, [case for case, _ in newer])
            decided += [
                (severity, confidence, right)
                for (severity, confidence), (_, right) in zip(verdicts, newer, strict=True)
            ]
        rows.append(f"| {name} | {_row(decided)} |")
    names = ["macro-F1", "of those that occur", "right", "too low", "right in the surer half"]
    head = [f"| | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    return [*head, *rows]


def _row(decided: Sequence[tuple[Severity, float, Severity]]) -> str:
    matrix = Confusion.of((severity, right) for severity, _, right in decided)
    # Of equals the newer first: no order of time makes a judge look surer than it is.
    newest_first = list(reversed(decided))
    surer = sorted(newest_first, key=lambda one: -one[1])[: len(decided) // 2]
    half = Confusion.of((severity, right) for severity, _, right in surer)
    shares = (matrix.accuracy, matrix.too_low, half.accuracy)
    means = [f"{mean:.2f}" for mean in (matrix.macro_f1, matrix.macro_f1_of_right)]
    return " | ".join([*means, *("–" if one is None else say_share(one, 1) for one in shares)])


def _majority(older: Sequence[Incident], cases: Sequence[Case]) -> Verdicts:
    return [(statistics.mode(right for _, right in older), 1.0)] * len(cases)


_CRITICAL = "outage down crash failure unavailable payment security data_loss corruption".split()  # noqa: SIM905
_SLOW = "slow timeout lag delay performance response_time high_cpu memory".split()  # noqa: SIM905
_SHOWN = "display rendering layout visual ui frontend browser responsive".split()  # noqa: SIM905


def _bare_keywords(_: Sequence[Incident], cases: Sequence[Case]) -> Verdicts:
    """Look for the guide's keywords anywhere in the letters, as its sketch does."""
    return [(_by_keyword(" ".join(case.texts).lower()), 1.0) for case in cases]


def _by_keyword(text: str) -> Severity:
    for severity, words in (
        (Severity.CRITICAL, _CRITICAL),
        (Severity.HIGH, _SLOW),
        (Severity.MEDIUM, _SHOWN),
    ):
        if any(word.replace("_", " ") in text for word in words):
            return severity
    return Severity.LOW


def _rules(_: Sequence[Incident], cases: Sequence[Case]) -> Verdicts:
    return [(made.severity, made.confidence) for made in (classify(case, PLAIN) for case in cases)]


def _linear(weights: str | None) -> Judge:
    def judge(older: Sequence[Incident], cases: Sequence[Case]) -> Verdicts:
        weighting = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        known = weighting.fit_transform([case.texts[0] for case, _ in older])
        model = LogisticRegression(max_iter=1000, class_weight=weights)
        model.fit(known, [int(right) for _, right in older])
        answers = [Severity(int(one)) for one in model.classes_]
        rows = model.predict_proba(weighting.transform([case.texts[0] for case in cases]))
        return [(answers[row.argmax()], float(row.max())) for row in rows]

    return judge


def _examples(older: Sequence[Incident]) -> list[tuple[Case, Classification]]:
    made = classify(Case(""), PLAIN)
    return [(case, replace(made, severity=right, class_=None)) for case, right in older]


def _learnt(older: Sequence[Incident], cases: Sequence[Case]) -> Verdicts:
    model = train(_examples(older))
    return [(one.severity, one.confidence) for one in map(model.opinion, cases)]


def _whole(older: Sequence[Incident], cases: Sequence[Case]) -> Verdicts:
    model = train(_examples(older))
    return [
        (made.severity, made.confidence)
        for made in (classify(case, PLAIN, model) for case in cases)
    ]


JUDGES: dict[str, Judge] = {
    "always the most frequent": _majority,
    "the guide's keywords, anywhere": _bare_keywords,
    "TF-IDF, linear": _linear(None),
    "TF-IDF, linear, balanced": _linear("balanced"),
    "Fettle's rules alone": _rules,
    "Fettle's model": _learnt,
    "Fettle, rules and model": _whole,
}

_SAID = (
    "The website is down for everyone since 9:00",
    "Customers cannot pay at checkout: Stripe answers with errors since the last release",
    "PostgreSQL: high CPU and slow queries on main-db, response times of 12 seconds",
    "Buttons overlap on mobile Safari, the menu is hidden behind the header",
    "Typo in the documentation of the payment API",
    "We are investigating reports of degraded performance for some services. Users may see delays.",
)


def _throughput() -> str:
    cases = [Case(f"{text} ({number})") for number in range(1000) for text in _SAID]
    classify(cases[0], PLAIN)
    rates = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for case in cases:
            classify(case, PLAIN)
        rates.append(len(cases) / (time.perf_counter() - started))
    spread = f"{min(rates):,.0f}–{max(rates):,.0f}"
    length = statistics.mean(len(text) for text in _SAID)
    return (
        f"The rules alone: {statistics.median(rates):,.0f} texts a second ({spread}), of "
        f"{length:.0f} letters on average, in one process on one core. The promise: 10,000."
    )


if __name__ == "__main__":
    main()
