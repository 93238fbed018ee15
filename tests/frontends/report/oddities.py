"""Diagnoses in which every text is one that somebody outside has chosen."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from fettle.diagnosis import recommend, symptoms
from fettle.model.diagnosis import Accepted, Cause, Change, Diagnosis, Listing, Outcome
from fettle.model.finding import Finding, Note, Unknown
from fettle.model.severity import Severity
from tests.frontends.report import sample

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "So"]),
        st.sampled_from(list("<>&\"'`*_[]()#|~$\\;:-@!/={}%\n\r\t")),
    ),
    max_size=60,
)


def odd(text: str) -> Diagnosis:
    """Return a diagnosis with this text everywhere."""
    finding = Finding(
        text,
        Severity.HIGH,
        text,
        metrics={"size_bytes": 1},
        evidence=({"name": text, "query": text, "n": 1}, {"name": text, "query": None, "n": 2}),
        recommendations=(text, f"Do it: SELECT {text};"),
        fixes=("drop_unused_index",),
        check="index_unused",
        category="database",
        title=text,
        impact=text,
    )
    low = replace(finding, check="table_bloat", severity=Severity.LOW, evidence=({"query": text},))
    known = replace(finding, check="index_invalid")
    outcomes = (
        Outcome("index_unused", (finding,), (Unknown(text, text),), (Note(text),)),
        Outcome("table_bloat", (low,)),
        Outcome("index_invalid", (known,)),
    )
    return Diagnosis(
        text,
        sample.STARTED,
        timedelta(seconds=1),
        outcomes,
        Unknown(text, text),
        (Listing("table_sizes", text, text, ("a", "b"), ((text, 1), (text, None)), text),),
        (Cause(text, 0.8, (finding.key,), (text,)),),
        tuple(recommend.recommend((finding, low), target=text)),
        (text,),
        (Accepted(known, text),),
        Change(sample.STARTED, (finding.key,), (f"index_invalid:{text}",), (low.key,)),
        {"version": text, "database": text, "user": text},
        tuple(symptoms.explain((text,), outcomes)),
    )
