"""Learning from a team's own decisions; needs the extra `learn` (scikit-learn, about 270 MB).

Severity learnt in one organisation does not transfer to another, so Fettle ships with nothing
learnt. What is learnt is used without scikit-learn: see `triage.learnt`.
"""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fettle.errors import Refused
from fettle.model.classification import Classification
from fettle.model.quantity import say_count
from fettle.triage.case import Case
from fettle.triage.learnt import Head, Kept, TeamModel, terms

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Example = tuple[Case, Classification]

# Below it nothing can be said of how sure the model is: the newest quarter would be ten cases.
FEWEST = 40
# The newest part of the history, on which the model is tried before it is trained on all of it.
_TRIED_ON = 4
_TERMS = 30_000
# The inverse of how much weights are held back; chosen with the leaning, see `triage.learnt`.
_FREEDOM = 3.0
_DIGITS = 5
_GUESSES = 10


def train(examples: Sequence[Example]) -> TeamModel:
    """Return a model of the decisions, which are given from the oldest to the newest.

    It is first trained on the older three quarters and tried on the rest, which says how sure it
    may be. Raises Refused without scikit-learn, with fewer than 40 decisions, or when all of them
    say the same severity.
    """
    _refuse_too_little(examples)
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError:
        raise Refused(
            "learning needs scikit-learn, which is not installed",
            remedy="pip install 'fettle-ops[learn]'",
        ) from None
    seen = [(terms(case), str(made.severity), made.class_ or "") for case, made in examples]
    older = len(seen) - len(seen) // _TRIED_ON
    calibration = (1.0, 0.0)
    if len({severity for _, severity, _ in seen[:older]}) > 1:
        tried = TeamModel(_trained(seen[:older], calibration))
        calibration = _calibrated(tried, examples[older:])
    return TeamModel(_trained(seen, calibration))


_Seen = tuple[list[str], str, str]


def refuse_too_few(decisions: int) -> None:
    """Raise Refused where there are fewer decisions than can be learnt from."""
    if decisions < FEWEST:
        raise Refused(
            f"{say_count(decisions, 'decision')} to learn from: too few",
            remedy=f"it is trained from {FEWEST} on",
        )


def _refuse_too_little(examples: Sequence[Example]) -> None:
    refuse_too_few(len(examples))
    if len({made.severity for _, made in examples}) == 1:
        raise Refused("all decisions say the same severity; there is nothing to tell apart")


def _trained(seen: Sequence[_Seen], calibration: tuple[float, float]) -> Kept:
    from sklearn.feature_extraction.text import TfidfVectorizer

    weighting = TfidfVectorizer(analyzer=list, sublinear_tf=True, max_features=_TERMS)
    weighted = weighting.fit_transform([found for found, _, _ in seen])
    return Kept(
        trained_on=len(seen),
        terms=tuple(weighting.get_feature_names_out()),
        rarity=_rounded(weighting.idf_),
        severity=_head(weighted, [severity for _, severity, _ in seen]),
        **{"class": _head(weighted, [name for _, _, name in seen])},
        calibration=calibration,
    )


def _head(weighted: "csr_matrix", answers: Sequence[str]) -> Head:
    from sklearn.linear_model import LogisticRegression

    if len(set(answers)) == 1:
        width = weighted.shape[1]
        return Head(
            answers=(answers[0],), priors=(1.0,), intercepts=(0.0,), weights=((0.0,) * width,)
        )
    fitted = LogisticRegression(C=_FREEDOM, max_iter=1000).fit(weighted, list(answers))
    names = [str(name) for name in fitted.classes_]
    rows, intercepts = list(fitted.coef_), list(fitted.intercept_)
    if len(names) == 2:  # of two answers it keeps a row for the second alone
        rows, intercepts = [rows[0] * 0, *rows], [0.0, *intercepts]
    return Head(
        answers=tuple(names),
        priors=tuple(answers.count(name) / len(answers) for name in names),
        intercepts=_rounded(intercepts),
        weights=tuple(_rounded(row) for row in rows),
    )


def _calibrated(tried: TeamModel, newest: Sequence[Example]) -> tuple[float, float]:
    """Return what makes of the model's probabilities how often it was right (Platt's scaling).

    A few decisions are added by whoever guesses among the answers, right as often as guesses are,
    so that a model that was always right on what it knows is not sure of what it does not.
    """
    from sklearn.linear_model import LogisticRegression

    opinions = [tried.opinion(case) for case, _ in newest]
    logits = [_logit(opinion.confidence) for opinion in opinions]
    chance = 1 / len(tried.kept.severity.answers)
    pairs = zip(opinions, newest, strict=True)
    right = [opinion.severity == made.severity for opinion, (_, made) in pairs]
    fitted = LogisticRegression(C=1.0).fit(
        [[logit] for logit in (*logits, _logit(chance), _logit(chance))],
        [*right, True, False],
        sample_weight=[1.0] * len(right) + [_GUESSES * chance, _GUESSES * (1 - chance)],
    )
    return float(max(fitted.coef_[0][0], 0.0)), float(fitted.intercept_[0])


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def _rounded(numbers: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(number), _DIGITS) for number in numbers)
