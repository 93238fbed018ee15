"""Known errors: how often they are recognised, and how long that takes, beside other ways.

All judge the files that are held back. A linear model over TF-IDF, and PostgreSQL's full text and
trigrams, know the other files, of which messages of no class are a class of their own; PostgreSQL
knows what the entries say, too.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks import results
from benchmarks.quantiles import quantile
from fettle.model.quantity import say_share
from fettle.resolution.catalogue import shipped
from fettle.resolution.recognise import Recogniser
from fettle.store import embedded
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
    with _postgres() as store:
        rows = _rows({"fettle": _fettle(), "TF-IDF, linear": _linear(), **store})
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


def _rows(judges: Mapping[str, Judge]) -> list[str]:
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
    return rows


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


# The classes of what is nearest, by the places of the best of each: with `words` by full text, with
# `parts` by trigrams; with both, their reciprocal ranks are fused.
_NEAREST = """
WITH asked AS (
    SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS query
    FROM unnest(to_tsvector('simple', %(text)s))
),
words AS (
    SELECT class, row_number() OVER (ORDER BY ts_rank(search, query) DESC, id) AS place
    FROM entry, asked
    WHERE search @@ query AND %(words)s
),
near AS (
    SELECT id, class, text <-> %(text)s AS far
    FROM entry
    WHERE %(parts)s
    ORDER BY text <-> %(text)s
    LIMIT 100
),
parts AS (
    SELECT class, row_number() OVER (ORDER BY far, id) AS place FROM near
),
best AS (
    SELECT class, min(place) AS place FROM words GROUP BY class
    UNION ALL
    SELECT class, min(place) FROM parts GROUP BY class
)
SELECT class FROM best GROUP BY class ORDER BY sum(1.0 / (60 + place)) DESC, class LIMIT 4
"""


@contextmanager
def _postgres() -> Iterator[dict[str, Judge]]:
    with tempfile.TemporaryDirectory(prefix="fettle-bench-") as name:
        Path(name).chmod(0o711)  # the store's own user comes through
        with (
            embedded.acquire(Path(name) / "data") as server,
            psycopg.connect(server.conninfo, autocommit=True) as connection,
        ):
            _learn(connection)
            ways = {"full text": (True, False), "trigrams": (False, True), "fused": (True, True)}
            yield {
                f"PostgreSQL, {name}": partial(_nearest, connection, *way)
                for name, way in ways.items()
            }


def _learn(connection: "psycopg.Connection[Any]") -> None:
    connection.execute("CREATE EXTENSION pg_trgm")
    connection.execute(
        "CREATE TABLE entry (id int GENERATED ALWAYS AS IDENTITY, class text, text text,"
        " search tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)"
    )
    learnt = [(one.right or _NONE, one.text) for name in _LEARNT for one in messages(name)]
    for known in shipped().values():
        said = (*known.certain.says, *known.likely.says, *known.hint.says)
        learnt.append((known.id, "\n".join((known.title, known.cause, *said))))
    connection.cursor().executemany("INSERT INTO entry (class, text) VALUES (%s, %s)", learnt)
    connection.execute("CREATE INDEX ON entry USING gist (text gist_trgm_ops (siglen = 512))")
    connection.execute("CREATE INDEX ON entry USING gin (search)")
    connection.execute("ANALYZE entry")


def _nearest(connection: "psycopg.Connection[Any]", words: bool, parts: bool, one: Message) -> Said:
    asked = {"text": one.text, "words": words, "parts": parts}
    classes = [row[0] for row in connection.execute(_NEAREST, asked)]
    answered = classes[:1] not in ([], [_NONE])
    return Said([name for name in classes if name != _NONE], 0.0, answered)


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
