"""Known errors: how often they are recognised, and how long that takes, beside TF-IDF and a line.

Both judge the files that are held back; the linear model learns from the others, of which messages
of no class are a class of their own.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks import results
from benchmarks.quantiles import quantile
from fettle.model.quantity import say_share
from fettle.resolution.catalogue import shipped
from fettle.resolution.recognise import Recogniser
from tests.resolution.test_known_messages import HIGH, Message, messages

TITLE = "Known errors"
ROUNDS = 5
_LEARNT = ("developed", "wider", "blind_developed")
_JUDGED = ("held_back", "blind_held_back")
_NONE = ""


@dataclass(frozen=True)
class Said:
    """What one of them says of a message: the classes, the likeliest first, and how sure it is."""

    classes: Sequence[str]
    sure: float
    answered: bool


Judge = Callable[[Message], Said]


def main() -> None:
    """Measure, and write the section."""
    load_before = results.load_before()
    judges = {"fettle": _fettle(), "TF-IDF, linear": _linear()}
    rows = []
    for name in _JUDGED:
        known = messages(name)
        took: dict[str, list[float]] = {who: [] for who in judges}
        for judge in judges.values():  # what is made once, at the first question
            judge(known[0])
        for _ in range(ROUNDS):
            for who, judge in judges.items():
                took[who] += [_took(judge, one) for one in known]
        for who, judge in judges.items():
            rows.append(f"| {name} | {who} | {_row(known, judge)} | {_times(took[who])} |")
    results.write(
        TITLE,
        [
            (
                "Messages of software that the entries were not made from. Right when sure is of "
                f"what is said with {say_share(HIGH)} and more; silent is of messages of no class. "
                "Promised of fettle: 93 % first, 99 % among three, 98 % when sure, 95 % silent, "
                "3 ms."
            ),
            "",
            "| | | first | among three | right when sure | silent | ms, p50 | p95 | worst |",
            "| --- |" + " --- |" * 8,
            *rows,
        ],
        [f"scikit-learn {version('scikit-learn')}", load_before],
    )


def _fettle() -> Judge:
    recogniser = Recogniser(shipped())

    def judge(one: Message) -> Said:
        found = recogniser.recognise(one.text, one.facts)
        sure = found.matches[0].confidence if found.answered else 0.0
        return Said([match.known.id for match in found.matches], sure, found.answered)

    return judge


def _linear() -> Judge:
    learnt = [one for name in _LEARNT for one in messages(name)]
    weighting = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LogisticRegression(max_iter=1000, class_weight="balanced")
    known = weighting.fit_transform([one.text for one in learnt])
    model.fit(known, [one.right or _NONE for one in learnt])

    def judge(one: Message) -> Said:
        (row,) = model.predict_proba(weighting.transform([one.text]))
        ordered = [(str(model.classes_[place]), float(row[place])) for place in row.argsort()[::-1]]
        answered = ordered[0][0] != _NONE
        classes = [name for name, _ in ordered if name != _NONE]
        return Said(classes, ordered[0][1] if answered else 0.0, answered)

    return judge


def _took(judge: Judge, one: Message) -> float:
    began = time.perf_counter()
    judge(one)
    return time.perf_counter() - began


def _row(known: Sequence[Message], judge: Judge) -> str:
    told = [(one.right, judge(one)) for one in known]
    classed = [(right, said.classes) for right, said in told if right is not None]
    sure = [right == said.classes[0] for right, said in told if said.sure >= HIGH]
    figures = (
        [classes[:1] == [right] for right, classes in classed],
        [right in classes[:3] for right, classes in classed],
        sure,
        [not said.answered for right, said in told if right is None],
    )
    return " | ".join(f"{say_share(sum(one) / len(one), 1)}" if one else "–" for one in figures)


def _times(took: Sequence[float]) -> str:
    parts = (quantile(took, 0.5), quantile(took, 0.95), max(took))
    return " | ".join(f"{part * 1000:.1f}" for part in parts)


if __name__ == "__main__":
    main()
