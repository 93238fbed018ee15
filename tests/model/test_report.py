"""A report in a message: what it says, as far as there is room."""

from fettle.model.report import Report, Section, Table, in_words

WEEK = Report(
    "The week",
    "1 figure got worse",
    (
        Section("What got worse", ("Since Thursday.",), ("shop: p95",)),
        Section("All figures", table=Table(("Figure",), (("p95",),))),
        Section("What would help", items=("add an index", "add another")),
    ),
)


def test_a_report_is_said_without_its_tables() -> None:
    assert in_words(WEEK, 1000).splitlines() == [
        "1 figure got worse",
        "",
        "What got worse",
        "Since Thursday.",
        "- shop: p95",
        "",
        "What would help",
        "- add an index",
        "- add another",
    ]


def test_what_has_no_room_is_left_out_and_the_summary_never() -> None:
    assert in_words(WEEK, 60).splitlines()[-2:] == ["Since Thursday.", "…"]
    assert in_words(WEEK, 5) == "1 figure got worse\n…"
