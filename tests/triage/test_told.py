"""A case that is kept says the same to the model later."""

from hypothesis import given
from hypothesis import strategies as st

from fettle.model.severity import Severity
from fettle.model.signal import Facts
from fettle.triage import told
from fettle.triage.case import Case
from fettle.triage.learnt import terms

texts = st.text(max_size=60)
cases = st.builds(
    Case,
    texts,
    texts,
    st.lists(texts, max_size=4).map(tuple),
    st.none() | st.sampled_from(Severity),
    st.none() | texts,
    st.dictionaries(texts, texts, max_size=4),
    st.builds(Facts, st.none() | st.integers(0, 9), st.booleans()),
)


@given(cases)
def test_what_is_kept_is_read_again(case: Case) -> None:
    assert told.read(told.written(case)) == case


def test_of_a_huge_case_as_much_is_kept_as_says_something() -> None:
    long = "word " * 2_000_000
    labels = {f"label {number}": long for number in range(500)}
    case = Case(long, long, (long,) * 500, labels=labels)

    kept = told.read(told.written(case))

    assert len(kept.title) + len(kept.text) + sum(map(len, kept.symptoms)) < 200_000
    assert sum(map(len, kept.labels.values())) < 50_000
    assert terms(kept)[:300] == terms(case)[:300]
