"""Reports of any content, for tests."""

from hypothesis import strategies as st

from fettle.model.report import Chart, Curve, Report, Section, Table

TEXT = st.text(max_size=20)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
CURVES = st.builds(Curve, TEXT, st.lists(st.tuples(NUMBER, NUMBER), max_size=5).map(tuple))
CHARTS = st.builds(
    Chart,
    TEXT,
    st.sampled_from(["s", "bytes", "ratio", "", "connections"]),
    st.lists(CURVES, max_size=3).map(tuple),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = tuple(draw(st.lists(TEXT, min_size=1, max_size=4)))
    row = st.lists(TEXT, min_size=len(columns), max_size=len(columns)).map(tuple)
    return Table(columns, tuple(draw(st.lists(row, max_size=4))))


TEXTS = st.lists(TEXT, max_size=3).map(tuple)
SECTIONS = st.builds(
    Section,
    TEXT,
    TEXTS,
    TEXTS,
    st.none() | tables(),
    st.lists(CHARTS, max_size=2).map(tuple),
)
REPORTS = st.builds(Report, TEXT, TEXT, st.lists(SECTIONS, max_size=3).map(tuple))
