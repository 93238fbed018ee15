"""A team's own decisions are learnt, kept as plain JSON, and heard as far as they were right."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import Refused, StoreDamaged
from fettle.model.classification import Classification
from fettle.model.severity import Severity
from fettle.triage.case import Case, Policy
from fettle.triage.classify import classify
from fettle.triage.confusion import Confusion
from fettle.triage.learn import train
from fettle.triage.learnt import TeamModel, terms

PLAIN = classify(Case("anything"), Policy())
LIVES = (
    ("nightly export {} did not run", Severity.LOW, "documentation-updates"),
    ("forklift {} stands in the hall", Severity.CRITICAL, "system-outage"),
    ("label printer {} wants paper", Severity.MEDIUM, None),
)


def decided(severity: Severity, class_: str | None) -> Classification:
    return replace(PLAIN, severity=severity, class_=class_)


def history(length: int) -> list[tuple[Case, Classification]]:
    return [
        (Case(text.format(number)), decided(severity, class_))
        for number in range(length // len(LIVES))
        for text, severity, class_ in LIVES
    ]


@pytest.fixture(scope="module")
def model() -> TeamModel:
    return train(history(120))


def test_what_a_team_calls_things_is_learnt(model: TeamModel) -> None:
    for text, severity, class_ in LIVES:
        opinion = model.opinion(Case(text.format("of today")))

        assert (opinion.severity, opinion.class_) == (severity, class_)
        assert opinion.confidence > 0.8
        assert "the team's 120 decisions say" in opinion.evidence[0]


def test_it_abstains_from_what_it_has_never_seen(model: TeamModel) -> None:
    heard = classify(Case("Zebra quartz vexing"), Policy(), model)

    alone = classify(Case("Zebra quartz vexing"), Policy())
    assert model.opinion(Case("Zebra quartz vexing")).confidence < 0.5
    assert replace(heard, evidence=()) == replace(alone, evidence=())
    assert any("is not heard below 50 %" in sentence for sentence in heard.evidence)


def test_it_is_not_sure_of_what_the_team_is_not_sure_of() -> None:
    torn = [
        (Case(f"coffee machine {number}"), decided(Severity(1 + number * 7 % 4), None))
        for number in range(80)
    ]

    assert train(torn).opinion(Case("coffee machine")).confidence < 0.6


def test_corrections_change_its_mind() -> None:
    corrected = [(Case(f"forklift {n} stands"), decided(Severity.LOW, None)) for n in range(120)]

    opinion = train([*history(60), *corrected]).opinion(Case("forklift 7 stands"))

    assert opinion.severity is Severity.LOW


def test_it_is_kept_as_json_and_says_the_same_again(model: TeamModel) -> None:
    again = TeamModel.read(model.written())

    assert json.loads(model.written())["schema"] == "fettle.triage_model/1"
    for text in ("forklift", "label printer", "nothing known", ""):
        assert again.opinion(Case(text)) == model.opinion(Case(text))


def test_using_it_takes_no_scikit_learn(model: TeamModel) -> None:
    program = (
        "import sys\n"
        "for name in ('sklearn', 'numpy', 'scipy'): sys.modules[name] = None\n"
        "from fettle.triage.case import Case\n"
        "from fettle.triage.learnt import TeamModel\n"
        "print(TeamModel.read(sys.stdin.read()).opinion(Case('forklift stands')).severity)\n"
        "from fettle.triage.learn import train\n"
        "from fettle.errors import Refused\n"
        "case, made = Case('x'), type('Made', (), {})\n"
        "def of(severity):\n"
        "    made = type('Made', (), {})(); made.severity = severity; made.class_ = None\n"
        "    return made\n"
        "try: train([(Case('x'), of(n % 2)) for n in range(50)])\n"
        "except Refused as error: print(error.remedy)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        input=model.written().decode(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["critical", "pip install 'fettle-ops[learn]'"]


@pytest.mark.parametrize(
    "examples",
    [[], history(39), [(Case(str(n)), decided(Severity.LOW, None)) for n in range(100)]],
    ids=["none", "few", "all the same"],
)
def test_too_little_is_refused(examples: list[tuple[Case, Classification]]) -> None:
    with pytest.raises(Refused):
        train(examples)


def test_a_severity_that_came_late_is_learnt_too() -> None:
    """The newest part holds what the older did not; nothing breaks, and it is in the model."""
    older = [(Case(f"export {n}"), decided(Severity.LOW, None)) for n in range(60)]
    newest = [(Case(f"forklift {n}"), decided(Severity.CRITICAL, None)) for n in range(20)]

    assert train([*older, *newest]).opinion(Case("forklift")).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "fettle.triage_model/2"},
        {"terms": ["one"]},
        {"rarity": []},
        {"calibration": ["NaN", 0]},
        {"severity": {"answers": ["dreadful"], "priors": [1], "intercepts": [0], "weights": [[]]}},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_not_such_a_model_is_refused(model: TeamModel, change: dict[str, object]) -> None:
    content = {**json.loads(model.written()), **change}

    with pytest.raises(StoreDamaged, match="cannot be read"):
        TeamModel.read(json.dumps(content))


@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95", b"[]", b"null"])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(StoreDamaged):
        TeamModel.read(content)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_surer_stays_surer(one: float, other: float) -> None:
    model = train_once()
    low, high = sorted((one, other))

    assert 0 < model.calibrated(low) <= model.calibrated(high) < 1


_MODELS: list[TeamModel] = []


def train_once() -> TeamModel:
    if not _MODELS:
        _MODELS.append(train(history(60)))
    return _MODELS[0]


def test_terms_tell_the_title_the_signs_and_the_source() -> None:
    case = Case("Site down", "since noon", severity=Severity.HIGH, service="Shop")

    assert {
        "site down", "noon", "=title down", "=sign OUTAGE", "=source high", "=service shop",
    } <= set(terms(case))  # fmt: skip


def test_how_often_it_was_right_is_counted() -> None:
    matrix = Confusion.of(
        [
            (Severity.HIGH, Severity.HIGH),
            (Severity.HIGH, Severity.HIGH),
            (Severity.LOW, Severity.HIGH),
        ]
    ).counted(Severity.CRITICAL, Severity.LOW)

    assert matrix.total == 4
    assert matrix.accuracy == 0.5
    assert matrix.too_low == 0.25
    assert matrix.macro_f1 == pytest.approx((2 * 2 / 5 + 0 + 0) / 3)
    assert matrix.macro_f1_of_right == pytest.approx((2 * 2 / 5 + 0) / 2)
    assert matrix.times[Severity.CRITICAL, Severity.LOW] == 1


def test_nothing_counted_is_no_figure() -> None:
    empty = Confusion()

    assert (empty.total, empty.accuracy, empty.too_low, empty.macro_f1) == (0, None, None, None)
